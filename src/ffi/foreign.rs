//! JavaScript values that native code holds on to.

use std::any::Any;
use std::fmt;
use std::ptr;
use std::rc::Rc;

use napi::sys;

use super::environment::Environment;
use super::scope::{Raw, Scope, Type, call};
use super::values::blob_of;
use crate::error::Result;
use crate::value::{Blob, Foreign, ForeignValue};

/// Keeps a JavaScript value alive.
///
/// Node-API 8 cannot refer to primitives, so those live in an array of one element.
pub(super) struct JsRef {
    environment: Rc<Environment>,
    reference: sys::napi_ref,
    boxed: bool,
}

impl JsRef {
    pub(super) fn new(scope: Scope, value: Raw) -> Result<Self> {
        let environment = Environment::of(scope)?;
        let boxed = !matches!(scope.type_of(value)?, Type::Object | Type::Function);
        let target = if boxed {
            in_array(scope, value)?
        } else {
            value
        };
        let mut reference = ptr::null_mut();
        call!(scope, napi_create_reference(target, 1, &mut reference))?;
        Ok(JsRef {
            environment,
            reference,
            boxed,
        })
    }

    pub(super) fn get(&self, scope: Scope) -> Result<Raw> {
        let mut value = ptr::null_mut();
        call!(scope, napi_get_reference_value(self.reference, &mut value))?;
        if self.boxed {
            scope.element(value, 0)
        } else {
            Ok(value)
        }
    }
}

fn in_array(scope: Scope, value: Raw) -> Result<Raw> {
    let array = scope.array(1)?;
    scope.set_element(array, 0, value)?;
    Ok(array)
}

impl Drop for JsRef {
    fn drop(&mut self) {
        // A closed environment has freed its references itself.
        if let Some(scope) = self.environment.scope() {
            // There is nobody to tell, and nothing is lost but the memory of one reference.
            let _ = call!(scope, napi_delete_reference(self.reference));
        }
    }
}

impl fmt::Debug for JsRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JsRef")
    }
}

impl ForeignValue for JsRef {
    fn to_blob(&self) -> Option<Blob> {
        let scope = self.environment.scope()?;
        let value = self.get(scope).ok()?;
        blob_of(scope, value).ok().flatten()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Values that need no reference because they are made anew whenever JavaScript sees them.
#[derive(Clone, Copy, Debug)]
pub(super) enum Literal {
    /// `undefined`, told apart from an argument that is not passed.
    Undefined,
}

impl ForeignValue for Literal {
    fn to_blob(&self) -> Option<Blob> {
        None
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Shows a foreign value to JavaScript. Read as a stored value, `undefined` is `null`.
pub(super) fn show_stored(scope: Scope, foreign: &Foreign) -> Result<Raw> {
    let value = show(scope, foreign)?;
    if scope.type_of(value)? == Type::Nullish {
        scope.null()
    } else {
        Ok(value)
    }
}

/// Shows a foreign value to JavaScript.
pub(super) fn show(scope: Scope, foreign: &Foreign) -> Result<Raw> {
    match foreign.as_any().downcast_ref::<JsRef>() {
        Some(reference) => reference.get(scope),
        None => scope.undefined(),
    }
}

/// Shows options: `{}` if there are none.
pub(super) fn show_options(scope: Scope, options: Option<&Foreign>) -> Result<Raw> {
    match options {
        Some(given) if !is_undefined(given) => show(scope, given),
        _ => scope.object(),
    }
}

/// True for options that were not given.
pub(super) fn is_undefined(options: &Foreign) -> bool {
    matches!(options.as_any().downcast_ref(), Some(Literal::Undefined))
}
