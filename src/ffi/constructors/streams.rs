//! Values in pieces.

use std::cell::RefCell;
use std::rc::Rc;

use napi::Env;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;

use super::super::endpoint::unit_result;
use super::super::function::add_method;
use super::super::handle::with_storage;
use super::super::options::write_options;
use super::super::promise::answer;
use super::super::scope::{Raw, Scope};
use super::super::values::{blob_of, buffer_result};
use super::{bridge, key_of, raw};
use crate::driver::{ByteSink, ByteSource, Context, Driver as _, Mode};
use crate::error::{Error, Kind, Result};
use crate::key::Key;

/// Begins to read a raw value. Resolves with `null` if there is none, otherwise with an object:
/// `size` in bytes; `read(most)`, which resolves with a `Buffer`, empty at the end; `close()`.
#[napi(
    ts_args_type = "storage: RawDriver, key: string",
    ts_return_type = "Promise<any>"
)]
pub fn open_read_stream<'env>(
    env: &'env Env,
    storage: Unknown<'_>,
    key: Unknown<'_>,
) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        let key = key_of(scope, raw(&key))?;
        let opened = with_storage(scope, raw(&storage), |own| {
            Ok(own.storage.read_stream(Key::literal(&key), &context()))
        })?;
        answer(scope, opened, |scope, source| match source {
            Some(source) => source_object(scope, Rc::from(source)),
            None => scope.null(),
        })
    })
}

/// Begins to write a raw value. Resolves with an object: `write(bytes)`, `finish()` and `abort()`, each
/// with a promise. Nobody sees the value before `finish`.
#[napi(
    ts_args_type = "storage: RawDriver, key: string, options?: object",
    ts_return_type = "Promise<any>"
)]
pub fn open_write_stream<'env>(
    env: &'env Env,
    storage: Unknown<'_>,
    key: Unknown<'_>,
    options: Unknown<'_>,
) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        let key = key_of(scope, raw(&key))?;
        let cx = Context {
            mode: Mode::NonBlocking,
            options: write_options(scope, raw(&options))?,
        };
        let opened = with_storage(scope, raw(&storage), |own| {
            Ok(own.storage.write_stream(Key::literal(&key), &cx))
        })?;
        answer(scope, opened, |scope, sink| {
            sink_object(scope, Rc::from(sink))
        })
    })
}

fn source_object(scope: Scope, source: Rc<dyn ByteSource>) -> Result<Raw> {
    let object = scope.object()?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "values are far below 2^53 bytes"
    )]
    let size = source.size() as f64;
    scope.set(object, "size", scope.number(size)?)?;
    let held = Rc::new(RefCell::new(Some(source)));
    let reading = Rc::clone(&held);
    add_method(scope, object, "read", move |scope, [most, ..]| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a whole number that is not negative; a larger one saturates"
        )]
        let most = scope.as_number(*most)?.unwrap_or_default().max(1.0) as usize;
        let source = reading.borrow().clone().ok_or_else(ended)?;
        answer(scope, source.read(most, &context()), buffer_result)
    })?;
    add_method(scope, object, "close", move |scope, _| {
        let source = held.take();
        drop(source);
        scope.undefined()
    })?;
    Ok(object)
}

fn sink_object(scope: Scope, sink: Rc<dyn ByteSink>) -> Result<Raw> {
    let object = scope.object()?;
    let held = Rc::new(RefCell::new(Some(sink)));
    let writing = Rc::clone(&held);
    add_method(scope, object, "write", move |scope, [bytes, ..]| {
        let sink = writing.borrow().clone().ok_or_else(ended)?;
        let blob = blob_of(scope, *bytes)?.ok_or_else(|| {
            Error::new(Kind::InvalidValue, "a stream takes bytes and nothing else")
        })?;
        let written = sink.write(blob.as_bytes().to_vec(), &context());
        answer(scope, written, unit_result)
    })?;
    let finishing = Rc::clone(&held);
    add_method(scope, object, "finish", move |scope, _| {
        let sink = finishing.take().ok_or_else(ended)?;
        answer(scope, sink.finish(&context()).map(drop), unit_result)
    })?;
    add_method(scope, object, "abort", move |scope, _| {
        let sink = held.take().ok_or_else(ended)?;
        answer(scope, sink.abort(&context()), unit_result)
    })?;
    Ok(object)
}

fn context() -> Context {
    Context::new(Mode::NonBlocking)
}

fn ended() -> Error {
    Error::new(Kind::Disposed, "the stream has ended")
}
