//! Polls local futures on the environment's thread.
//!
//! Wake-ups from other threads are collected under a lock; the thread-safe function is called only
//! when the collection was empty, so a thousand completions cost one trip through the event loop.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use async_task::{Runnable, Task};
use napi::sys;

/// How many wake-ups the collection keeps room for after a rush: eight bytes each.
const KEPT_WAKEUPS: usize = 4096;

/// The part of an environment that other threads may touch.
pub(super) struct Executor {
    owner: ThreadId,
    state: Mutex<State>,
}

struct State {
    ready: Vec<Runnable>,
    /// Null until opened and after close.
    wake: sys::napi_threadsafe_function,
    /// True while the owner runs native code that will drain the tasks before it returns.
    entered: bool,
    closed: bool,
}

// SAFETY: a thread-safe function may be called from every thread, as its name says, and it is called
// under the lock that also closes it. `Runnable`s only move through other threads: they run and drop
// on the owner's thread, or are forgotten after close (see `schedule`).
unsafe impl Send for State {}

impl Executor {
    pub(super) fn new() -> Self {
        let state = State {
            ready: Vec::new(),
            wake: ptr::null_mut(),
            entered: false,
            closed: false,
        };
        Executor {
            owner: thread::current().id(),
            state: Mutex::new(state),
        }
    }

    /// Nothing runs under the lock, so a poisoned lock holds a consistent state.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn open(&self, wake: sys::napi_threadsafe_function) {
        self.lock().wake = wake;
    }

    /// After this nothing is polled and the thread-safe function is not called any more. On the
    /// owner's thread.
    pub(super) fn close(&self) -> sys::napi_threadsafe_function {
        let (ready, wake) = {
            let mut state = self.lock();
            state.closed = true;
            (
                std::mem::take(&mut state.ready),
                std::mem::replace(&mut state.wake, ptr::null_mut()),
            )
        };
        // Not under the lock: what the futures hold may wake others when it is dropped.
        drop(ready);
        wake
    }

    /// Makes a task of `future`. It is polled at the next [`Executor::drain`] after
    /// `Runnable::schedule`, and dropped along with the returned handle.
    pub(super) fn task(
        self: &Arc<Self>,
        future: impl Future<Output = ()> + 'static,
    ) -> (Runnable, Task<()>) {
        let executor = Arc::clone(self);
        async_task::spawn_local(future, move |runnable| executor.schedule(runnable))
    }

    fn schedule(&self, runnable: Runnable) {
        let mut state = self.lock();
        if state.closed {
            drop(state);
            if thread::current().id() != self.owner {
                // Its future belongs to another thread and must not be dropped on this one. The owner
                // has dropped every future when it closed, so this is the empty shell of one.
                std::mem::forget(runnable);
            }
            return;
        }
        let was_empty = state.ready.is_empty();
        state.ready.push(runnable);
        let will_drain = state.entered && thread::current().id() == self.owner;
        if was_empty && !will_drain && !state.wake.is_null() {
            // SAFETY: not closed, and closing needs the lock that is held here.
            unsafe {
                sys::napi_call_threadsafe_function(
                    state.wake,
                    ptr::null_mut(),
                    sys::ThreadsafeFunctionCallMode::nonblocking,
                )
            };
        }
    }

    /// Marks the start of native code that ends with [`Executor::drain`]; true if it is the outermost.
    pub(super) fn enter(&self) -> bool {
        !std::mem::replace(&mut self.lock().entered, true)
    }

    /// Polls what is ready until nothing is. Tasks that wait again leave this loop.
    pub(super) fn drain(&self) {
        let mut ready = Vec::new();
        loop {
            {
                let mut state = self.lock();
                // The two lists change places, so that neither is allocated anew.
                std::mem::swap(&mut state.ready, &mut ready);
                state.entered = !ready.is_empty();
            }
            if ready.is_empty() {
                return;
            }
            ready.drain(..).for_each(poll);
            ready.shrink_to(KEPT_WAKEUPS);
        }
    }
}

/// Polls a task once. A panic ends its own task only; promises turn theirs into a rejection.
pub(super) fn poll(runnable: Runnable) {
    let _ = catch_unwind(AssertUnwindSafe(|| runnable.run()));
}
