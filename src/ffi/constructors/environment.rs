//! Connects the face.

use napi::Env;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;

use super::super::environment::{Callback, Environment};
use super::super::scope::Raw;
use super::{bridge, raw};
use crate::error::Kind;

/// Gives native code the functions of the face that it calls. Once per environment, before all else.
#[napi(ts_args_type = "helpers: object", ts_return_type = "void")]
pub fn connect<'env>(env: &'env Env, helpers: Unknown<'_>) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        Environment::of(scope)?.connect(scope, raw(&helpers))?;
        scope.undefined()
    })
}

/// Calls the native callback `id`. One that is gone is not called: its timer or watch has ended.
#[napi(
    ts_args_type = "id: number, first?: unknown, second?: unknown",
    ts_return_type = "void"
)]
pub fn invoke<'env>(
    env: &'env Env,
    id: u32,
    first: Unknown<'_>,
    second: Unknown<'_>,
) -> napi::Result<Unknown<'env>> {
    deliver(env, [raw(&first), raw(&second)], |environment| {
        environment.callback(id)
    })
}

/// As `invoke`, and forgets the callback: for promises, which settle once.
#[napi(
    ts_args_type = "id: number, fulfilled: boolean, value: unknown",
    ts_return_type = "void"
)]
pub fn settle<'env>(
    env: &'env Env,
    id: u32,
    fulfilled: Unknown<'_>,
    value: Unknown<'_>,
) -> napi::Result<Unknown<'env>> {
    deliver(env, [raw(&fulfilled), raw(&value)], |environment| {
        environment.remove_callback(id)
    })
}

fn deliver<'env>(
    env: &'env Env,
    arguments: [Raw; 2],
    find: impl FnOnce(&Environment) -> Option<Callback>,
) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        let environment = Environment::of(scope)?;
        if let Some(callback) = find(&environment) {
            environment.entered(|| callback(scope, &arguments))?;
        }
        scope.undefined()
    })
}

/// The codes of every kind of native error, in the order of the documentation.
#[napi(ts_return_type = "string[]")]
pub fn error_codes() -> Vec<&'static str> {
    Kind::ALL.iter().map(|kind| kind.code()).collect()
}
