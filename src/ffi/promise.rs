//! Answers as promises, and promises as answers.

use std::cell::RefCell;
use std::panic::AssertUnwindSafe;
use std::ptr;
use std::rc::Rc;

use futures_channel::oneshot;
use futures_util::FutureExt as _;
use napi::sys;

use super::environment::Environment;
use super::errors::error_object;
use super::scope::{Raw, Scope, Type, call};
use crate::error::{Error, Kind, Result};
use crate::maybe::MaybePromise;

/// Turns an answer into a value that JavaScript sees. Null is `undefined`.
pub(super) type Show<T> = fn(Scope, T) -> Result<Raw>;

/// A ready answer as its value, a pending one as a promise.
pub(super) fn answer<T: 'static>(
    scope: Scope,
    answer: MaybePromise<T>,
    show: Show<T>,
) -> Result<Raw> {
    match answer {
        MaybePromise::Ready(result) => result.and_then(|value| show(scope, value)),
        MaybePromise::Pending(future) => promise(scope, future, show),
    }
}

fn promise<T: 'static>(
    scope: Scope,
    future: impl Future<Output = Result<T>> + 'static,
    show: Show<T>,
) -> Result<Raw> {
    let environment = Environment::of(scope)?;
    let (mut deferred, mut promise) = (ptr::null_mut(), ptr::null_mut());
    call!(scope, napi_create_promise(&mut deferred, &mut promise))?;
    let alive = environment.keep_alive();
    let owner = Rc::clone(&environment);
    environment.start(async move {
        let outcome = AssertUnwindSafe(future).catch_unwind().await;
        let outcome =
            outcome.unwrap_or_else(|_| Err(Error::new(Kind::Internal, "native code panicked")));
        if let Some(scope) = owner.scope() {
            settle(scope, deferred, outcome, show);
        }
        drop(alive);
    });
    Ok(promise)
}

/// Fulfils or rejects. A failure to show the value is itself a rejection.
fn settle<T>(scope: Scope, deferred: sys::napi_deferred, outcome: Result<T>, show: Show<T>) {
    let settled = scope.nested(|| match outcome.and_then(|value| show(scope, value)) {
        Ok(value) if value.is_null() => {
            call!(scope, napi_resolve_deferred(deferred, scope.undefined()?))
        }
        Ok(value) => call!(scope, napi_resolve_deferred(deferred, value)),
        Err(error) => {
            let reason = error_object(scope, &error)?;
            call!(scope, napi_reject_deferred(deferred, reason))
        }
    });
    // It fails only while the environment closes, when no continuation can run any more.
    drop(settled);
}

/// True for objects with a `then` method.
pub(super) fn is_thenable(scope: Scope, value: Raw) -> Result<bool> {
    if !matches!(scope.type_of(value)?, Type::Object | Type::Function) {
        return Ok(false);
    }
    let then = scope.get(value, "then")?;
    Ok(scope.type_of(then)? == Type::Function)
}

/// Waits for a thenable and reads its value in the callback, where the value is valid.
pub(super) fn settled<T: 'static>(
    scope: Scope,
    thenable: Raw,
    read: impl FnOnce(Scope, Raw) -> Result<T> + 'static,
) -> MaybePromise<T> {
    match subscribe(scope, thenable, read) {
        Ok(receiver) => MaybePromise::pending(async move {
            receiver
                .await
                .unwrap_or_else(|_| Err(Error::new(Kind::Internal, "a promise was lost")))
        }),
        Err(error) => MaybePromise::err(error),
    }
}

fn subscribe<T: 'static>(
    scope: Scope,
    thenable: Raw,
    read: impl FnOnce(Scope, Raw) -> Result<T> + 'static,
) -> Result<oneshot::Receiver<Result<T>>> {
    let environment = Environment::of(scope)?;
    let (sender, receiver) = oneshot::channel();
    let once = RefCell::new(Some((sender, read)));
    let id = environment.add_callback(Rc::new(move |scope, arguments| {
        let (Some((sender, read)), [fulfilled, value]) = (once.borrow_mut().take(), arguments)
        else {
            return Ok(());
        };
        let outcome = if scope.as_bool(*fulfilled)? == Some(true) {
            read(scope, *value)
        } else {
            Err(scope.thrown(*value))
        };
        // Nobody waits any more if the caller gave up.
        let _ = sender.send(outcome);
        Ok(())
    }));
    let face = environment.face(scope)?;
    let subscribed = scope.call(
        face.subscribe,
        scope.undefined()?,
        &[thenable, scope.number(f64::from(id))?],
    );
    if subscribed.is_err() {
        environment.remove_callback(id);
    }
    subscribed.map(|_| receiver)
}
