//! Metadata across the border.

use std::ptr;
use std::rc::Rc;

use super::environment::Environment;
use super::foreign::show;
use super::scope::{Raw, Scope, call};
use super::values::text_result;
use crate::driver::{Context, Driver, Meta};
use crate::error::Result;
use crate::key::Key;
use crate::maybe::MaybePromise;
use crate::value::Value;

/// Native metadata and the stored value.
pub(super) type BothMetas = (Option<Meta>, Option<Value>);

/// Native and stored metadata in one crossing, asked for one after the other: a driver of JavaScript
/// sees the calls in the documented order.
pub(super) fn both_metas(
    driver: &Rc<dyn Driver>,
    key: &Key,
    cx: Context,
) -> MaybePromise<BothMetas> {
    let (store, meta_key) = (Rc::clone(driver), key.meta_key());
    driver.meta(key, &cx).and_then(move |native| {
        let stored = store.get(Key::literal(&meta_key), &cx);
        stored.map(move |stored| (native, stored))
    })
}

/// The stored metadata, and the native as an object or as numbers: an array of numbers needs fewer and
/// cheaper calls than an object of dates.
pub(super) fn both_metas_result(scope: Scope, (native, stored): BothMetas) -> Result<Raw> {
    let stored = text_result(scope, stored)?;
    let numbers = match &native {
        None => None,
        Some(meta) if meta.foreign.is_some() => None,
        Some(meta) => Some(meta_numbers(meta)),
    };
    let Some(numbers) = numbers else {
        let pair = scope.array(2)?;
        scope.set_element(pair, 0, stored)?;
        scope.set_element(pair, 1, meta_result(scope, native)?)?;
        return Ok(pair);
    };
    let all = scope.array(1 + numbers.len())?;
    scope.set_element(all, 0, stored)?;
    for (index, number) in numbers.into_iter().enumerate() {
        let number = number.map_or_else(|| scope.undefined(), |number| scope.number(number))?;
        scope.set_element(all, 1 + index, number)?;
    }
    Ok(all)
}

/// Access, change, creation, change of the inode; size in bytes; the end of the item.
fn meta_numbers(meta: &Meta) -> [Option<f64>; 6] {
    #[expect(clippy::cast_precision_loss, reason = "file sizes are far below 2^53")]
    let size = meta.size.map(|size| size as f64);
    [
        meta.atime_ms,
        meta.mtime_ms,
        meta.birthtime_ms,
        meta.ctime_ms,
        size,
        meta.expires_ms,
    ]
}

/// Native metadata as the documented object.
pub(super) fn meta_result(scope: Scope, meta: Option<Meta>) -> Result<Raw> {
    let Some(meta) = meta else {
        return scope.null();
    };
    if let Some(foreign) = &meta.foreign {
        return show(scope, foreign);
    }
    let object = scope.object()?;
    let [times @ .., size, expires] = meta_numbers(&meta);
    for (name, time) in ["atime", "mtime", "birthtime", "ctime"]
        .into_iter()
        .zip(times)
    {
        if let Some(time) = time {
            scope.set(object, name, date(scope, time)?)?;
        }
    }
    if let Some(size) = size {
        scope.set(object, "size", scope.number(size)?)?;
    }
    if let Some(expires) = expires {
        let environment = Environment::of(scope)?;
        let left = (expires - environment.clock.now_ms(&environment)).max(0.0);
        scope.set(object, "ttl", scope.number(left)?)?;
        scope.set(object, "expires", date(scope, expires)?)?;
    }
    Ok(object)
}

fn date(scope: Scope, milliseconds: f64) -> Result<Raw> {
    let mut value = ptr::null_mut();
    call!(scope, napi_create_date(milliseconds, &mut value)).map(|()| value)
}
