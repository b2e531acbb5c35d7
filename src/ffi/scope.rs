//! Safe calls into Node-API, valid inside one callback.

use std::ffi::CString;
use std::ptr;

use napi::sys;

use super::foreign::JsRef;
use crate::error::{Error, Kind, Result};
use crate::value::Foreign;

/// A JavaScript value, valid until the callback returns.
pub(super) type Raw = sys::napi_value;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Nullish,
    Boolean,
    Number,
    String,
    Object,
    Function,
    Other,
}

impl Type {
    /// The name for messages.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Type::Nullish => "nothing",
            Type::Boolean => "a boolean",
            Type::Number => "a number",
            Type::String => "a string",
            Type::Object => "an object",
            Type::Function => "a function",
            Type::Other => "a symbol, a bigint or an external",
        }
    }
}

/// Access to the environment inside one callback. Exists only on the environment's thread.
#[derive(Clone, Copy)]
pub(super) struct Scope {
    pub(super) env: sys::napi_env,
}

/// Calls a Node-API function and turns its status into a `Result`.
macro_rules! call {
    ($scope:expr, $function:ident ( $($argument:expr),* $(,)? )) => {{
        let scope: Scope = $scope;
        // SAFETY: a `Scope` exists only on the environment's thread inside a callback, and every
        // pointer in the arguments is to a live local or a value of this scope.
        let status = unsafe { napi::sys::$function(scope.env, $($argument),*) };
        scope.check(status)
    }};
}
pub(super) use call;

impl Scope {
    /// Wraps the environment of the running callback.
    ///
    /// # Safety
    /// Only on the thread of `env`, inside a callback from it, and not beyond.
    pub(super) unsafe fn new(env: sys::napi_env) -> Self {
        Scope { env }
    }

    /// Turns a status into a result. A pending exception becomes an error that carries it.
    pub(super) fn check(self, status: sys::napi_status) -> Result<()> {
        if status == sys::Status::napi_ok {
            return Ok(());
        }
        Err(self.failure(status))
    }

    /// Some failing calls report a generic status and leave the exception pending, so that is asked
    /// for. A pending-exception status without an exception means that JavaScript cannot run any
    /// more; nothing may then be wrapped, because wrapping would fail the same way.
    #[cold]
    fn failure(self, status: sys::napi_status) -> Error {
        let (mut pending, mut exception) = (false, ptr::null_mut());
        // SAFETY: as in `call!`; not through it, because it would recurse.
        let taken = unsafe {
            sys::napi_is_exception_pending(self.env, &mut pending) == sys::Status::napi_ok
                && pending
                && sys::napi_get_and_clear_last_exception(self.env, &mut exception)
                    == sys::Status::napi_ok
        };
        if taken {
            return self.thrown(exception);
        }
        if status == sys::Status::napi_pending_exception {
            return Error::new(Kind::Disposed, "the JavaScript environment is closing");
        }
        Error::new(
            Kind::Internal,
            format!("a Node-API call failed with status {status}"),
        )
    }

    /// False while the environment is torn down: JavaScript cannot run any more.
    pub(super) fn can_run(self) -> bool {
        // Reading a property is the cheapest call that needs JavaScript to be able to run.
        self.nested(|| self.get(self.global()?, "undefined"))
            .is_ok()
    }

    /// The error for a value that JavaScript threw.
    pub(super) fn thrown(self, exception: Raw) -> Error {
        match JsRef::new(self, exception) {
            Ok(reference) => Error::foreign(Foreign::new(reference)),
            Err(error) => error,
        }
    }

    pub(super) fn type_of(self, value: Raw) -> Result<Type> {
        let mut kind = 0;
        call!(self, napi_typeof(value, &mut kind))?;
        Ok(match kind {
            sys::ValueType::napi_undefined | sys::ValueType::napi_null => Type::Nullish,
            sys::ValueType::napi_boolean => Type::Boolean,
            sys::ValueType::napi_number => Type::Number,
            sys::ValueType::napi_string => Type::String,
            sys::ValueType::napi_object => Type::Object,
            sys::ValueType::napi_function => Type::Function,
            _ => Type::Other,
        })
    }

    pub(super) fn undefined(self) -> Result<Raw> {
        let mut value = ptr::null_mut();
        call!(self, napi_get_undefined(&mut value)).map(|()| value)
    }

