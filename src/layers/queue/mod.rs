//! Write-behind: collects writes and carries them to the driver below in batches.
//!
//! # What callers can rely on
//! - An operation is in the queue when the call returns, and every read sees it from then on: while
//!   it waits for room, is queued, is being written, and after it could not be written.
//! - Operations on one key, and a clear and the keys below it, reach the driver below in the order
//!   of the calls. Operations on different keys may run side by side.
//! - `clear` takes its place in the order like any write. Its answer comes when the driver below
//!   has carried it out, or could not; in that case it is retried like any write.
//!
//! # When it flushes
//! At once when `batch_size` operations are queued, `flush_interval` after the first one otherwise,
//! and whenever `flush` asks. One flush runs at a time; it takes what is queued when it begins.
//!
//! # When writing fails
//! What was not written stays, in order, and is retried on a timer: after `flush_interval`, then
//! twice as long each time, up to 30 s. Later operations on the same key wait; others go on. Each
//! failed flush calls `on_error` once. Without `on_error`, a failure that no caller was told is
//! kept for the next `flush`: that flush tries again, and rejects once with the kept failure even if
//! everything is written by then, because otherwise nobody would ever learn of it. With `on_error`
//! it resolves.
//!
//! # Back-pressure
//! `max_queue_size` bounds what is held, being written included. Further writes are kept in order
//! and seen by reads, but their promises stay pending until there is room. A synchronous write to a
//! full queue, if it cannot go through, first flushes in place.
//!
//! # Synchronous calls
//! They need the driver's synchronous methods. A write goes through to the driver below at once if
//! nothing here is about its key, because its caller waits for it anyway; otherwise it takes its
//! place in the queue. A synchronous flush takes over an asynchronous one that is under way and
//! writes its unconfirmed operations once more, in order, so that everything is stored when it
//! returns. With a driver below that does not keep its calls in order it fails with `BUSY` if a
//! newer operation follows on a key that is being written.

mod batch;
mod close;
mod core;
mod driver;
mod entry;
mod failure;
mod flush;
mod index;
mod log;
mod operation;
mod options;
mod overlay;
mod plan;
mod waiting;
mod write;

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use self::core::{Core, State};
use self::log::{Log, Sight};
use self::operation::{Action, KeptOptions, Operation};
use self::overlay::Overlay;
use self::plan::MAX_SEGMENT;
use crate::driver::{
    BatchReport, Context, Driver, Expiry, Options, Outcome, SetItem, write_context,
};
use crate::error::{Error, Result};
use crate::host::Host;
use crate::key::{Key, KeyList};
use crate::maybe::MaybePromise;

pub use self::operation::{QueuedKind, QueuedOperation};
pub use self::options::{ErrorSink, MAX_FLUSH_INTERVAL, MAX_OPERATIONS, QueueOptions};

/// The name of the layer.
const NAME: &str = "queue";

/// Collects writes for the driver below. Cloning shares the queue.
#[derive(Clone)]
pub struct Queue(Rc<Core>);

/// What a queue is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueState {
    /// Operations held, those that are being written included: at most `max_queue_size`.
    pub size: usize,
    /// A flush is running.
    pub flushing: bool,
    /// `close` was called.
    pub disposed: bool,
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("inner", &self.0.inner)
            .field("options", &self.0.options)
            .field("state", &self.state())
            .finish()
    }
}

impl Queue {
    /// A queue in front of `inner`, which it closes with itself.
    ///
    /// # Errors
    /// `INVALID_OPTION` naming an option that is zero or beyond its limit.
    pub fn new(inner: Rc<dyn Driver>, options: QueueOptions, host: Rc<dyn Host>) -> Result<Queue> {
        Self::with_segments(inner, options, host, MAX_SEGMENT)
    }

    /// A queue that hands down at most `segment` operations at once.
    fn with_segments(
        inner: Rc<dyn Driver>,
        options: QueueOptions,
        host: Rc<dyn Host>,
        segment: usize,
    ) -> Result<Queue> {
        options.check()?;
        let log = Log::new(options.max_queue_size, options.merge_updates);
        Ok(Queue(Rc::new(Core {
            inner,
            options,
            segment,
            host,
            state: RefCell::new(State::new(log)),
        })))
    }

