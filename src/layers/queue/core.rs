//! The state of a queue: what it holds, who waits, when the next flush is due.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use futures_channel::oneshot;

use super::entry::Ticket;
use super::failure;
use super::log::Log;
use super::operation::Operation;
use super::options::QueueOptions;
use super::plan::Held;
use super::waiting::{Awaited, Waiter, answer};
use crate::driver::{Driver, Outcome};
use crate::error::{Error, Result};
use crate::host::{Host, Timer};
use crate::maybe::MaybePromise;

/// Each failed flush doubles the delay before the next one.
const BACKOFF_FACTOR: u32 = 2;

/// The longest delay between two attempts, unless the flush interval is longer.
const MAX_BACKOFF: Duration = Duration::from_secs(30);

/// What the clones of a queue share.
pub(super) struct Core {
    pub(super) inner: Rc<dyn Driver>,
    pub(super) options: QueueOptions,
    /// How many operations go down at once.
    pub(super) segment: usize,
    pub(super) host: Rc<dyn Host>,
    /// Never borrowed across a call to the driver below, the host, a listener or a waker.
    pub(super) state: RefCell<State>,
}

pub(super) struct State {
    pub(super) log: Log,
    /// Callers that wait for operations to be written.
    pub(super) waiters: Vec<Waiter>,
    /// The next flush or retry.
    pub(super) timer: Option<Box<dyn Timer>>,
    /// The timer fired and its flush has not begun.
    pub(super) due: bool,
    /// Tells who owns the flight: a flush in place takes over an asynchronous one.
    pub(super) run: u64,
    /// An asynchronous flush exists, perhaps one that was taken over and waits for its last calls.
    pub(super) running: bool,
    /// A synchronous flush is on the stack.
    pub(super) in_place: bool,
    /// Calls of the asynchronous flush that a driver which is not `ordered` has not answered.
    pub(super) outstanding: Held,
    /// Failed flushes since the last one that succeeded.
    pub(super) failures: u32,
    /// Why the last flush failed, until one succeeds.
    pub(super) failure: Option<Error>,
    /// A failure that no caller and no listener has seen.
    pub(super) unseen: Option<Error>,
    /// Set as soon as `close` is called.
    pub(super) closed: bool,
    /// Why operations were given up by `close`.
    pub(super) lost: Option<Error>,
}

impl State {
    pub(super) fn new(log: Log) -> Self {
        State {
            log,
            waiters: Vec::new(),
            timer: None,
            due: false,
            run: 0,
            running: false,
            in_place: false,
            outstanding: Held::default(),
            failures: 0,
            failure: None,
            unseen: None,
            closed: false,
            lost: None,
        }
    }

    pub(super) fn is_flushing(&self) -> bool {
        self.running || self.in_place
    }

    /// True if a flush is to begin now. After a failure only the retry timer or a caller who asks
    /// begins one: a full batch would hammer a store that is in trouble.
    pub(super) fn must_flush(&self, threshold: usize) -> bool {
        let full = self.failures == 0 && self.log.len() >= threshold;
        !self.log.is_empty() && (self.due || full || !self.waiters.is_empty())
    }
}

impl Core {
    /// # Errors
    /// `DISPOSED` after `close`.
    pub(super) fn open(&self) -> Result<()> {
        if self.state.borrow().closed {
            Err(failure::disposed())
        } else {
            Ok(())
        }
    }

    /// Accepts operations in order. The answer comes when there is room for all of them.
    pub(super) fn accept(
        self: &Rc<Self>,
        operations: impl Iterator<Item = Operation>,
    ) -> MaybePromise<Outcome> {
        let mut room = Room::default();
        for operation in operations {
            // The replaced operation is dropped after the borrow: it may hold JavaScript values.
            let _replaced = room.push(&mut self.state.borrow_mut().log, operation);
        }
        self.wake();
        match room.waiting {
            None => MaybePromise::ok(Outcome::Done),
            Some((_, receiver)) => self.admission(receiver),
        }
    }

