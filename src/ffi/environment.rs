//! One JavaScript environment: main thread, worker, or a renderer after reload.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::rc::Rc;
use std::sync::Arc;

use async_task::{Runnable, Task};
use hashbrown::DefaultHashBuilder;
use napi::sys;

use super::clock::Clock;
use super::executor::{Executor, poll};
use super::foreign::JsRef;
use super::scope::{Raw, Scope, call};
use crate::error::{Error, Kind, Result};

/// A native function that JavaScript calls through the face (`invoke`).
pub(super) type Callback = Rc<dyn Fn(Scope, &[Raw]) -> Result<()>>;

/// What native code keeps per environment.
pub(super) struct Environment {
    env: sys::napi_env,
    closed: Cell<bool>,
    executor: Arc<Executor>,
    wake: Cell<sys::napi_threadsafe_function>,
    /// Pending answers and persistent watches. The event loop stays alive while there are any.
    alive: Cell<usize>,
    face: RefCell<Option<Helpers>>,
    pub(super) clock: Clock,
    /// Every task that has not ended, so that all can be dropped with the environment: what they
    /// hold (watchers, timers) must not outlive it.
    tasks: RefCell<HashMap<u64, Task<()>, DefaultHashBuilder>>,
    next_task: Cell<u64>,
    callbacks: RefCell<HashMap<u32, Callback, DefaultHashBuilder>>,
    next_callback: Cell<u32>,
}

/// Functions of the face that native code calls.
struct Helpers {
    create_error: JsRef,
    subscribe: JsRef,
    make_callback: JsRef,
    now: JsRef,
    has_system_clock: JsRef,
}

/// The same, as values of one scope.
pub(super) struct Face {
    /// `(code, message, operation, driver, key, cause) => StorageError`
    pub(super) create_error: Raw,
    /// `(thenable, id) => void`: calls `invoke(id, fulfilled, value)` once it is settled.
    pub(super) subscribe: Raw,
    /// `(id) => (...args) => invoke(id, ...args)`
    pub(super) make_callback: Raw,
}

thread_local! {
    /// A thread has more than one environment only for moments, when a renderer reloads.
    static ENVIRONMENTS: RefCell<Vec<Rc<Environment>>> = const { RefCell::new(Vec::new()) };
}

impl Environment {
    /// The environment of `scope`, made at the first call.
    pub(super) fn of(scope: Scope) -> Result<Rc<Environment>> {
        let known = ENVIRONMENTS.with_borrow(|all| {
            let own = all.iter().find(|environment| environment.env == scope.env);
            own.cloned()
        });
        match known {
            Some(environment) => Ok(environment),
            None => Environment::open(scope),
        }
    }

    fn open(scope: Scope) -> Result<Rc<Environment>> {
        let environment = Rc::new(Environment {
            env: scope.env,
            closed: Cell::new(false),
            executor: Arc::new(Executor::new()),
            wake: Cell::new(ptr::null_mut()),
            alive: Cell::new(0),
            face: RefCell::new(None),
            clock: Clock::default(),
            tasks: RefCell::default(),
            next_task: Cell::new(0),
            callbacks: RefCell::default(),
            next_callback: Cell::new(0),
        });
        environment.open_wake(scope)?;
        ENVIRONMENTS.with_borrow_mut(|all| all.push(Rc::clone(&environment)));
        call!(
            scope,
            napi_add_env_cleanup_hook(Some(close), scope.env.cast())
        )?;
        Ok(environment)
    }

    /// Creates the one thread-safe function. Unreferenced: by itself it keeps nothing alive.
    fn open_wake(&self, scope: Scope) -> Result<()> {
        let mut wake = ptr::null_mut();
        let name = scope.string("stowage")?;
        let context = Arc::as_ptr(&self.executor).cast_mut().cast::<c_void>();
        call!(
            scope,
            napi_create_threadsafe_function(
                ptr::null_mut(),
                ptr::null_mut(),
                name,
                0,
                1,
                ptr::null_mut(),
                None,
                context,
                Some(on_wake),
                &mut wake,
            )
        )?;
        call!(scope, napi_unref_threadsafe_function(wake))?;
        // The thread-safe function may fire until the environment is gone, so its context is never
        // freed: one small allocation per environment.
        std::mem::forget(Arc::clone(&self.executor));
        self.wake.set(wake);
        self.executor.open(wake);
        Ok(())
    }

