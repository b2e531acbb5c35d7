//! The memory driver, and its content as a Map.

use std::rc::Rc;

use napi::Env;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;

use super::super::changes::ChangeCount;
use super::super::handle::{Own, with_memory, wrap_driver};
use super::super::host::JsHost;
use super::super::values::{raw_result, value_of};
use super::{bridge, raw};
use crate::drivers::memory::Memory;

/// A new memory driver. Its `changes` is an array of one number, which grows with each change of the
/// content, and is NaN while there are items that end by themselves: a cache in front of it is stale if
/// the number is another one than before.
#[napi(ts_return_type = "RawDriver")]
pub fn memory_driver(env: &Env) -> napi::Result<Unknown<'_>> {
    bridge(env, |scope| {
        let memory = Memory::on(JsHost::of(scope)?);
        let (count, shown) = ChangeCount::new(scope)?;
        let count = Rc::new(count);
        let hidden = Rc::clone(&count);
        memory.on_change(move || count.increase());
        memory.on_ending(move |is_ending| hidden.hide(is_ending));
        let driver = wrap_driver(scope, Rc::new(memory.clone()), Own::Memory(memory))?;
        scope.set(driver, "changes", shown)?;
        Ok(driver)
    })
}

/// The number of items.
#[napi(ts_args_type = "driver: RawDriver", ts_return_type = "number")]
pub fn memory_size<'env>(env: &'env Env, driver: Unknown<'_>) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        with_memory(scope, raw(&driver), |memory| scope.count(memory.len()))
    })
}

/// The value under `key` as it was stored, `null` if there is none.
#[napi(
    ts_args_type = "driver: RawDriver, key: string",
    ts_return_type = "unknown"
)]
pub fn memory_get<'env>(
    env: &'env Env,
    driver: Unknown<'_>,
    key: String,
) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        with_memory(scope, raw(&driver), |memory| {
            raw_result(scope, memory.value(&key))
        })
    })
}

/// Stores a value as it is.
#[napi(
    ts_args_type = "driver: RawDriver, key: string, value: unknown",
    ts_return_type = "void"
)]
pub fn memory_set<'env>(
    env: &'env Env,
    driver: Unknown<'_>,
    key: String,
    value: Unknown<'_>,
) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        with_memory(scope, raw(&driver), |memory| {
            memory.insert(&key, value_of(scope, raw(&value))?.detached())?;
            scope.undefined()
        })
    })
}

/// Removes a value; true if there was one.
#[napi(
    ts_args_type = "driver: RawDriver, key: string",
    ts_return_type = "boolean"
)]
pub fn memory_delete<'env>(
    env: &'env Env,
    driver: Unknown<'_>,
    key: String,
) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        with_memory(scope, raw(&driver), |memory| {
            scope.boolean(memory.delete(&key))
        })
    })
}
