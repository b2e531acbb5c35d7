//! Drivers defined in JavaScript: `defineDriver`, plain objects, classes, storages, proxies.
//!
//! Methods are looked up at every call and called on the driver object, so replaced methods, spies
//! and class instances work. They are called on the JavaScript thread in the same tick.

mod arguments;
mod results;

use std::fmt;
use std::rc::Rc;

use super::environment::Environment;
use super::foreign::JsRef;
use super::host::callback_function;
use super::promise::{is_thenable, settled};
use super::scope::{Raw, Scope, Type};
use crate::driver::{
    BatchReport, ByteSink, ByteSource, Capabilities, Commit, Context, Driver, EventKind, EventSink,
    GetItems, Meta, Mode, Options, Outcome, SetItem, Snapshot, Verdict, Watch, get_one_by_one,
    not_supported, set_one_by_one,
};
use crate::error::{Error, Kind, Result};
use crate::key::{self, Key, KeyList};
use crate::maybe::MaybePromise;
use crate::value::Value;

/// The name of a driver that has none.
const UNNAMED: &str = "custom";

/// A driver object of JavaScript. Cloning shares it.
#[derive(Clone)]
pub(super) struct JsDriver(Rc<Inner>);

struct Inner {
    environment: Rc<Environment>,
    object: JsRef,
    name: String,
}

/// A method that was found, ready to be called in the running scope.
struct Method {
    scope: Scope,
    this: Raw,
    function: Raw,
}

impl JsDriver {
    /// Wraps a driver object.
    ///
    /// # Errors
    /// `INVALID_OPTION` if it is not an object.
    pub(super) fn new(scope: Scope, object: Raw) -> Result<Self> {
        if !matches!(scope.type_of(object)?, Type::Object | Type::Function) {
            return Err(Error::new(
                Kind::InvalidOption,
                "option `driver` must be a driver object",
            ));
        }
        let name = scope
            .as_string(scope.get(object, "name")?)?
            .unwrap_or_else(|| UNNAMED.to_owned());
        let environment = Environment::of(scope)?;
        Ok(JsDriver(Rc::new(Inner {
            environment,
            object: JsRef::new(scope, object)?,
            name,
        })))
    }

    /// Finds `operation`, in its synchronous form if the caller waits. `None` if the driver lacks it.
    fn method(&self, operation: &str, mode: Mode) -> Result<Option<Method>> {
        let scope = self.0.environment.require_scope()?;
        let this = self.0.object.get(scope)?;
        let name = match mode {
            Mode::Blocking => format!("{operation}Sync"),
            Mode::NonBlocking => operation.to_owned(),
        };
        let function = scope.get(this, &name)?;
        let found = scope.type_of(function)? == Type::Function
            && !is_inherited_batch(scope, operation, function)?;
        Ok(found.then_some(Method {
            scope,
            this,
            function,
        }))
    }

    /// As [`JsDriver::method`], for operations that the driver must have.
    fn required(&self, operation: &'static str, mode: Mode) -> Result<Method> {
        self.method(operation, mode)?
            .ok_or_else(|| self.missing(operation, mode))
    }

    fn missing(&self, operation: &'static str, mode: Mode) -> Error {
        match mode {
            Mode::Blocking => Error::sync_unsupported(&self.0.name, operation),
            Mode::NonBlocking => Error::new(
                Kind::NotSupported,
                format!("Driver does not support the {operation} operation"),
            ),
        }
    }

