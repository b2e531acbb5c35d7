//! JavaScript functions with native state behind their data pointer, which is freed along with them.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use napi::sys;

use super::errors::throw;
use super::scope::{Raw, Scope, call};
use crate::error::{Error, Kind, Result};

/// The most arguments that any function takes.
pub(super) const MAX_ARGUMENTS: usize = 5;

/// The arguments of one call; those that are missing are `undefined`.
pub(super) type Arguments = [Raw; MAX_ARGUMENTS];

/// What a [`add_method`] does.
type Closure = Box<dyn Fn(Scope, &Arguments) -> Result<Raw>>;

/// A function that is given `state` as its data. `callback` must take it for nothing else.
pub(super) fn function<S: 'static>(
    scope: Scope,
    name: &str,
    callback: sys::napi_callback,
    state: S,
) -> Result<Raw> {
    let data = Box::into_raw(Box::new(state)).cast::<c_void>();
    let mut value = ptr::null_mut();
    let made = call!(
        scope,
        napi_create_function(
            name.as_ptr().cast(),
            name.len().cast_signed(),
            callback,
            data,
            &mut value
        )
    );
    let owned = made.and_then(|()| {
        call!(
            scope,
            napi_add_finalizer(
                value,
                data,
                Some(free::<S>),
                ptr::null_mut(),
                ptr::null_mut()
            )
        )
    });
    if let Err(error) = owned {
        // SAFETY: no finalizer was attached, so this is the only owner.
        drop(unsafe { Box::from_raw(data.cast::<S>()) });
        return Err(error);
    }
    Ok(value)
}

unsafe extern "C" fn free<S>(_env: sys::napi_env, data: *mut c_void, _hint: *mut c_void) {
    // SAFETY: the data is the box made in `function`, and a finalizer runs once.
    let state = unsafe { Box::from_raw(data.cast::<S>()) };
    // A destructor that panics must not unwind into C.
    let _ = catch_unwind(AssertUnwindSafe(move || drop(state)));
}

/// Runs what JavaScript called: errors are thrown, and so are panics.
pub(super) fn guarded(scope: Scope, body: impl FnOnce() -> Result<Raw>) -> Raw {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(value)) => return value,
        Ok(Err(error)) => throw(scope, &error),
        Err(_) => throw(scope, &Error::new(Kind::Internal, "native code panicked")),
    }
    ptr::null_mut()
}

/// The arguments of the running call, how many there are, and the state of its function.
pub(super) fn received<const MOST: usize>(
    scope: Scope,
    info: sys::napi_callback_info,
) -> Result<([Raw; MOST], usize, *mut c_void)> {
    let mut arguments = [ptr::null_mut(); MOST];
    let mut count = MOST;
    let mut data = ptr::null_mut();
    // Missing arguments are filled with `undefined`.
    call!(
        scope,
        napi_get_cb_info(
            info,
            &mut count,
            arguments.as_mut_ptr(),
            ptr::null_mut(),
            &mut data
        )
    )?;
    Ok((arguments, count, data))
}

/// Adds a method to an object that is made for one purpose and soon gone, such as a stream: what it
/// does is boxed, so that each needs no callback of its own.
pub(super) fn add_method(
    scope: Scope,
    object: Raw,
    name: &str,
    body: impl Fn(Scope, &Arguments) -> Result<Raw> + 'static,
) -> Result<()> {
    let closure: Closure = Box::new(body);
    let method = function(scope, name, Some(run_closure), closure)?;
    scope.set(object, name, method)
}

unsafe extern "C" fn run_closure(env: sys::napi_env, info: sys::napi_callback_info) -> Raw {
    // SAFETY: Node-API calls this on the environment's thread.
    let scope = unsafe { Scope::new(env) };
    guarded(scope, || {
        let (arguments, _, data) = received(scope, info)?;
        // SAFETY: the data is the box made for `add_method`; the function is being called, so it is
        // alive.
        let closure = unsafe { &*data.cast::<Closure>() };
        closure(scope, &arguments)
    })
}
