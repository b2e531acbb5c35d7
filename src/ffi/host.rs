//! The environment as the core sees it.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;

use super::environment::Environment;
use super::errors;
use super::foreign::JsRef;
use super::scope::{Raw, Scope, Type};
use crate::error::{Error, Result};
use crate::host::{Host, KeepAlive, Timer};

/// Implements [`Host`] with the environment's own timers and clock, which fake timers replace.
pub(super) struct JsHost(Rc<Environment>);

impl JsHost {
    pub(super) fn of(scope: Scope) -> Result<Rc<dyn Host>> {
        Ok(Rc::new(JsHost(Environment::of(scope)?)))
    }

    fn start_timer(&self, delay: Duration, callback: Box<dyn FnOnce()>) -> Result<JsTimer> {
        let scope = self.0.require_scope()?;
        let once = RefCell::new(Some(callback));
        let id = self.0.add_callback(Rc::new(move |_, _| {
            let callback = once.borrow_mut().take();
            if let Some(callback) = callback {
                callback();
            }
            Ok(())
        }));
        let timer = JsTimer {
            environment: Rc::clone(&self.0),
            id,
            handle: RefCell::new(None),
        };
        let handle = scope.nested(|| {
            let function = callback_function(scope, &self.0, id)?;
            let milliseconds = scope.number(delay.as_secs_f64() * 1000.0)?;
            let handle = call_global(scope, "setTimeout", &[function, milliseconds])?;
            JsRef::new(scope, handle)
        })?;
        *timer.handle.borrow_mut() = Some(handle);
        Ok(timer)
    }
}

/// A JavaScript function that calls the native callback `id`.
pub(super) fn callback_function(scope: Scope, environment: &Environment, id: u32) -> Result<Raw> {
    let make = environment.face(scope)?.make_callback;
    scope.call(make, scope.undefined()?, &[scope.number(f64::from(id))?])
}

/// Looked up at every call: fake timers replace the globals.
fn call_global(scope: Scope, name: &str, arguments: &[Raw]) -> Result<Raw> {
    let global = scope.global()?;
    scope.call(scope.get(global, name)?, global, arguments)
}

impl Host for JsHost {
    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        self.0.spawn(task);
    }

    fn set_timeout(&self, delay: Duration, callback: Box<dyn FnOnce()>) -> Box<dyn Timer> {
        // Whoever replaces the timers replaces the clock.
        self.0.clock.forget();
        match self.start_timer(delay, callback) {
            Ok(timer) => Box::new(timer),
            Err(error) => {
                self.report_uncaught(error);
                Box::new(NoTimer)
            }
        }
    }

    fn now_ms(&self) -> f64 {
        self.0.clock.now_ms(&self.0)
    }

    fn report_uncaught(&self, error: Error) {
        if let Some(scope) = self.0.scope() {
            errors::report_uncaught(scope, &error);
        }
    }

    fn keep_alive(&self) -> Box<dyn KeepAlive> {
        Box::new(self.0.keep_alive())
    }
}

struct JsTimer {
    environment: Rc<Environment>,
    id: u32,
    handle: RefCell<Option<JsRef>>,
}

impl JsTimer {
    /// Timers of browsers, which renderers have, are numbers and keep nothing alive.
    fn call_unref(&self, scope: Scope) -> Result<()> {
        let Some(handle) = &*self.handle.borrow() else {
            return Ok(());
        };
        scope.nested(|| {
            let handle = handle.get(scope)?;
            if scope.type_of(handle)? != Type::Object {
                return Ok(());
            }
            let unref = scope.get(handle, "unref")?;
            if scope.type_of(unref)? == Type::Function {
                scope.call(unref, handle, &[])?;
            }
            Ok(())
        })
    }
}

impl Timer for JsTimer {
    fn unref(&self) {
        let Some(scope) = self.environment.scope() else {
            return;
        };
        if let Err(error) = self.call_unref(scope) {
            errors::report_uncaught(scope, &error);
        }
    }
}

impl Drop for JsTimer {
    fn drop(&mut self) {
        self.environment.clock.forget();
        self.environment.remove_callback(self.id);
        let (Some(scope), Some(handle)) = (self.environment.scope(), self.handle.get_mut().take())
        else {
            return;
        };
        let cleared = scope.nested(|| call_global(scope, "clearTimeout", &[handle.get(scope)?]));
        if let Err(error) = cleared {
            errors::report_uncaught(scope, &error);
        }
    }
}

/// Stands for a timer that could not be started because the environment is closing.
struct NoTimer;

impl Timer for NoTimer {
    fn unref(&self) {}
}