    /// A write without its method: ignored in the promise form, as documented for read-only
    /// drivers, and refused in the synchronous form.
    fn unwritable<T: 'static>(
        &self,
        operation: &'static str,
        cx: &Context,
        ignored: T,
    ) -> MaybePromise<T> {
        match cx.mode {
            Mode::Blocking => MaybePromise::err(self.missing(operation, cx.mode)),
            Mode::NonBlocking => MaybePromise::ok(ignored),
        }
    }

    fn has_function(&self, name: &str) -> bool {
        matches!(self.method(name, Mode::NonBlocking), Ok(Some(_)))
    }

    fn flag(&self, name: &str) -> bool {
        let read = || {
            let scope = self.0.environment.require_scope()?;
            let flags = scope.get(self.0.object.get(scope)?, "flags")?;
            if scope.type_of(flags)? != Type::Object {
                return Ok(None);
            }
            scope.as_bool(scope.get(flags, name)?)
        };
        // Flags only help to save work, so a getter that throws means no flag.
        matches!(read(), Ok(Some(true)))
    }

    /// Removes every key below `base` one by one: for drivers without `clear`, and because many
    /// drivers' `clear` ignores its base and would remove everything.
    fn remove_below(&self, base: &str, cx: &Context) -> MaybePromise<Outcome> {
        if !self.supports(cx.mode, "removeItem") {
            return self.unwritable("clear", cx, Outcome::Ignored);
        }
        let listing = cx.with_options(Options {
            include_meta: true,
            ..cx.options.clone()
        });
        let (driver, base, cx) = (self.clone(), base.to_owned(), cx.clone());
        self.keys(&base, &listing).and_then(move |keys| {
            let below = keys.iter().filter(|key| key::is_below(key, &base));
            let removed = below
                .map(|key| driver.remove(Key::literal(key), &cx))
                .collect();
            MaybePromise::all(removed).map(|_| Outcome::Done)
        })
    }

    fn supports(&self, mode: Mode, operation: &str) -> bool {
        matches!(self.method(operation, mode), Ok(Some(_)))
    }
}

impl Method {
    /// Calls the method and reads its result, now or when its promise settles.
    fn answer<T: 'static>(
        &self,
        cx: &Context,
        arguments: &[Raw],
        read: impl FnOnce(Scope, Raw) -> Result<T> + 'static,
    ) -> MaybePromise<T> {
        let scope = self.scope;
        let answered = scope
            .call(self.function, self.this, arguments)
            .and_then(|value| {
                let later = is_thenable(scope, value)?;
                Ok((value, later))
            });
        match answered {
            Ok((value, false)) => read(scope, value).into(),
            Ok((value, true)) if cx.is_blocking() => {
                // Listened to, so that its rejection does not end the process as an unhandled one.
                drop(settled(scope, value, |_, _| Ok(())));
                MaybePromise::err(Error::new(
                    Kind::InvalidReturn,
                    "Driver returned Promise from sync method - sync operation not supported",
                ))
            }
            Ok((value, true)) => settled(scope, value, read),
            Err(error) => MaybePromise::err(error),
        }
    }
}

/// Finds a required method and calls it: `invoke!(self, cx, "getItem", |scope| [arguments], read)`.
macro_rules! invoke {
    ($driver:expr, $cx:expr, $operation:expr, |$scope:ident| [$($argument:expr),*], $read:expr) => {{
        let prepared = $driver.required($operation, $cx.mode).and_then(|method| {
            let $scope = method.scope;
            let arguments = [$($argument?),*];
            Ok((method, arguments))
        });
        match prepared {
            Ok((method, arguments)) => method.answer($cx, &arguments, $read),
            Err(error) => MaybePromise::err(error),
        }
    }};
}

