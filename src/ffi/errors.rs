//! Errors across the border.

use super::environment::Environment;
use super::foreign::show;
use super::scope::{Raw, Scope, call};
use crate::error::{Cause, Error, Kind, Result, errno_name};

/// The JavaScript object for an error: the same object for what JavaScript threw, otherwise a
/// `StorageError` made by the face.
pub(super) fn error_object(scope: Scope, error: &Error) -> Result<Raw> {
    if let (Kind::Foreign, Some(Cause::Foreign(thrown))) = (error.kind(), error.cause()) {
        return show(scope, thrown);
    }
    let create = Environment::of(scope)?.face(scope)?.create_error;
    let arguments = [
        scope.string(error.code())?,
        scope.string(error.message())?,
        optional_string(scope, error.operation_name())?,
        optional_string(scope, error.driver_name())?,
        optional_string(scope, error.key_name())?,
        cause_object(scope, error.cause())?,
    ];
    scope.call(create, scope.undefined()?, &arguments)
}

fn optional_string(scope: Scope, content: Option<&str>) -> Result<Raw> {
    content.map_or_else(|| scope.undefined(), |content| scope.string(content))
}

fn cause_object(scope: Scope, cause: Option<&Cause>) -> Result<Raw> {
    match cause {
        None => scope.undefined(),
        Some(Cause::Error(error)) => error_object(scope, error),
        Some(Cause::Foreign(value)) => show(scope, value),
        Some(Cause::Io(error)) => system_error(scope, error),
    }
}

/// An `Error` with `code` and `errno`, as Node's own file functions throw.
fn system_error(scope: Scope, error: &std::io::Error) -> Result<Raw> {
    let mut object = std::ptr::null_mut();
    let (code, message) = (
        scope.string(errno_name(error))?,
        scope.string(&error.to_string())?,
    );
    call!(scope, napi_create_error(code, message, &mut object))?;
    if let Some(raw) = error.raw_os_error() {
        // Node reports errno negated.
        scope.set(object, "errno", scope.number(-f64::from(raw))?)?;
    }
    Ok(object)
}

/// Throws `error` into JavaScript.
pub(super) fn throw(scope: Scope, error: &Error) {
    let thrown = error_object(scope, error).and_then(|object| call!(scope, napi_throw(object)));
    if thrown.is_err() {
        // The environment is closing or the face is not connected: a bare error still tells.
        let message =
            std::ffi::CString::new(error.to_string().replace('\0', " ")).unwrap_or_default();
        let _ = call!(scope, napi_throw_error(std::ptr::null(), message.as_ptr()));
    }
}

/// Reports a failure that no caller waits for, as an uncaught exception would be.
pub(super) fn report_uncaught(scope: Scope, error: &Error) {
    if let Ok(object) = error_object(scope, error) {
        // If even this fails the environment is closing, and nobody is left to hear it.
        let _ = call!(scope, napi_fatal_exception(object));
    }
}
