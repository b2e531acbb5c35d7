//! The calls of storages and drivers: raw callbacks, a dozen, each a few conversions around one
//! method of [`Driver`].

mod atomic;

use std::ptr;
use std::rc::Rc;

use napi::sys;

use super::foreign::Literal;
use super::function::{Arguments, MAX_ARGUMENTS, function, guarded, received};
use super::metadata::{both_metas, both_metas_result, meta_result};
use super::options::{call_options, expiry_of, listing_options, removal_options, write_options};
use super::promise::answer;
use super::scope::{Raw, Scope, Type};
use super::values::{
    batch_result, encoded_result, foreign_of, list_of_values, raw_result, text_result, value_of,
};
use crate::codec::{array_elements, enclose};
use crate::driver::{
    BatchReport, Context, Driver, Expiry, GetItems, Mode, Options, Outcome, SetItem,
};
use crate::error::{Error, Kind, Result};
use crate::key::{self, Key, KeyList, LIST_SEPARATOR};
use crate::value::{Foreign, Value};

/// How the keys of an endpoint are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    /// Normalised: a storage.
    Normalised,
    /// Taken as they are: a driver's own methods.
    Literal,
}

/// The state behind one function.
struct Method {
    driver: Rc<dyn Driver>,
    keys: Keys,
    mode: Mode,
}

/// One running call.
struct Call<'m> {
    scope: Scope,
    arguments: Arguments,
    /// How many arguments were passed.
    count: usize,
    method: &'m Method,
}

type Body = fn(&Call<'_>) -> Result<Raw>;

/// Every call with its name. Each exists twice: as promise form, and with `Sync` behind its name.
const METHODS: &[(&str, sys::napi_callback, Body)] = &[
    ("has", Some(entry::<Has>), Has::BODY),
    ("get", Some(entry::<Get>), Get::BODY),
    ("getText", Some(entry::<GetText>), GetText::BODY),
    ("getRaw", Some(entry::<GetRaw>), GetRaw::BODY),
    ("getMany", Some(entry::<GetMany>), GetMany::BODY),
    ("set", Some(entry::<Set>), Set::BODY),
    ("setPlain", Some(entry::<SetPlain>), SetPlain::BODY),
    ("setRaw", Some(entry::<SetRaw>), SetRaw::BODY),
    ("setMany", Some(entry::<SetMany>), SetMany::BODY),
    ("remove", Some(entry::<Remove>), Remove::BODY),
    (
        "compareAndSet",
        Some(entry::<CompareAndSet>),
        CompareAndSet::BODY,
    ),
    ("add", Some(entry::<Add>), Add::BODY),
    ("meta", Some(entry::<GetMeta>), GetMeta::BODY),
    ("keys", Some(entry::<GetKeys>), GetKeys::BODY),
    ("clear", Some(entry::<Clear>), Clear::BODY),
    ("flush", Some(entry::<Flush>), Flush::BODY),
    ("close", Some(entry::<Close>), Close::BODY),
];

/// An object with all calls of `driver`.
pub(super) fn endpoint(scope: Scope, driver: &Rc<dyn Driver>, keys: Keys) -> Result<Raw> {
    let object = scope.object()?;
    for (name, callback, _) in METHODS {
        for (mode, suffix) in [(Mode::NonBlocking, ""), (Mode::Blocking, "Sync")] {
            let method = Method {
                driver: Rc::clone(driver),
                keys,
                mode,
            };
            let function = function(scope, name, *callback, method)?;
            scope.set(object, &format!("{name}{suffix}"), function)?;
        }
    }
    Ok(object)
}

/// The names of the calls, in the order in which a dispatcher knows them.
pub(super) fn call_names() -> Vec<&'static str> {
    METHODS.iter().map(|(name, ..)| *name).collect()
}

/// What a dispatcher is given before the arguments of the call.
const DISPATCH_ARGUMENTS: usize = 2;

/// All calls of `driver` in one function, for one that is soon gone, because functions are expensive to
/// make and to free: `(place in call_names, synchronously, ...arguments)`.
pub(super) fn dispatcher(scope: Scope, driver: &Rc<dyn Driver>, keys: Keys) -> Result<Raw> {
    let methods = [Mode::NonBlocking, Mode::Blocking].map(|mode| Method {
        driver: Rc::clone(driver),
        keys,
        mode,
    });
    function(scope, "call", Some(dispatch), methods)
}