    /// The scope of the running callback, unless the environment is closed.
    pub(super) fn scope(&self) -> Option<Scope> {
        // SAFETY: `Environment` is `!Send`, so this is its thread, and all code that runs there was
        // called by the environment.
        (!self.closed.get()).then(|| unsafe { Scope::new(self.env) })
    }

    /// As [`Environment::scope`], for callers that cannot go on without.
    pub(super) fn require_scope(&self) -> Result<Scope> {
        self.scope()
            .ok_or_else(|| Error::new(Kind::Disposed, "the JavaScript environment is closing"))
    }

    /// Connects the face's helper functions.
    pub(super) fn connect(&self, scope: Scope, helpers: Raw) -> Result<()> {
        let helper = |name: &str| JsRef::new(scope, scope.get(helpers, name)?);
        let connected = Helpers {
            create_error: helper("createError")?,
            subscribe: helper("subscribe")?,
            make_callback: helper("makeCallback")?,
            now: helper("now")?,
            has_system_clock: helper("hasSystemClock")?,
        };
        *self.face.borrow_mut() = Some(connected);
        Ok(())
    }

    pub(super) fn face(&self, scope: Scope) -> Result<Face> {
        let helpers = self.face.borrow();
        let helpers = helpers
            .as_ref()
            .ok_or_else(|| Error::new(Kind::Internal, "the face is not connected"))?;
        Ok(Face {
            create_error: helpers.create_error.get(scope)?,
            subscribe: helpers.subscribe.get(scope)?,
            make_callback: helpers.make_callback.get(scope)?,
        })
    }

    /// Asks JavaScript for the time, `Date.now()`, and whether its clock is that of the system.
    pub(super) fn ask_clock(&self, scope: Scope) -> Result<Option<(f64, bool)>> {
        let helpers = self.face.borrow();
        let Some(helpers) = helpers.as_ref() else {
            return Ok(None);
        };
        let (now, is_system) = scope.nested(|| {
            let ask = |helper: &JsRef| scope.call(helper.get(scope)?, scope.undefined()?, &[]);
            let now = scope.as_number(ask(&helpers.now)?)?;
            Ok((now, scope.as_bool(ask(&helpers.has_system_clock)?)?))
        })?;
        Ok(now.map(|now| (now, is_system == Some(true))))
    }

    /// Polls `task` on this thread until it ends.
    pub(super) fn spawn(self: &Rc<Self>, task: impl Future<Output = ()> + 'static) {
        self.prepare(task).schedule();
    }

    /// As [`Environment::spawn`], for calls from JavaScript: polls `task` for the first time, and
    /// what that woke, before JavaScript goes on. Inside another poll it waits for its turn.
    pub(super) fn start(self: &Rc<Self>, task: impl Future<Output = ()> + 'static) {
        let runnable = self.prepare(task);
        if self.executor.enter() {
            poll(runnable);
            self.executor.drain();
        } else {
            runnable.schedule();
        }
    }

    fn prepare(self: &Rc<Self>, task: impl Future<Output = ()> + 'static) -> Runnable {
        let id = self.next_task.replace(self.next_task.get().wrapping_add(1));
        let environment = Rc::clone(self);
        let (runnable, handle) = self.executor.task(async move {
            task.await;
            let ended = environment.tasks.borrow_mut().remove(&id);
            // Dropped, the handle would cancel the task that is ending here by itself.
            if let Some(ended) = ended {
                ended.detach();
            }
        });
        self.tasks.borrow_mut().insert(id, handle);
        runnable
    }