    /// Answers when the last ticket is gone: then every operation is in the queue, or given up.
    fn admission(self: &Rc<Self>, receiver: oneshot::Receiver<()>) -> MaybePromise<Outcome> {
        let core = Rc::clone(self);
        MaybePromise::pending(async move {
            // A ticket is only ever dropped, never used, so this is the one outcome.
            let _dropped = receiver.await;
            let lost = core.state.borrow().lost.as_ref().map(failure::copy);
            lost.map_or(Ok(Outcome::Done), Err)
        })
    }

    /// Accepts a clear. The answer comes when the driver below has carried it out.
    pub(super) fn accept_clear(
        self: &Rc<Self>,
        operation: Operation,
    ) -> oneshot::Receiver<Result<Outcome>> {
        let number = self.state.borrow_mut().log.push_clear(operation);
        self.wait_for(Awaited::Operation(number))
    }

    pub(super) fn wait_for(&self, awaited: Awaited) -> oneshot::Receiver<Result<Outcome>> {
        let (sender, receiver) = oneshot::channel();
        self.state
            .borrow_mut()
            .waiters
            .push(Waiter { awaited, sender });
        receiver
    }

    /// Answers when everything accepted so far is written; fails with the first failure among it.
    pub(super) fn drain(self: &Rc<Self>) -> MaybePromise<()> {
        let end = {
            let state = self.state.borrow();
            if state.log.is_empty() {
                return MaybePromise::ok(());
            }
            state.log.end()
        };
        let receiver = self.wait_for(Awaited::Before(end));
        self.hurry();
        answer(receiver).map(|_| ())
    }

    /// Begins a flush now, unless one is running: that one goes on with whatever was asked for.
    pub(super) fn hurry(self: &Rc<Self>) {
        if !self.state.borrow().is_flushing() {
            self.launch();
        }
    }

    /// After something was queued: begins a flush if a batch is full, else sees to the timer.
    fn wake(self: &Rc<Self>) {
        let (flush, arm) = {
            let state = self.state.borrow();
            if state.is_flushing() {
                return;
            }
            (
                state.must_flush(self.options.threshold()),
                state.timer.is_none(),
            )
        };
        if flush {
            self.launch();
        } else if arm {
            self.arm();
        }
    }

    /// Sets the timer for the next flush, or for the retry of a failed one.
    pub(super) fn arm(self: &Rc<Self>) {
        let delay = {
            let state = self.state.borrow();
            if state.timer.is_some() || state.is_flushing() || state.log.is_empty() {
                return;
            }
            backoff(self.options.flush_interval, state.failures)
        };
        let core = Rc::clone(self);
        let timer = self
            .host
            .set_timeout(delay, Box::new(move || core.on_timer()));
        self.state.borrow_mut().timer = Some(timer);
    }

    fn on_timer(self: &Rc<Self>) {
        self.disarm();
        self.state.borrow_mut().due = true;
        self.hurry();
    }

    pub(super) fn disarm(&self) {
        let timer = self.state.borrow_mut().timer.take();
        drop(timer);
    }
}

/// The delay before the next attempt after so many failed ones.
fn backoff(interval: Duration, failures: u32) -> Duration {
    let factor = BACKOFF_FACTOR.saturating_pow(failures.saturating_sub(1));
    interval
        .saturating_mul(factor)
        .min(MAX_BACKOFF.max(interval))
}

/// Collects the operations of one call that must wait for room under one ticket.
#[derive(Default)]
struct Room {
    waiting: Option<(Ticket, oneshot::Receiver<()>)>,
}

impl Room {
    fn push(&mut self, log: &mut Log, operation: Operation) -> Option<Operation> {
        let pushed = log.push(operation);
        if pushed.waits {
            let (ticket, _) = self.waiting.get_or_insert_with(|| {
                let (sender, receiver) = oneshot::channel();
                (Rc::new(sender), receiver)
            });
            log.attach(pushed.position, ticket);
        }
        pushed.replaced
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_slow_down_to_a_limit() {
        let interval = Duration::from_secs(1);
        let delays: Vec<u64> = (0..8)
            .map(|failures| backoff(interval, failures).as_secs())
            .collect();
        assert_eq!(delays, [1, 1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(backoff(interval, u32::MAX), MAX_BACKOFF);
    }

    #[test]
    fn a_retry_never_comes_sooner_than_a_flush() {
        let interval = Duration::from_secs(60);
        assert_eq!(backoff(interval, 5), interval);
    }
}