impl Driver for JsDriver {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            max_depth: self.flag("maxDepth"),
            ttl: self.flag("ttl"),
            transactions: false,
            reports_own_changes: self.has_function("watch"),
            ordered: false,
        }
    }

    fn supports_sync(&self, operation: &'static str) -> bool {
        self.supports(Mode::Blocking, operation)
    }

    fn accepts(&self, operation: &'static str) -> bool {
        let methods: &[&str] = match operation {
            "setItem" => &["setItem", "setItems"],
            "setItemRaw" => &["setItemRaw", "setItem"],
            "clear" => &["clear", "removeItem"],
            _ => &[operation],
        };
        methods
            .iter()
            .any(|method| self.supports(Mode::NonBlocking, method))
    }

    fn has(&self, key: &Key, cx: &Context) -> MaybePromise<bool> {
        invoke!(
            self,
            cx,
            "hasItem",
            |scope| [scope.string(key.as_str()), arguments::options(scope, cx)],
            results::boolean
        )
    }

    fn get(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Value>> {
        invoke!(
            self,
            cx,
            "getItem",
            |scope| [scope.string(key.as_str()), arguments::options(scope, cx)],
            results::value
        )
    }

    fn get_raw(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Value>> {
        if !self.supports(cx.mode, "getItemRaw") {
            return self
                .get(key, cx)
                .then(|value| value.and_then(results::decoded_raw));
        }
        invoke!(
            self,
            cx,
            "getItemRaw",
            |scope| [scope.string(key.as_str()), arguments::options(scope, cx)],
            results::value
        )
    }

    fn get_many(&self, items: GetItems, cx: &Context) -> MaybePromise<Vec<Option<Value>>> {
        if !self.supports(cx.mode, "getItems") {
            return get_one_by_one(self, &items, cx);
        }
        invoke!(
            self,
            cx,
            "getItems",
            |scope| [
                arguments::get_items(scope, &items, cx),
                arguments::options(scope, cx)
            ],
            move |scope, list| results::values(scope, list, &items.keys)
        )
    }

    fn set(&self, key: &Key, value: Value, cx: &Context) -> MaybePromise<Outcome> {
        if !self.supports(cx.mode, "setItem") {
            return self.unwritable("setItem", cx, Outcome::Ignored);
        }
        invoke!(
            self,
            cx,
            "setItem",
            |scope| [
                scope.string(key.as_str()),
                arguments::value(scope, value),
                arguments::options(scope, cx)
            ],
            results::done
        )
    }

    fn set_raw(&self, key: &Key, value: Value, cx: &Context) -> MaybePromise<Outcome> {
        if !self.supports(cx.mode, "setItemRaw") {
            return match arguments::encoded_raw(value) {
                Ok(text) => self.set(key, text, cx),
                Err(error) => MaybePromise::err(error),
            };
        }
        invoke!(
            self,
            cx,
            "setItemRaw",
            |scope| [
                scope.string(key.as_str()),
                arguments::value(scope, value),
                arguments::options(scope, cx)
            ],
            results::done
        )
    }

    fn set_many(&self, items: Vec<SetItem>, cx: &Context) -> MaybePromise<BatchReport> {
        if !self.supports(cx.mode, "setItems") {
            if !self.supports(cx.mode, "setItem") {
                let ignored = BatchReport {
                    outcome: Outcome::Ignored,
                    failures: Vec::new(),
                };
                return self.unwritable("setItem", cx, ignored);
            }
            return set_one_by_one(self, items, cx);
        }
        let prepared = self.required("setItems", cx.mode).and_then(|method| {
            let arguments = arguments::set_items(method.scope, items, cx)?;
            Ok((method, arguments))
        });
        match prepared {
            Ok((method, arguments)) => {
                method.answer(cx, &arguments, |_, _| Ok(BatchReport::done()))
            }
            Err(error) => MaybePromise::err(error),
        }
    }

    fn remove(&self, key: &Key, cx: &Context) -> MaybePromise<Outcome> {
        if !self.supports(cx.mode, "removeItem") {
            return self.unwritable("removeItem", cx, Outcome::Ignored);
        }
        invoke!(
            self,
            cx,
            "removeItem",
            |scope| [scope.string(key.as_str()), arguments::options(scope, cx)],
            results::done
        )
    }

    fn meta(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Meta>> {
        if !self.supports(cx.mode, "getMeta") {
            return MaybePromise::ok(None);
        }
        invoke!(
            self,
            cx,
            "getMeta",
            |scope| [scope.string(key.as_str()), arguments::options(scope, cx)],
            results::meta
        )
    }

    fn keys(&self, base: &str, cx: &Context) -> MaybePromise<KeyList> {
        invoke!(
            self,
            cx,
            "getKeys",
            |scope| [scope.string(base), arguments::listing(scope, cx)],
            results::keys
        )
    }

    fn clear(&self, base: &str, cx: &Context) -> MaybePromise<Outcome> {
        if !base.is_empty() || !self.supports(cx.mode, "clear") {
            return self.remove_below(base, cx);
        }
        invoke!(
            self,
            cx,
            "clear",
            |scope| [scope.string(base), arguments::options(scope, cx)],
            results::done
        )
    }

    fn commit(&self, _commit: Commit, _cx: &Context) -> MaybePromise<Verdict> {
        not_supported(self.name(), "transactions")
    }

    fn snapshot(&self, _cx: &Context) -> MaybePromise<Box<dyn Snapshot>> {
        not_supported(self.name(), "snapshots")
    }

    fn read_stream(&self, _key: &Key, _cx: &Context) -> MaybePromise<Option<Box<dyn ByteSource>>> {
        not_supported(self.name(), "streams")
    }

    fn write_stream(&self, _key: &Key, _cx: &Context) -> MaybePromise<Box<dyn ByteSink>> {
        not_supported(self.name(), "streams")
    }

    fn watch(&self, sink: EventSink) -> MaybePromise<Option<Box<dyn Watch>>> {
        let method = match self.method("watch", Mode::NonBlocking) {
            Ok(Some(method)) => method,
            Ok(None) => return MaybePromise::ok(None),
            Err(error) => return MaybePromise::err(error),
        };
        let environment = Rc::clone(&self.0.environment);
        let id = environment.add_callback(Rc::new(move |scope, arguments| {
            let (Some(kind), Some(key)) = results::event(scope, arguments)? else {
                return Ok(());
            };
            sink(kind, &key);
            Ok(())
        }));
        let callback = match callback_function(method.scope, &environment, id) {
            Ok(callback) => callback,
            Err(error) => return MaybePromise::err(error),
        };
        let cx = Context::new(Mode::NonBlocking);
        let started = method.answer(&cx, &[callback], move |scope, stop| {
            let stop = (scope.type_of(stop)? == Type::Function)
                .then(|| JsRef::new(scope, stop))
                .transpose()?;
            Ok(Some(Box::new(JsWatch {
                environment,
                id,
                stop,
            }) as Box<dyn Watch>))
        });
        let environment = Rc::clone(&self.0.environment);
        started.map_err(move |error| {
            environment.remove_callback(id);
            error
        })
    }

    fn flush(&self, cx: &Context) -> MaybePromise<()> {
        if !self.supports(cx.mode, "flush") {
            return MaybePromise::ok(());
        }
        invoke!(self, cx, "flush", |_scope| [], results::nothing)
    }

    fn close(&self, cx: &Context) -> MaybePromise<()> {
        let cx = cx.with_options(Options::default());
        // There is no synchronous dispose in the documented interface.
        let cx = Context {
            mode: Mode::NonBlocking,
            ..cx
        };
        if !self.supports(cx.mode, "dispose") {
            return MaybePromise::ok(());
        }
        invoke!(self, &cx, "dispose", |_scope| [], results::nothing)
    }
}

impl fmt::Debug for JsDriver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JsDriver({})", self.0.name)
    }
}