    /// What the queue is doing.
    #[must_use]
    pub fn state(&self) -> QueueState {
        let state = self.0.state.borrow();
        QueueState {
            size: state.log.size(),
            flushing: state.is_flushing(),
            disposed: state.closed,
        }
    }

    /// The keys that have an operation in the queue, removals and waiting operations included.
    #[must_use]
    pub fn queued_keys(&self) -> KeyList {
        Overlay::new(&self.0.state.borrow().log, "", || None).targets()
    }

    /// The newest operation on `key` that the driver below does not have.
    #[must_use]
    pub fn queued(&self, key: &str) -> Option<QueuedOperation> {
        self.0
            .state
            .borrow()
            .log
            .newest(key)
            .map(QueuedOperation::of)
    }

    /// Why the last flush failed; `None` once a flush has succeeded.
    #[must_use]
    pub fn last_error(&self) -> Option<Error> {
        self.0.state.borrow().failure.as_ref().map(failure::copy)
    }

    /// The time in milliseconds since the Unix epoch, if the items of the driver below end.
    fn clock_ms(&self) -> Option<f64> {
        let ends = self.0.inner.capabilities().ttl;
        ends.then(|| self.0.host.now_ms())
    }

    /// How long a value lives that is queued now. What keeps the end of an older value takes it from
    /// the queue, if that is where the older value is: it may never arrive below.
    ///
    /// # Errors
    /// `INVALID_OPTION` for what the driver below would refuse.
    fn settled(&self, key: &str, expiry: Expiry) -> Result<Expiry> {
        if expiry == Expiry::Never {
            return Ok(expiry);
        }
        let Some(now_ms) = self.clock_ms() else {
            return Ok(expiry);
        };
        expiry.at(now_ms, None)?;
        if expiry != Expiry::Keep {
            return Ok(expiry);
        }
        let state = self.0.state.borrow();
        Ok(match state.log.sight(key, || Some(now_ms)) {
            Sight::Value { expiry, .. } => expiry,
            Sight::Gone => Expiry::Never,
            Sight::Below => Expiry::Keep,
        })
    }

    fn operation(&self, target: &str, action: Action, options: &Options) -> Operation {
        let now_ms = self.0.host.now_ms();
        operation(target, action, KeptOptions::new(options, now_ms), now_ms)
    }

    /// Queues an operation on a key, or lets a synchronous one go through.
    fn enqueue(&self, key: &Key, action: Action, cx: &Context) -> MaybePromise<Outcome> {
        let name = action.name();
        if let Err(error) = self.0.open().and_then(|()| self.needs_sync(name, cx)) {
            return MaybePromise::err(error);
        }
        if !self.0.inner.accepts(name) {
            return MaybePromise::ok(Outcome::Ignored);
        }
        if cx.is_blocking() {
            if self.goes_through(key.as_str()) {
                return self.write_through(key, action, cx);
            }
            if let Err(error) = self.make_room(key.as_str()) {
                return MaybePromise::err(error);
            }
        }
        let operation = match self.settled(key.as_str(), cx.options.expiry) {
            Ok(expiry) if expiry == cx.options.expiry => {
                self.operation(key.as_str(), action, &cx.options)
            }
            Ok(expiry) => {
                let options = Options {
                    expiry,
                    ..cx.options.clone()
                };
                self.operation(key.as_str(), action, &options)
            }
            Err(error) => return MaybePromise::err(error),
        };
        self.0.accept(std::iter::once(operation))
    }

    /// True if no operation on this key is queued or under way, so that a write which goes past the
    /// queue overtakes nothing.
    fn goes_through(&self, key: &str) -> bool {
        let state = self.0.state.borrow();
        matches!(state.log.sight(key, || None), Sight::Below) && !state.outstanding.holds(key)
    }

