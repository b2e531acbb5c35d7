//! An environment for tests: an executor on the calling thread and a clock that stands still.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_task::Runnable;
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;

use crate::error::{Error, Kind, Result};
use crate::host::{Host, KeepAlive, Timer};
use crate::maybe::MaybePromise;

/// How long an answer may depend on other threads before the test is told that it hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the clock begins, in milliseconds since the Unix epoch.
const BEGINNING_MS: f64 = 1_700_000_000_000.0;

/// The environment of a test. Cloning shares it.
#[derive(Clone, Default)]
pub struct TestHost(Rc<Inner>);

#[derive(Default)]
struct Inner {
    ready: Arc<Ready>,
    clock: Rc<RefCell<Clock>>,
    uncaught: RefCell<Vec<Error>>,
    guards: Rc<Cell<usize>>,
}

/// Tasks to poll. Other threads wake them.
#[derive(Default)]
struct Ready {
    tasks: Mutex<VecDeque<Runnable>>,
    woken: Condvar,
}

impl Ready {
    /// No task runs under the lock, so a poisoned lock holds a consistent queue.
    fn lock(&self) -> MutexGuard<'_, VecDeque<Runnable>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, task: Runnable) {
        self.lock().push_back(task);
        self.woken.notify_one();
    }

    fn pop(&self) -> Option<Runnable> {
        self.lock().pop_front()
    }

    /// Waits until a task is woken; false if none was for a long time.
    fn wait(&self) -> bool {
        let waiting = self
            .woken
            .wait_timeout_while(self.lock(), PATIENCE, |tasks| tasks.is_empty());
        let (tasks, _) = waiting.unwrap_or_else(PoisonError::into_inner);
        !tasks.is_empty()
    }
}

#[derive(Default)]
struct Clock {
    now: Duration,
    next_id: u64,
    timers: Vec<Armed>,
}

struct Armed {
    due: Duration,
    id: u64,
    keeps_alive: bool,
    callback: Box<dyn FnOnce()>,
}

impl Clock {
    /// Takes the earliest timer that is due by `end`, and moves the time to it.
    fn take_due(&mut self, end: Duration) -> Option<Armed> {
        let due = self
            .timers
            .iter()
            .enumerate()
            .filter(|(_, timer)| timer.due <= end);
        let (index, _) = due.min_by_key(|(_, timer)| (timer.due, timer.id))?;
        let timer = self.timers.remove(index);
        self.now = self.now.max(timer.due);
        Some(timer)
    }
}

struct TestTimer {
    id: u64,
    clock: Rc<RefCell<Clock>>,
}

impl Timer for TestTimer {
    fn unref(&self) {
        let mut clock = self.clock.borrow_mut();
        let armed = clock.timers.iter_mut().find(|timer| timer.id == self.id);
        if let Some(armed) = armed {
            armed.keeps_alive = false;
        }
    }
}

impl Drop for TestTimer {
    fn drop(&mut self) {
        let mut clock = self.clock.borrow_mut();
        let found = clock.timers.iter().position(|timer| timer.id == self.id);
        let cancelled = found.map(|index| clock.timers.remove(index));
        drop(clock);
        // The callback may own what owns other timers.
        drop(cancelled);
    }
}

struct Guard(Rc<Cell<usize>>);

impl KeepAlive for Guard {}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// The answer of a call that was started without being waited for.
pub struct Started<T>(Rc<RefCell<Option<Result<T>>>>);

impl<T> Started<T> {
    /// True once the answer is there.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// The answer, if it is there and was not taken before.
    #[must_use]
    pub fn take(&self) -> Option<Result<T>> {
        self.0.borrow_mut().take()
    }
}

impl TestHost {
    /// A new environment.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// This environment as drivers take it.
    #[must_use]
    pub fn shared(&self) -> Rc<dyn Host> {
        Rc::new(self.clone())
    }