unsafe extern "C" fn dispatch(env: sys::napi_env, info: sys::napi_callback_info) -> Raw {
    // SAFETY: Node-API calls this on the environment's thread.
    let scope = unsafe { Scope::new(env) };
    guarded(scope, || {
        let received = received::<{ DISPATCH_ARGUMENTS + MAX_ARGUMENTS }>(scope, info)?;
        let ([place, sync, arguments @ ..], count, data) = received;
        // SAFETY: the data is the box made in `dispatcher`; the function is being called, so it is
        // alive.
        let [later, now] = unsafe { &*data.cast::<[Method; 2]>() };
        let place = scope.as_number(place)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a place in a short list; any other number finds nothing"
        )]
        let known = place.and_then(|place| METHODS.get(place as usize));
        let (.., body) =
            known.ok_or_else(|| Error::new(Kind::Internal, "there is no such call"))?;
        body(&Call {
            scope,
            arguments,
            count: count.saturating_sub(DISPATCH_ARGUMENTS),
            method: if scope.as_bool(sync)? == Some(true) {
                now
            } else {
                later
            },
        })
    })
}

/// Names a call at compile time, so that each callback is its own small function.
trait Operation {
    const BODY: Body;
}

macro_rules! operations {
    ($($name:ident => $body:path),* $(,)?) => {
        $(
            struct $name;
            impl Operation for $name {
                const BODY: Body = $body;
            }
        )*
    };
}

operations! {
    Has => has,
    Get => get,
    GetText => get_text,
    GetRaw => get_raw,
    GetMany => get_many,
    Set => set,
    SetPlain => set_plain,
    SetRaw => set_raw,
    SetMany => set_many,
    Remove => remove,
    CompareAndSet => atomic::compare_and_set,
    Add => atomic::add,
    GetMeta => meta,
    GetKeys => keys,
    Clear => clear,
    Flush => flush,
    Close => close,
}

/// What Node-API calls: unpacks the arguments, guards against panics, throws errors.
unsafe extern "C" fn entry<O: Operation>(env: sys::napi_env, info: sys::napi_callback_info) -> Raw {
    // SAFETY: Node-API calls this on the environment's thread.
    let scope = unsafe { Scope::new(env) };
    guarded(scope, || run(scope, info, O::BODY))
}

fn run(scope: Scope, info: sys::napi_callback_info, body: Body) -> Result<Raw> {
    let (arguments, count, data) = received(scope, info)?;
    // SAFETY: the data is the box made for `endpoint`; the function is being called, so it is alive.
    let method = unsafe { &*data.cast::<Method>() };
    body(&Call {
        scope,
        arguments,
        count,
        method,
    })
}

impl Call<'_> {
    fn context(&self, options: Options) -> Context {
        Context {
            mode: self.method.mode,
            options,
        }
    }

    fn plain_context(&self, options: Raw) -> Result<Context> {
        Ok(self.context(call_options(self.scope, options)?))
    }

    /// As [`Call::plain_context`], for options at the place `index`. Not even their type is asked if
    /// they were not passed.
    fn context_at(&self, index: usize) -> Result<Context> {
        match self.arguments.get(index) {
            Some(options) if index < self.count => self.plain_context(*options),
            _ => Ok(self.context(Options::default())),
        }
    }

    /// As [`Call::context_at`], for the options of a write.
    fn write_context_at(&self, index: usize) -> Result<Context> {
        match self.arguments.get(index) {
            Some(options) if index < self.count => {
                Ok(self.context(write_options(self.scope, *options)?))
            }
            _ => Ok(self.context(Options::default())),
        }
    }

    /// The context of a batch write: drivers of JavaScript get the common options as their second
    /// argument even if there are none, as documented.
    fn batch_context(&self, common: Raw) -> Result<Context> {
        let mut cx = self.context(write_options(self.scope, common)?);
        cx.options
            .foreign
            .get_or_insert_with(|| Foreign::new(Literal::Undefined));
        Ok(cx)
    }

    /// Reads a key and hands it to `use_it`, without allocating for a short canonical one.
    fn with_key<T>(&self, value: Raw, use_it: impl FnOnce(&Key) -> Result<T>) -> Result<T> {
        let used = self.scope.with_string(value, |text| {
            self.scope.check_well_formed(value, text)?;
            match self.method.keys {
                Keys::Literal => use_it(Key::literal(text)),
                Keys::Normalised => use_it(Key::literal(&key::normalize(text)?)),
            }
        })?;
        match used {
            Some(used) => Ok(used),
            None => self.missing_key(value),
        }
    }

    #[cold]
    fn missing_key<T>(&self, value: Raw) -> Result<T> {
        let kind = self.scope.type_of(value)?.name();
        Err(Error::new(
            Kind::InvalidKey,
            format!("Invalid key: expected a string, got {kind}"),
        ))
    }

    /// A base: `undefined` and `null` mean everything.
    fn base(&self, value: Raw) -> Result<String> {
        if self.scope.type_of(value)? == Type::Nullish {
            return Ok(String::new());
        }
        match self.scope.base(value)? {
            Some(base) => Ok(base),
            None => self.missing_key(value),
        }
    }

    fn driver(&self) -> &dyn Driver {
        &*self.method.driver
    }
}

