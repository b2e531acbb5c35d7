//! Polls local futures on the environment's thread.
//!
//! Wake-ups from other threads are collected under a lock; the thread-safe function is called only
//! when the collection was empty, so a thousand completions cost one trip through the event loop.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{self, Waker};
use std::thread::{self, ThreadId};
use std::time::Duration;

use async_task::{Runnable, Task};
use napi::sys;

use crate::wakes;

/// How many wake-ups the collection keeps room for after a rush: eight bytes each.
const KEPT_WAKEUPS: usize = 4096;

/// The longest wait for one wake-up that another thread has begun when the executor closes. It has
/// only a lock left to take.
const LONGEST_WAKEUP: Duration = Duration::from_secs(1);

/// The part of an environment that other threads may touch.
pub(super) struct Executor {
    owner: ThreadId,
    state: Mutex<State>,
    /// Notified when `State::late` grows.
    arrived: Condvar,
    /// The threads that call the thread-safe function this moment.
    calling: AtomicUsize,
}

struct State {
    ready: Vec<Runnable>,
    /// Null until opened and after close.
    wake: sys::napi_threadsafe_function,
    /// True while the owner runs native code that will drain the tasks before it returns.
    entered: bool,
    closed: bool,
    /// Tasks that other threads woke while the executor closed: only the owner may drop them.
    late: Vec<Runnable>,
    /// The owner takes no more from `late`.
    gone: bool,
}

// SAFETY: a thread-safe function may be called from every thread, as its name says, and who calls it is
// counted under the lock that also closes it; closing waits for them. `Runnable`s only move through other threads: they run and drop
// on the owner's thread, or are forgotten after close (see `schedule`).
unsafe impl Send for State {}

impl Executor {
    pub(super) fn new() -> Self {
        let state = State {
            ready: Vec::new(),
            wake: ptr::null_mut(),
            entered: false,
            closed: false,
            late: Vec::new(),
            gone: false,
        };
        Executor {
            owner: thread::current().id(),
            state: Mutex::new(state),
            arrived: Condvar::new(),
            calling: AtomicUsize::new(0),
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
        while self.calling.load(Ordering::Acquire) > 0 {
            // They are within one call that waits for nobody.
            thread::yield_now();
        }
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

    fn schedule(self: &Arc<Self>, runnable: Runnable) {
        let mut state = self.lock();
        if state.closed {
            self.refuse(state, runnable);
            return;
        }
        let was_empty = state.ready.is_empty();
        state.ready.push(runnable);
        let will_drain = state.entered && thread::current().id() == self.owner;
        drop(state);
        if was_empty && !will_drain {
            let executor = Arc::clone(self);
            wakes::wake(move || executor.call());
        }
    }

    /// Has the owner drain the tasks soon.
    fn call(&self) {
        let wake = {
            let state = self.lock();
            if state.wake.is_null() {
                return;
            }
            self.calling.fetch_add(1, Ordering::Relaxed);
            state.wake
        };
        // Not under the lock: the owner wakes up at once, and would have to wait for it.
        // SAFETY: not closed, and closing waits until this call is counted no more.
        unsafe {
            sys::napi_call_threadsafe_function(
                wake,
                ptr::null_mut(),
                sys::ThreadsafeFunctionCallMode::nonblocking,
            )
        };
        self.calling.fetch_sub(1, Ordering::Release);
    }

    /// Its future belongs to the owner's thread and must not be dropped on another one.
    fn refuse(&self, mut state: MutexGuard<'_, State>, runnable: Runnable) {
        if thread::current().id() == self.owner {
            drop(state);
            drop(runnable);
        } else if state.gone {
            // The owner has dropped every future, so this is the empty shell of one.
            std::mem::forget(runnable);
        } else {
            state.late.push(runnable);
            self.arrived.notify_one();
        }
    }

    /// Drops the futures of all tasks, after [`Executor::close`] and on the owner's thread.
    ///
    /// A task that another thread is waking at this moment is still whole, and only the wake-up can
    /// drop it: without waiting for that, what it holds (watchers, descriptors) would never be freed.
    pub(super) fn drop_tasks(&self, tasks: impl Iterator<Item = Task<()>>) {
        let mut whole: Vec<_> = tasks.map(|task| Box::pin(task.cancel())).collect();
        loop {
            whole.retain_mut(|task| is_pending(task.as_mut()));
            let late = self.take_late(!whole.is_empty());
            if late.is_empty() {
                break;
            }
            drop(late);
        }
        self.lock().gone = true;
        drop(std::mem::take(&mut self.lock().late));
    }

    /// What other threads woke, waiting for it if asked. Within a poll nothing is waited for: the task
    /// that is being polled would never come.
    fn take_late(&self, wait: bool) -> Vec<Runnable> {
        let mut state = self.lock();
        if wait && !state.entered {
            let nothing_yet = |state: &mut State| state.late.is_empty();
            let waited = self
                .arrived
                .wait_timeout_while(state, LONGEST_WAKEUP, nothing_yet);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        std::mem::take(&mut state.late)
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

/// Polls a future that needs no waking.
fn is_pending(future: Pin<&mut impl Future>) -> bool {
    let mut context = task::Context::from_waker(Waker::noop());
    future.poll(&mut context).is_pending()
}

/// Polls a task once. A panic ends its own task only; promises turn theirs into a rejection.
pub(super) fn poll(runnable: Runnable) {
    let _ = catch_unwind(AssertUnwindSafe(|| runnable.run()));
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use std::cell::RefCell;
    use std::future::poll_fn;
    use std::rc::Rc;
    use std::task::Poll;

    use super::*;

    /// A task that waits for ever, its waker, and what tells whether its future is still there.
    fn waiting(executor: &Arc<Executor>) -> (Task<()>, Waker, Rc<()>) {
        let (held, waker) = (Rc::new(()), Rc::new(RefCell::new(None)));
        let (inside, kept) = (Rc::clone(&held), Rc::clone(&waker));
        let (runnable, task) = executor.task(async move {
            let _inside = inside;
            poll_fn(|context| {
                *kept.borrow_mut() = Some(context.waker().clone());
                Poll::<()>::Pending
            })
            .await;
        });
        poll(runnable);
        let waker = waker.borrow_mut().take();
        (task, waker.unwrap(), held)
    }

    #[test]
    fn a_task_that_waits_is_dropped_at_the_end() {
        let executor = Arc::new(Executor::new());
        let (task, _waker, held) = waiting(&executor);
        executor.close();
        executor.drop_tasks(std::iter::once(task));
        assert_eq!(Rc::strong_count(&held), 1);
    }

    #[test]
    fn a_task_that_was_being_woken_at_the_end_kept_what_it_held() {
        for _ in 0..200 {
            let executor = Arc::new(Executor::new());
            let (task, waker, held) = waiting(&executor);
            // The wake-up has begun, and waits for the lock under which the executor closes.
            let mut state = executor.lock();
            let waking = thread::spawn(move || waker.wake());
            thread::yield_now();
            state.closed = true;
            drop(state);
            executor.drop_tasks(std::iter::once(task));
            waking.join().unwrap();
            assert_eq!(Rc::strong_count(&held), 1);
        }
    }
}