    /// Polls until `answer` is there.
    ///
    /// # Errors
    /// As [`TestHost::finish`].
    pub fn run_until<T: 'static>(&self, answer: MaybePromise<T>) -> Result<T> {
        self.finish(self.start(answer))
    }

    /// Polls until the answer of a call that was started is there.
    ///
    /// # Errors
    /// The answer's own; `INTERNAL` if nothing happens for 30 seconds.
    pub fn finish<T: 'static>(&self, started: Started<T>) -> Result<T> {
        loop {
            self.run_until_idle();
            if let Some(result) = started.take() {
                return result;
            }
            if !self.0.ready.wait() {
                return Err(Error::new(
                    Kind::Internal,
                    "nothing will ever give this answer",
                ));
            }
        }
    }

    /// Lets `answer` make progress whenever something else is run.
    pub fn start<T: 'static>(&self, answer: MaybePromise<T>) -> Started<T> {
        let slot = Rc::new(RefCell::new(None));
        match answer {
            MaybePromise::Ready(result) => *slot.borrow_mut() = Some(result),
            MaybePromise::Pending(future) => {
                let filled = Rc::clone(&slot);
                let task = async move {
                    let result = future.await;
                    *filled.borrow_mut() = Some(result);
                };
                self.spawn(task.boxed_local());
            }
        }
        Started(slot)
    }

    /// Polls every task that can make progress now. Does not wait for other threads.
    pub fn run_until_idle(&self) {
        while let Some(task) = self.0.ready.pop() {
            task.run();
        }
    }

    /// Moves the clock, firing timers in order and polling tasks after each.
    pub fn advance(&self, time: Duration) {
        self.run_until_idle();
        let end = self.0.clock.borrow().now + time;
        loop {
            let due = self.0.clock.borrow_mut().take_due(end);
            let Some(timer) = due else { break };
            (timer.callback)();
            self.run_until_idle();
        }
        self.0.clock.borrow_mut().now = end;
    }

    /// Timers that have neither fired nor been dropped.
    #[must_use]
    pub fn timers(&self) -> usize {
        self.0.clock.borrow().timers.len()
    }

    /// Those of them that keep the environment alive.
    #[must_use]
    pub fn lively_timers(&self) -> usize {
        let clock = self.0.clock.borrow();
        clock
            .timers
            .iter()
            .filter(|timer| timer.keeps_alive)
            .count()
    }

    /// Guards that keep the environment alive.
    #[must_use]
    pub fn guards(&self) -> usize {
        self.0.guards.get()
    }

    /// Takes the failures that were reported as uncaught.
    #[must_use]
    pub fn take_uncaught(&self) -> Vec<Error> {
        self.0.uncaught.take()
    }
}

impl Host for TestHost {
    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        let ready = Arc::clone(&self.0.ready);
        let (runnable, task) = async_task::spawn_local(task, move |runnable| ready.push(runnable));
        task.detach();
        runnable.schedule();
    }

    fn set_timeout(&self, delay: Duration, callback: Box<dyn FnOnce()>) -> Box<dyn Timer> {
        let mut clock = self.0.clock.borrow_mut();
        let (id, due) = (clock.next_id, clock.now + delay);
        clock.next_id += 1;
        clock.timers.push(Armed {
            due,
            id,
            keeps_alive: true,
            callback,
        });
        drop(clock);
        Box::new(TestTimer {
            id,
            clock: Rc::clone(&self.0.clock),
        })
    }

    fn now_ms(&self) -> f64 {
        BEGINNING_MS + self.0.clock.borrow().now.as_secs_f64() * 1000.0
    }

    fn report_uncaught(&self, error: Error) {
        self.0.uncaught.borrow_mut().push(error);
    }

    fn keep_alive(&self) -> Box<dyn KeepAlive> {
        self.0.guards.set(self.0.guards.get() + 1);
        Box::new(Guard(Rc::clone(&self.0.guards)))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;
    use crate::pool;

    #[test]
    fn answers_from_other_threads_arrive() {
        let host = TestHost::new();
        assert_eq!(host.run_until(pool::run(|| Ok(7))).unwrap(), 7);
    }

    #[test]
    fn timers_fire_in_order_and_dropped_ones_do_not() {
        let host = TestHost::new();
        let seen = Rc::new(RefCell::new(Vec::new()));
        let note = |name: &'static str| -> Box<dyn FnOnce()> {
            let seen = Rc::clone(&seen);
            Box::new(move || seen.borrow_mut().push(name))
        };
        let _late = host.set_timeout(Duration::from_millis(20), note("late"));
        let _early = host.set_timeout(Duration::from_millis(10), note("early"));
        drop(host.set_timeout(Duration::from_millis(5), note("cancelled")));
        host.advance(Duration::from_millis(19));
        assert_eq!(*seen.borrow(), ["early"]);
        host.advance(Duration::from_millis(1));
        assert_eq!(*seen.borrow(), ["early", "late"]);
        assert_eq!(host.timers(), 0);
    }
}