/// `(key, options) => boolean`
fn has(call: &Call<'_>) -> Result<Raw> {
    let [key, ..] = call.arguments;
    let cx = call.context_at(1)?;
    let answered = call.with_key(key, |key| Ok(call.driver().has(key, &cx)))?;
    answer(call.scope, answered, Scope::boolean)
}

/// `(key, options) => string | null | any`, of a storage as `encoded_result` describes.
fn get(call: &Call<'_>) -> Result<Raw> {
    let [key, ..] = call.arguments;
    let cx = call.context_at(1)?;
    let answered = call.with_key(key, |key| Ok(call.driver().get(key, &cx)))?;
    match call.method.keys {
        Keys::Normalised => answer(call.scope, answered, encoded_result),
        Keys::Literal => answer(call.scope, answered, text_result),
    }
}

/// `(key, options) => string | null | any`: the whole text as it is stored, to compare it later.
fn get_text(call: &Call<'_>) -> Result<Raw> {
    let [key, ..] = call.arguments;
    let cx = call.context_at(1)?;
    let answered = call.with_key(key, |key| Ok(call.driver().get(key, &cx)))?;
    answer(call.scope, answered, text_result)
}

/// `(key, options) => Buffer | Uint8Array | ArrayBuffer | string | null | any`
fn get_raw(call: &Call<'_>) -> Result<Raw> {
    let [key, ..] = call.arguments;
    let cx = call.context_at(1)?;
    let answered = call.with_key(key, |key| Ok(call.driver().get_raw(key, &cx)))?;
    answer(call.scope, answered, raw_result)
}

/// `(keys joined by NUL, count, options of each, common options) => (string | null | any)[]`, of a
/// storage in chunks as `batch_result` describes.
fn get_many(call: &Call<'_>) -> Result<Raw> {
    let [keys, count, own, common, ..] = call.arguments;
    let keys = batch_keys(call, keys, count)?;
    let options = own_options(call.scope, own, keys.len())?;
    let cx = call.plain_context(common)?;
    let answered = call.driver().get_many(GetItems { keys, options }, &cx);
    match call.method.keys {
        Keys::Normalised => answer(call.scope, answered, batch_result),
        Keys::Literal => answer(call.scope, answered, list_of_values),
    }
}

/// `(key, value, options) => void`
fn set(call: &Call<'_>) -> Result<Raw> {
    let [key, value, ..] = call.arguments;
    let cx = call.write_context_at(2)?;
    let value = value_of(call.scope, value)?;
    let answered = call.with_key(key, |key| Ok(call.driver().set(key, value, &cx)))?;
    answer(call.scope, answered, outcome_result)
}

/// `(key, JSON of a plain value, options) => void`: the envelope is added here, because adding it in
/// JavaScript copies the text once more.
fn set_plain(call: &Call<'_>) -> Result<Raw> {
    let [key, json, ..] = call.arguments;
    let cx = call.write_context_at(2)?;
    let text = call.scope.with_string(json, |json| Ok(enclose(json)))?;
    let text = text.ok_or_else(|| {
        Error::new(
            Kind::InvalidValue,
            "the JSON of a plain value must be a string",
        )
    })?;
    let answered = call.with_key(key, |key| {
        Ok(call.driver().set(key, Value::Text(text), &cx))
    })?;
    answer(call.scope, answered, outcome_result)
}