/// A watch of a JavaScript driver: its `unwatch` function.
struct JsWatch {
    environment: Rc<Environment>,
    id: u32,
    stop: Option<JsRef>,
}

impl Watch for JsWatch {
    fn stop(mut self: Box<Self>) -> MaybePromise<()> {
        let Some(stop) = self.stop.take() else {
            return MaybePromise::ok(());
        };
        let prepared = self.environment.require_scope().and_then(|scope| {
            let (function, this) = (stop.get(scope)?, scope.undefined()?);
            Ok(Method {
                scope,
                this,
                function,
            })
        });
        match prepared {
            Ok(method) => method.answer(&Context::new(Mode::NonBlocking), &[], results::nothing),
            Err(error) => MaybePromise::err(error),
        }
    }
}

impl Drop for JsWatch {
    fn drop(&mut self) {
        self.environment.remove_callback(self.id);
    }
}

/// True for the batch methods of a native driver, found on an object that wraps one. The wrapper may
/// have replaced `setItem` only, and a batch must not go past it.
fn is_inherited_batch(scope: Scope, operation: &str, function: Raw) -> Result<bool> {
    if !matches!(operation, "getItems" | "setItems") {
        return Ok(false);
    }
    Ok(scope.as_bool(scope.get(function, NATIVE_BATCH)?)? == Some(true))
}

/// The property by which the face marks the batch methods of native drivers.
const NATIVE_BATCH: &str = "isNativeBatch";

/// The kind of an event by its JavaScript name.
fn event_kind(name: &str) -> Option<EventKind> {
    [EventKind::Update, EventKind::Remove, EventKind::Expire]
        .into_iter()
        .find(|kind| kind.name() == name)
}
