//! The queue layer, and what its monitors read.

use std::rc::Rc;
use std::time::Duration;

use napi::Env;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;

use super::super::environment::Environment;
use super::super::errors::{error_object, report_uncaught};
use super::super::foreign::{JsRef, show_options};
use super::super::handle::{Own, driver_of, with_queue, wrap_driver};
use super::super::host::JsHost;
use super::super::scope::{Raw, Scope, Type};
use super::super::values::raw_result;
use super::{bridge, raw};
use crate::error::{Error, Kind, Result};
use crate::layers::queue::{ErrorSink, Queue, QueueOptions, QueuedKind, QueuedOperation};

/// A queue in front of `inner`. The options were checked by the face.
#[napi(
    ts_args_type = "inner: RawDriver | object, options: { batchSize: number, flushInterval: number, maxQueueSize: number, mergeUpdates: boolean, onError?: (error: Error) => void }",
    ts_return_type = "RawDriver"
)]
pub fn queue_driver<'env>(
    env: &'env Env,
    inner: Unknown<'_>,
    options: Unknown<'_>,
) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        let options = queue_options(scope, raw(&options))?;
        let queue = Queue::new(driver_of(scope, raw(&inner))?, options, JsHost::of(scope)?)?;
        wrap_driver(scope, Rc::new(queue.clone()), Own::Queue(queue))
    })
}

fn queue_options(scope: Scope, options: Raw) -> Result<QueueOptions> {
    Ok(QueueOptions {
        batch_size: count(scope, options, "batchSize")?,
        // `setTimeout` takes 0 for 1 too.
        flush_interval: Duration::from_millis(count(scope, options, "flushInterval")?.max(1) as u64),
        max_queue_size: count(scope, options, "maxQueueSize")?,
        merge_updates: scope.as_bool(scope.get(options, "mergeUpdates")?)? == Some(true),
        on_error: error_sink(scope, scope.get(options, "onError")?)?,
    })
}

/// A whole number, 0 or more.
fn count(scope: Scope, options: Raw, name: &str) -> Result<usize> {
    match scope.as_number(scope.get(options, name)?)? {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to be a whole number that is not negative; a larger one saturates"
        )]
        Some(number) if number >= 0.0 && number.fract() == 0.0 => Ok(number as usize),
        _ => Err(Error::new(
            Kind::InvalidOption,
            format!("Option `{name}` must be a whole number, 0 or more"),
        )),
    }
}

/// Reports failures to the user's `onError`. What that throws is an uncaught exception.
fn error_sink(scope: Scope, function: Raw) -> Result<Option<ErrorSink>> {
    if scope.type_of(function)? != Type::Function {
        return Ok(None);
    }
    let environment = Environment::of(scope)?;
    let function = JsRef::new(scope, function)?;
    Ok(Some(Rc::new(move |error: &Error| {
        let Some(scope) = environment.scope() else {
            return;
        };
        let told = scope.nested(|| {
            let object = error_object(scope, error)?;
            scope
                .call(function.get(scope)?, scope.undefined()?, &[object])
                .map(drop)
        });
        if let Err(error) = told {
            report_uncaught(scope, &error);
        }
    })))
}

/// What the queue is doing.
#[napi(
    ts_args_type = "queue: RawDriver",
    ts_return_type = "{ size: number, flushing: boolean, disposed: boolean, lastError?: Error }"
)]
pub fn queue_state<'env>(env: &'env Env, queue: Unknown<'_>) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        let (state, failure) = with_queue(scope, raw(&queue), |queue| {
            Ok((queue.state(), queue.last_error()))
        })?;
        let object = scope.object()?;
        scope.set(object, "size", scope.count(state.size)?)?;
        scope.set(object, "flushing", scope.boolean(state.flushing)?)?;
        scope.set(object, "disposed", scope.boolean(state.disposed)?)?;
        if let Some(failure) = failure {
            scope.set(object, "lastError", error_object(scope, &failure)?)?;
        }
        Ok(object)
    })
}

/// The keys with an operation in the queue, joined by NUL; `null` if there is none.
#[napi(ts_args_type = "queue: RawDriver", ts_return_type = "string | null")]
pub fn queue_keys<'env>(env: &'env Env, queue: Unknown<'_>) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        let keys = with_queue(scope, raw(&queue), |queue| Ok(queue.queued_keys()))?;
        if keys.is_empty() {
            scope.null()
        } else {
            scope.string(keys.joined())
        }
    })
}

/// The newest operation on a key that the driver below does not have; `undefined` if there is none.
#[napi(
    ts_args_type = "queue: RawDriver, key: string",
    ts_return_type = "object | undefined"
)]
pub fn queue_get<'env>(
    env: &'env Env,
    queue: Unknown<'_>,
    key: String,
) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        let operation = with_queue(scope, raw(&queue), |queue| Ok(queue.queued(&key)))?;
        operation.map_or_else(
            || scope.undefined(),
            |operation| operation_object(scope, operation),
        )
    })
}

/// The documented shape of a queued operation.
fn operation_object(scope: Scope, operation: QueuedOperation) -> Result<Raw> {
    let kind = match operation.kind {
        QueuedKind::Set => "set",
        QueuedKind::Remove => "remove",
    };
    let object = scope.object()?;
    scope.set(object, "type", scope.string(kind)?)?;
    scope.set(object, "key", scope.string(&operation.key)?)?;
    if let Some(value) = operation.value {
        scope.set(object, "value", raw_result(scope, Some(value))?)?;
    }
    scope.set(
        object,
        "options",
        show_options(scope, operation.options.as_ref())?,
    )?;
    scope.set(object, "timestamp", scope.number(operation.timestamp_ms)?)?;
    if operation.is_raw {
        scope.set(object, "isRaw", scope.boolean(true)?)?;
    }
    Ok(object)
}