/// `(key, value, options) => void`
fn set_raw(call: &Call<'_>) -> Result<Raw> {
    let [key, value, ..] = call.arguments;
    let cx = call.write_context_at(2)?;
    let value = value_of(call.scope, value)?;
    let answered = call.with_key(key, |key| Ok(call.driver().set_raw(key, value, &cx)))?;
    answer(call.scope, answered, outcome_result)
}

/// `(keys joined by NUL, count, values, options of each, common options) => void`, where the values of
/// a storage come in chunks: see `chunked_values`.
fn set_many(call: &Call<'_>) -> Result<Raw> {
    let [keys, count, values, own, common] = call.arguments;
    let keys = batch_keys(call, keys, count)?;
    let cx = call.batch_context(common)?;
    let mut options = own_options(call.scope, own, keys.len())?.into_iter();
    let mut expiries = own_expiries(call.scope, own, keys.len())?.into_iter();
    let values = batch_values(call, values, keys.len())?;
    let items = keys.iter().zip(values);
    let items = items.map(|(key, value)| SetItem {
        key: key.into(),
        value,
        options: options.next().flatten(),
        expiry: expiries.next().flatten().unwrap_or(cx.options.expiry),
    });
    answer(
        call.scope,
        call.driver().set_many(items.collect(), &cx),
        report_result,
    )
}

/// `(key, options) => void`
fn remove(call: &Call<'_>) -> Result<Raw> {
    let [key, options, ..] = call.arguments;
    let cx = call.context(removal_options(call.scope, options)?);
    let answered = call.with_key(key, |key| Ok(call.driver().remove(key, &cx)))?;
    answer(call.scope, answered, outcome_result)
}

/// `(key, options) => object | null`; with a third argument that is true the stored metadata (the
/// value of `key$`) comes along: `=> [string | null | any, object | null]` or, for native metadata of
/// a native driver, `[string | null | any, atime, mtime, birthtime, ctime, size, expires]` with what is not
/// known undefined.
fn meta(call: &Call<'_>) -> Result<Raw> {
    let [key, _, with_stored, ..] = call.arguments;
    let cx = call.context_at(1)?;
    if call.scope.as_bool(with_stored)? == Some(true) {
        let answered = call.with_key(key, |key| Ok(both_metas(&call.method.driver, key, cx)))?;
        return answer(call.scope, answered, both_metas_result);
    }
    let answered = call.with_key(key, |key| Ok(call.driver().meta(key, &cx)))?;
    answer(call.scope, answered, meta_result)
}

/// `(base, options) => keys joined by NUL | null`
fn keys(call: &Call<'_>) -> Result<Raw> {
    let [base, options, ..] = call.arguments;
    let mut options = listing_options(call.scope, options)?;
    // A driver's own listing shows everything that it holds.
    options.include_meta |= call.method.keys == Keys::Literal;
    let cx = call.context(options);
    answer(
        call.scope,
        call.driver().keys(&call.base(base)?, &cx),
        list_result,
    )
}

/// `(base, options) => void`
fn clear(call: &Call<'_>) -> Result<Raw> {
    let [base, options, ..] = call.arguments;
    let cx = call.plain_context(options)?;
    answer(
        call.scope,
        call.driver().clear(&call.base(base)?, &cx),
        outcome_result,
    )
}

/// `() => void`
fn flush(call: &Call<'_>) -> Result<Raw> {
    let cx = call.context(Options::default());
    answer(call.scope, call.driver().flush(&cx), unit_result)
}

/// `() => void`
fn close(call: &Call<'_>) -> Result<Raw> {
    let cx = call.context(Options::default());
    answer(call.scope, call.driver().close(&cx), unit_result)
}