    pub(super) fn null(self) -> Result<Raw> {
        let mut value = ptr::null_mut();
        call!(self, napi_get_null(&mut value)).map(|()| value)
    }

    pub(super) fn boolean(self, content: bool) -> Result<Raw> {
        let mut value = ptr::null_mut();
        call!(self, napi_get_boolean(content, &mut value)).map(|()| value)
    }

    pub(super) fn number(self, content: f64) -> Result<Raw> {
        let mut value = ptr::null_mut();
        call!(self, napi_create_double(content, &mut value)).map(|()| value)
    }

    pub(super) fn count(self, content: usize) -> Result<Raw> {
        // Counts of things in memory are far below 2^53.
        #[expect(clippy::cast_precision_loss, reason = "see above")]
        self.number(content as f64)
    }

    pub(super) fn object(self) -> Result<Raw> {
        let mut value = ptr::null_mut();
        call!(self, napi_create_object(&mut value)).map(|()| value)
    }

    pub(super) fn array(self, length: usize) -> Result<Raw> {
        let mut value = ptr::null_mut();
        call!(self, napi_create_array_with_length(length, &mut value)).map(|()| value)
    }

    pub(super) fn global(self) -> Result<Raw> {
        let mut value = ptr::null_mut();
        call!(self, napi_get_global(&mut value)).map(|()| value)
    }

    pub(super) fn set_element(self, array: Raw, index: usize, value: Raw) -> Result<()> {
        call!(self, napi_set_element(array, element_index(index)?, value))
    }

    pub(super) fn element(self, array: Raw, index: usize) -> Result<Raw> {
        let mut value = ptr::null_mut();
        call!(
            self,
            napi_get_element(array, element_index(index)?, &mut value)
        )
        .map(|()| value)
    }

    pub(super) fn length(self, array: Raw) -> Result<usize> {
        let mut length = 0;
        call!(self, napi_get_array_length(array, &mut length))?;
        Ok(length as usize)
    }

    pub(super) fn is_array(self, value: Raw) -> Result<bool> {
        let mut is = false;
        call!(self, napi_is_array(value, &mut is)).map(|()| is)
    }

    pub(super) fn get(self, object: Raw, name: &str) -> Result<Raw> {
        let name = c_name(name)?;
        let mut value = ptr::null_mut();
        call!(
            self,
            napi_get_named_property(object, name.as_ptr(), &mut value)
        )
        .map(|()| value)
    }

    pub(super) fn set(self, object: Raw, name: &str, value: Raw) -> Result<()> {
        let name = c_name(name)?;
        call!(self, napi_set_named_property(object, name.as_ptr(), value))
    }

    /// Calls `function`. What it throws becomes an error that carries the same object.
    pub(super) fn call(self, function: Raw, this: Raw, arguments: &[Raw]) -> Result<Raw> {
        let mut value = ptr::null_mut();
        call!(
            self,
            napi_call_function(
                this,
                function,
                arguments.len(),
                arguments.as_ptr(),
                &mut value
            )
        )
        .map(|()| value)
    }

    /// The number, if the value is one.
    pub(super) fn as_number(self, value: Raw) -> Result<Option<f64>> {
        if self.type_of(value)? != Type::Number {
            return Ok(None);
        }
        let mut number = 0.0;
        call!(self, napi_get_value_double(value, &mut number)).map(|()| Some(number))
    }

    /// The boolean, if the value is one.
    pub(super) fn as_bool(self, value: Raw) -> Result<Option<bool>> {
        if self.type_of(value)? != Type::Boolean {
            return Ok(None);
        }
        let mut content = false;
        call!(self, napi_get_value_bool(value, &mut content)).map(|()| Some(content))
    }

    /// Runs `body` and frees the values that it made.
    pub(super) fn nested<T>(self, body: impl FnOnce() -> Result<T>) -> Result<T> {
        let mut handle_scope = ptr::null_mut();
        call!(self, napi_open_handle_scope(&mut handle_scope))?;
        let outcome = body();
        call!(self, napi_close_handle_scope(handle_scope))?;
        outcome
    }
}

fn element_index(index: usize) -> Result<u32> {
    u32::try_from(index)
        .map_err(|_| Error::new(Kind::LimitExceeded, "more than 2^32 items in one batch"))
}

fn c_name(name: &str) -> Result<CString> {
    CString::new(name).map_err(|_| Error::new(Kind::Internal, "a property name with NUL"))
}
