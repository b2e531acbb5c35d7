//! A count of changes that JavaScript reads like any number, without a call.
//!
//! The argument for the writes: the count is the one element of a `Float64Array` over a buffer that
//! V8 allocated (an external one would be refused by Electron). The memory of a buffer does not move,
//! and it is not freed while the buffer is referred to and not detached. The reference is held here;
//! nothing detaches the buffer, because the face keeps the array to itself; and writes stop when the
//! environment closes, which is before its references are freed. JavaScript and native code take
//! turns on one thread, so nobody reads while it is written.

use std::cell::Cell;
use std::ptr::{self, NonNull};
use std::rc::Rc;

use napi::sys;

use super::environment::Environment;
use super::foreign::JsRef;
use super::scope::{Raw, Scope, call};
use crate::error::{Error, Kind, Result};

/// The size of the count.
const COUNT_BYTES: usize = size_of::<f64>();

/// See the module. A double counts to 2^53 exactly: a change each nanosecond for a hundred days.
pub(super) struct ChangeCount {
    environment: Rc<Environment>,
    /// Keeps the memory behind `count`.
    _array: JsRef,
    count: NonNull<f64>,
    /// The count while it is hidden.
    hidden: Cell<Option<f64>>,
}

impl ChangeCount {
    /// A count of zero, and the array that shows it.
    pub(super) fn new(scope: Scope) -> Result<(Self, Raw)> {
        let (mut start, mut buffer) = (ptr::null_mut(), ptr::null_mut());
        call!(
            scope,
            napi_create_arraybuffer(COUNT_BYTES, &mut start, &mut buffer)
        )?;
        let count = NonNull::new(start.cast::<f64>()).filter(|count| count.is_aligned());
        let count =
            count.ok_or_else(|| Error::new(Kind::Internal, "V8 gave no memory for a number"))?;
        // SAFETY: eight aligned bytes that were just allocated, and nobody else has them yet.
        unsafe { count.write(0.0) };
        let mut array = ptr::null_mut();
        let class = sys::TypedarrayType::float64_array;
        call!(
            scope,
            napi_create_typedarray(class, 1, buffer, 0, &mut array)
        )?;
        let counter = ChangeCount {
            environment: Environment::of(scope)?,
            _array: JsRef::new(scope, array)?,
            count,
            hidden: Cell::new(None),
        };
        Ok((counter, array))
    }

    /// Counts one change.
    pub(super) fn increase(&self) {
        match self.hidden.get() {
            Some(count) => self.hidden.set(Some(count + 1.0)),
            None => self.update(|count| count + 1.0),
        }
    }

    /// Shows NaN, which is never the number that it was before, or the count again: for content that
    /// changes by itself.
    pub(super) fn hide(&self, hide: bool) {
        match (hide, self.hidden.take()) {
            (true, None) => self.update(|count| {
                self.hidden.set(Some(count));
                f64::NAN
            }),
            (true, hidden) => self.hidden.set(hidden),
            (false, Some(count)) => self.update(|_| count + 1.0),
            (false, None) => {}
        }
    }

    fn update(&self, change: impl FnOnce(f64) -> f64) {
        if self.environment.scope().is_some() {
            // SAFETY: the environment is open, so the buffer is there: see the module.
            unsafe { self.count.write(change(self.count.read())) };
        }
    }
}