    /// As in the predecessor, the write has reached the driver below when the call returns.
    fn write_through(&self, key: &Key, action: Action, cx: &Context) -> MaybePromise<Outcome> {
        match action {
            Action::Set { value, raw: false } => self.0.inner.set(key, value, cx),
            Action::Set { value, raw: true } => self.0.inner.set_raw(key, value, cx),
            Action::Remove => self.0.inner.remove(key, cx),
            Action::Clear => self.0.inner.clear(key.as_str(), cx),
        }
    }

    /// Sees to it that a synchronous write does not have to wait.
    fn make_room(&self, key: &str) -> Result<()> {
        let lacks_room = self.0.state.borrow().log.lacks_room(key);
        if lacks_room {
            self.0.drain_in_place()
        } else {
            Ok(())
        }
    }

    /// # Errors
    /// `SYNC_UNSUPPORTED` for a synchronous call that the driver below could not carry out.
    fn needs_sync(&self, operation: &'static str, cx: &Context) -> Result<()> {
        if cx.is_blocking() && !self.0.inner.supports_sync(operation) {
            return Err(failure::sync_unsupported(operation));
        }
        Ok(())
    }

    /// Answers a read from the queue, or lets `below` ask the driver below.
    fn read<T: 'static>(
        &self,
        key: &Key,
        operation: &'static str,
        cx: &Context,
        held: impl FnOnce(Sight<'_>) -> Option<T>,
        below: impl FnOnce(&dyn Driver) -> MaybePromise<T>,
    ) -> MaybePromise<T> {
        if let Err(error) = self.0.open() {
            return MaybePromise::err(error);
        }
        if let Some(answer) = held(
            self.0
                .state
                .borrow()
                .log
                .sight(key.as_str(), || self.clock_ms()),
        ) {
            return MaybePromise::ok(answer);
        }
        match self.needs_sync(operation, cx) {
            Ok(()) => below(&*self.0.inner),
            Err(error) => MaybePromise::err(error),
        }
    }

    /// A batch of a synchronous caller: as a whole if all of it can go through, else item by item.
    fn set_in_place(&self, items: Vec<SetItem>, cx: &Context) -> MaybePromise<BatchReport> {
        if items.iter().all(|item| self.goes_through(&item.key)) {
            return self.0.inner.set_many(items, cx);
        }
        let mut failures: Vec<(usize, Error)> = Vec::new();
        for (index, item) in items.into_iter().enumerate() {
            // Once there was no way to make room, the items that need it fail without an attempt.
            let stuck = failures.last().filter(|_| self.is_stuck(&item.key));
            let failed = match stuck {
                Some((_, error)) => Some(failure::copy(error)),
                None => self.set_now(item, cx).err(),
            };
            failures.extend(failed.map(|error| (index, error)));
        }
        MaybePromise::ok(BatchReport {
            outcome: Outcome::Done,
            failures,
        })
    }

    fn is_stuck(&self, key: &str) -> bool {
        !self.goes_through(key) && self.0.state.borrow().log.lacks_room(key)
    }

    fn set_now(&self, item: SetItem, cx: &Context) -> Result<Outcome> {
        let cx = write_context(cx, item.options, item.expiry);
        let action = Action::Set {
            value: item.value.detached(),
            raw: false,
        };
        match self.enqueue(Key::literal(&item.key), action, &cx) {
            MaybePromise::Ready(result) => result,
            MaybePromise::Pending(_) => Err(failure::broken_promise(self.0.inner.name())),
        }
    }

    /// A clear that cannot be carried out in place keeps its turn in the queue, where every read
    /// sees it, as for any other synchronous write.
    fn clear_in_place(&self, cleared: MaybePromise<Outcome>) -> MaybePromise<Outcome> {
        match cleared {
            MaybePromise::Ready(result) => MaybePromise::Ready(result),
            MaybePromise::Pending(_) => {
                self.0.hurry();
                MaybePromise::ok(Outcome::Done)
            }
        }
    }
}

fn operation(target: &str, action: Action, options: KeptOptions, timestamp_ms: f64) -> Operation {
    Operation {
        target: target.into(),
        action,
        options,
        timestamp_ms,
        follows_removal: false,
    }
}