    /// Drops everything that waits or can be called, on the environment's thread.
    fn drop_all(&self) {
        let tasks = std::mem::take(&mut *self.tasks.borrow_mut());
        self.executor.drop_tasks(tasks.into_values());
        let callbacks = std::mem::take(&mut *self.callbacks.borrow_mut());
        drop(callbacks);
    }

    /// Runs `body`, then polls what it woke before JavaScript goes on.
    pub(super) fn entered<T>(&self, body: impl FnOnce() -> T) -> T {
        let outermost = self.executor.enter();
        let value = body();
        if outermost {
            self.executor.drain();
        }
        value
    }

    /// Makes `callback` callable by JavaScript under an id.
    pub(super) fn add_callback(&self, callback: Callback) -> u32 {
        let mut callbacks = self.callbacks.borrow_mut();
        let mut id = self.next_callback.get();
        while callbacks.contains_key(&id) {
            id = id.wrapping_add(1);
        }
        self.next_callback.set(id.wrapping_add(1));
        callbacks.insert(id, callback);
        id
    }

    pub(super) fn callback(&self, id: u32) -> Option<Callback> {
        self.callbacks.borrow().get(&id).cloned()
    }

    pub(super) fn remove_callback(&self, id: u32) -> Option<Callback> {
        self.callbacks.borrow_mut().remove(&id)
    }

    /// Keeps the event loop alive until the guard is dropped.
    pub(super) fn keep_alive(self: &Rc<Self>) -> Alive {
        self.alive.set(self.alive.get() + 1);
        if self.alive.get() == 1
            && let Some(scope) = self.scope()
        {
            // A failure means that the environment is closing, where keeping it alive is moot.
            let _ = call!(scope, napi_ref_threadsafe_function(self.wake.get()));
        }
        Alive(Rc::clone(self))
    }
}

/// See [`Environment::keep_alive`].
pub(super) struct Alive(Rc<Environment>);

impl Drop for Alive {
    fn drop(&mut self) {
        let environment = &self.0;
        environment
            .alive
            .set(environment.alive.get().saturating_sub(1));
        if environment.alive.get() == 0
            && let Some(scope) = environment.scope()
        {
            let _ = call!(
                scope,
                napi_unref_threadsafe_function(environment.wake.get())
            );
        }
    }
}

impl crate::host::KeepAlive for Alive {}

/// Called by the thread-safe function on the environment's thread.
unsafe extern "C" fn on_wake(
    env: sys::napi_env,
    _callback: Raw,
    context: *mut c_void,
    _data: *mut c_void,
) {
    if env.is_null() || context.is_null() {
        return;
    }
    // SAFETY: the context is the executor, which `open_wake` never frees.
    let executor = unsafe { &*context.cast::<Executor>() };
    // SAFETY: a thread-safe function calls back on the environment's thread.
    let scope = unsafe { Scope::new(env) };
    // Node runs what is left in the event loop before it calls cleanup hooks.
    if !scope.can_run() {
        return;
    }
    executor.drain();
}

/// Called when the environment ends, on its thread, before its references are freed.
unsafe extern "C" fn close(env: *mut c_void) {
    let own = |environment: &Rc<Environment>| environment.env.cast::<c_void>() == env;
    let closing = ENVIRONMENTS.with_borrow_mut(|all| {
        let place = all.iter().position(own)?;
        Some(all.swap_remove(place))
    });
    let Some(environment) = closing else {
        return;
    };
    // They refer to the environment, which could never be freed with them. Its last moment in which
    // references can be deleted is now.
    drop(environment.face.take());
    environment.closed.set(true);
    let wake = environment.executor.close();
    if !wake.is_null() {
        // SAFETY: the function was open, and `close` took it so that nobody calls it any more.
        unsafe {
            sys::napi_release_threadsafe_function(wake, sys::ThreadsafeFunctionReleaseMode::abort)
        };
    }
    // A destructor that panics must not unwind into C.
    let _ = catch_unwind(AssertUnwindSafe(|| environment.drop_all()));
}
