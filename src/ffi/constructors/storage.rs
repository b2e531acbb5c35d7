//! Storages: mounts and subscriptions.

use std::rc::Rc;

use napi::Env;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;

use super::super::endpoint::unit_result;
use super::super::environment::Environment;
use super::super::errors::report_uncaught;
use super::super::foreign::JsRef;
use super::super::handle::{driver_of, with_storage, wrap_storage};
use super::super::host::JsHost;
use super::super::promise::answer;
use super::super::scope::{Raw, Scope};
use super::{bridge, raw};
use crate::driver::{Context, EventSink, Mode};
use crate::error::{Error, Kind, Result};
use crate::storage::{Interest, Storage};

/// A new storage with `root` (a native object or a driver of JavaScript) at its root.
#[napi(
    ts_args_type = "root: RawDriver | object",
    ts_return_type = "RawDriver"
)]
pub fn create_storage<'env>(env: &'env Env, root: Unknown<'_>) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        let storage = Storage::new(driver_of(scope, raw(&root))?, JsHost::of(scope)?);
        wrap_storage(scope, storage)
    })
}

/// Mounts a driver. The base is normalised and returned.
#[napi(
    ts_args_type = "storage: RawDriver, base: string, driver: RawDriver | object",
    ts_return_type = "string"
)]
pub fn mount<'env>(
    env: &'env Env,
    storage: Unknown<'_>,
    base: Unknown<'_>,
    driver: Unknown<'_>,
) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        let base = base_of(scope, raw(&base))?;
        let driver = driver_of(scope, raw(&driver))?;
        with_storage(scope, raw(&storage), |own| own.storage.mount(&base, driver))?;
        scope.string(&base)
    })
}

/// Unmounts a driver and disposes it unless told otherwise.
#[napi(
    ts_args_type = "storage: RawDriver, base: string, dispose: boolean",
    ts_return_type = "Promise<void> | void"
)]
pub fn unmount<'env>(
    env: &'env Env,
    storage: Unknown<'_>,
    base: Unknown<'_>,
    dispose: bool,
) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        let base = base_of(scope, raw(&base))?;
        let unmounted = with_storage(scope, raw(&storage), |own| {
            Ok(own.storage.unmount(&base, dispose))
        })?;
        answer(scope, unmounted, unit_result)
    })
}

/// The mount point that answers for a key.
#[napi(
    ts_args_type = "storage: RawDriver, key: string",
    ts_return_type = "string"
)]
pub fn mount_point_of<'env>(
    env: &'env Env,
    storage: Unknown<'_>,
    key: String,
) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        let base = with_storage(scope, raw(&storage), |own| {
            Ok(own.storage.mount_point_of(&key))
        })?;
        scope.string(&base)
    })
}

/// The mount points at or below a base, with `parents` also those above, longest first.
#[napi(
    ts_args_type = "storage: RawDriver, base: string, parents: boolean",
    ts_return_type = "string[]"
)]
pub fn mount_points<'env>(
    env: &'env Env,
    storage: Unknown<'_>,
    base: String,
    parents: bool,
) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        let bases = with_storage(scope, raw(&storage), |own| {
            Ok(own.storage.mount_points(&base, parents))
        })?;
        let array = scope.array(bases.len())?;
        for (index, base) in bases.iter().enumerate() {
            scope.set_element(array, index, scope.string(base)?)?;
        }
        Ok(array)
    })
}

/// Flushes the mounts that hold keys below a base.
#[napi(
    ts_args_type = "storage: RawDriver, base: string, sync: boolean",
    ts_return_type = "Promise<void> | void"
)]
pub fn flush_below<'env>(
    env: &'env Env,
    storage: Unknown<'_>,
    base: Unknown<'_>,
    sync: bool,
) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        let cx = Context::new(if sync {
            Mode::Blocking
        } else {
            Mode::NonBlocking
        });
        let base = base_of(scope, raw(&base))?;
        let flushed = with_storage(scope, raw(&storage), |own| {
            Ok(own.storage.flush_below(&base, &cx))
        })?;
        answer(scope, flushed, unit_result)
    })
}

/// Calls `listener(event, key)` for each change below a base. Resolves with an id to unsubscribe.
#[napi(
    ts_args_type = "storage: RawDriver, base: string, listener: (event: string, key: string) => void, expire: boolean",
    ts_return_type = "Promise<number>"
)]
pub fn subscribe<'env>(
    env: &'env Env,
    storage: Unknown<'_>,
    base: Unknown<'_>,
    listener: Unknown<'_>,
    expire: bool,
) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        let base = base_of(scope, raw(&base))?;
        let sink = sink(scope, raw(&listener))?;
        let subscribed = with_storage(scope, raw(&storage), |own| {
            let id = own.next_listener.get();
            own.next_listener.set(id.wrapping_add(1));
            let listeners = Rc::clone(&own.listeners);
            Ok(own
                .storage
                .subscribe(&base, Interest { expire }, sink)
                .map(move |listener| {
                    listeners.borrow_mut().insert(id, listener.downgrade());
                    id
                }))
        })?;
        answer(scope, subscribed, |scope, id| scope.number(f64::from(id)))
    })
}

/// Ends a subscription.
#[napi(
    ts_args_type = "storage: RawDriver, id: number",
    ts_return_type = "Promise<void> | void"
)]
pub fn unsubscribe<'env>(
    env: &'env Env,
    storage: Unknown<'_>,
    id: u32,
) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        let ended = with_storage(scope, raw(&storage), |own| {
            let listener = own.listeners.borrow_mut().remove(&id);
            let listener = listener.and_then(|weak| weak.upgrade());
            Ok(listener.map(|listener| own.storage.unsubscribe(&listener)))
        })?;
        match ended {
            Some(ended) => answer(scope, ended, unit_result),
            None => scope.undefined(),
        }
    })
}

/// Ends every subscription.
#[napi(
    ts_args_type = "storage: RawDriver",
    ts_return_type = "Promise<void> | void"
)]
pub fn unsubscribe_all<'env>(env: &'env Env, storage: Unknown<'_>) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        let ended = with_storage(scope, raw(&storage), |own| {
            own.listeners.borrow_mut().clear();
            Ok(own.storage.stop_all_watches())
        })?;
        answer(scope, ended, unit_result)
    })
}

/// The canonical form of a base, which the face made a string.
fn base_of(scope: Scope, value: Raw) -> Result<String> {
    let message = "Invalid key: expected a string";
    scope
        .base(value)?
        .ok_or_else(|| Error::new(Kind::InvalidKey, message))
}

/// A listener that cannot disturb the writer or other listeners: what it throws is reported as an
/// uncaught exception.
fn sink(scope: Scope, listener: Raw) -> Result<EventSink> {
    let environment = Environment::of(scope)?;
    let listener = JsRef::new(scope, listener)?;
    Ok(Rc::new(move |kind, key| {
        let Some(scope) = environment.scope() else {
            return;
        };
        let delivered = scope.nested(|| {
            let arguments = [scope.string(kind.name())?, scope.string(key)?];
            scope
                .call(listener.get(scope)?, scope.undefined()?, &arguments)
                .map(drop)
        });
        if let Err(error) = delivered {
            report_uncaught(scope, &error);
        }
    }))
}