/// Reads the keys of a batch. NUL separates them, so a key that contains NUL shows in the count.
fn batch_keys(call: &Call<'_>, joined: Raw, count: Raw) -> Result<KeyList> {
    let count = call.scope.as_number(count)?.unwrap_or_default();
    if count == 0.0 {
        return Ok(KeyList::new());
    }
    let read = call.scope.with_string(joined, |text| {
        call.scope.check_well_formed(joined, text)?;
        let mut keys = KeyList::new();
        for key in text.split(LIST_SEPARATOR) {
            match call.method.keys {
                Keys::Literal => keys.push(key),
                Keys::Normalised => keys.push(&key::normalize(key)?),
            }
        }
        Ok(keys)
    })?;
    let Some(keys) = read else {
        return call.missing_key(joined);
    };
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of things in memory are far below 2^53"
    )]
    let same_count = keys.len() as f64 == count;
    if !same_count {
        return Err(Error::new(
            Kind::InvalidKey,
            "Invalid key: it must not contain NUL",
        ));
    }
    Ok(keys)
}

/// Reads the values of a batch.
fn batch_values(call: &Call<'_>, values: Raw, count: usize) -> Result<Vec<Value>> {
    let values = match call.method.keys {
        _ if count == 0 => Vec::new(),
        Keys::Literal => values_of(call.scope, values)?,
        Keys::Normalised => chunked_values(call.scope, values, count)?,
    };
    if values.len() != count {
        return Err(Error::new(
            Kind::InvalidValue,
            "a batch must have as many values as keys",
        ));
    }
    Ok(values)
}

/// Reads an array of chunks: each is the JSON of an array of plain values, or an array of texts.
fn chunked_values(scope: Scope, chunks: Raw, count: usize) -> Result<Vec<Value>> {
    let mut values = Vec::with_capacity(count);
    for index in 0..scope.length(chunks)? {
        scope.nested(|| {
            let chunk = scope.element(chunks, index)?;
            let plain = scope.with_string(chunk, |json| {
                values.extend(array_elements(json).map(|json| Value::Text(enclose(json))));
                Ok(())
            })?;
            if plain.is_none() {
                values.extend(values_of(scope, chunk)?);
            }
            Ok(())
        })?;
    }
    Ok(values)
}

/// Reads an array of values.
fn values_of(scope: Scope, values: Raw) -> Result<Vec<Value>> {
    (0..scope.length(values)?)
        .map(|index| scope.nested(|| value_of(scope, scope.element(values, index)?)))
        .collect()
}

/// Reads the options objects of a batch: `undefined`, or an array with one entry per item.
fn own_options(scope: Scope, options: Raw, count: usize) -> Result<Vec<Option<Foreign>>> {
    if scope.type_of(options)? == Type::Nullish {
        return Ok(Vec::new());
    }
    let read = |index| {
        let own = scope.element(options, index)?;
        Ok(if scope.type_of(own)? == Type::Nullish {
            None
        } else {
            Some(foreign_of(scope, own)?)
        })
    };
    (0..count).map(read).collect()
}

/// What the options objects of a batch say of the life of their items.
fn own_expiries(scope: Scope, options: Raw, count: usize) -> Result<Vec<Option<Expiry>>> {
    if scope.type_of(options)? == Type::Nullish {
        return Ok(Vec::new());
    }
    let read = |index| {
        let own = scope.element(options, index)?;
        match scope.type_of(own)? {
            Type::Object => expiry_of(scope, own).map(Some),
            _ => Ok(None),
        }
    };
    (0..count).map(read).collect()
}

/// No value at all, which JavaScript sees as `undefined`: cheaper than making one.
const NOTHING: Raw = ptr::null_mut();

pub(super) fn unit_result(_scope: Scope, (): ()) -> Result<Raw> {
    Ok(NOTHING)
}

fn outcome_result(_scope: Scope, _outcome: Outcome) -> Result<Raw> {
    Ok(NOTHING)
}

/// The first failure, by position, is the failure of the batch.
fn report_result(_scope: Scope, report: BatchReport) -> Result<Raw> {
    match report.failures.into_iter().min_by_key(|(index, _)| *index) {
        Some((_, error)) => Err(error),
        None => Ok(NOTHING),
    }
}

fn list_result(scope: Scope, keys: KeyList) -> Result<Raw> {
    if keys.is_empty() {
        scope.null()
    } else {
        scope.string(keys.joined())
    }
}
