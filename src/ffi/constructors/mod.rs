//! What the face calls once per driver or storage. Everything here is cold.

mod entries;
mod environment;
mod fs;
mod memory;
mod queue;
mod sqlite;
mod sqlite_care;
mod storage;
mod streams;
mod transaction;

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use napi::bindgen_prelude::{FromNapiValue, Unknown};
use napi::{Env, JsValue, Status};

use super::environment::Environment;
use super::errors::throw;
use super::foreign::JsRef;
use super::scope::{Raw, Scope};
use crate::error::{Error, Kind, Result};
use crate::key;
use crate::watch::IgnoreFunction;

/// Runs `body` with a scope and throws its error, or its panic, as a `StorageError`.
fn bridge<'env>(
    env: &'env Env,
    body: impl FnOnce(Scope) -> Result<Raw>,
) -> napi::Result<Unknown<'env>> {
    // SAFETY: napi-rs calls every exported function on the environment's thread.
    let scope = unsafe { Scope::new(env.raw()) };
    // napi-rs reads the type of what is returned, so `undefined` must be a value here.
    let body = || {
        body(scope).and_then(|value| {
            if value.is_null() {
                scope.undefined()
            } else {
                Ok(value)
            }
        })
    };
    let outcome = catch_unwind(AssertUnwindSafe(body))
        .unwrap_or_else(|_| Err(Error::new(Kind::Internal, "native code panicked")));
    match outcome {
        // SAFETY: the value was just made in this environment.
        Ok(value) => unsafe { Unknown::from_napi_value(env.raw(), value) },
        Err(error) => {
            throw(scope, &error);
            Err(napi::Error::new(Status::PendingException, String::new()))
        }
    }
}

/// The raw value of an argument.
fn raw(value: &Unknown<'_>) -> Raw {
    value.raw()
}

/// A key in canonical form.
fn key_of(scope: Scope, value: Raw) -> Result<String> {
    let read = scope.with_string(value, |text| {
        scope.check_well_formed(value, text)?;
        key::normalize(text).map(Cow::into_owned)
    })?;
    read.ok_or_else(|| Error::new(Kind::InvalidKey, "Invalid key: expected a string"))
}

/// A JavaScript predicate over paths.
fn predicate(scope: Scope, function: Raw) -> Result<IgnoreFunction> {
    let environment = Environment::of(scope)?;
    let function = JsRef::new(scope, function)?;
    Ok(Rc::new(move |path| {
        let scope = environment.require_scope()?;
        scope.nested(|| {
            let answer = scope.call(
                function.get(scope)?,
                scope.undefined()?,
                &[scope.string(path)?],
            )?;
            truthy(scope, answer)
        })
    }))
}

/// What `if (value)` decides, for predicates that return more than booleans.
fn truthy(scope: Scope, value: Raw) -> Result<bool> {
    let mut boolean = std::ptr::null_mut();
    super::scope::call!(scope, napi_coerce_to_bool(value, &mut boolean))?;
    Ok(scope.as_bool(boolean)? == Some(true))
}
