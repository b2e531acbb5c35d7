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

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use self::batch::Split;
use self::core::{Core, State};
use self::log::{Log, Sight};
use self::operation::{Action, KeptOptions, Operation};
use self::overlay::Overlay;
use self::plan::MAX_SEGMENT;
use self::waiting::answer;
use crate::driver::{
    BatchReport, ByteSink, ByteSource, Capabilities, Commit, Context, Driver, EventSink, Expiry,
    GetItems, Meta, Options, Outcome, SetItem, Snapshot, Verdict, Watch, not_supported,
    write_context,
};
use crate::error::{Error, Kind, Result};
use crate::host::Host;
use crate::key::{Key, KeyList};
use crate::maybe::MaybePromise;
use crate::value::Value;

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

/// What the driver below says of an older value, with what is known of the newer one.
fn with_end(meta: Option<Meta>, expiry: Expiry) -> Option<Meta> {
    match expiry {
        Expiry::At(end) => Some(Meta {
            expires_ms: Some(end),
            ..meta.unwrap_or_default()
        }),
        Expiry::Never => meta.map(|meta| Meta {
            expires_ms: None,
            ..meta
        }),
        Expiry::In(_) | Expiry::Keep => meta,
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

/// The value that a read of the queue finds.
fn held_value(sight: Sight<'_>) -> Option<Option<Value>> {
    match sight {
        Sight::Value { value, .. } => Some(Some(value.clone())),
        Sight::Gone => Some(None),
        Sight::Below => None,
    }
}

#[deny(clippy::missing_trait_methods)]
impl Driver for Queue {
    fn name(&self) -> &str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            ordered: true,
            // What is queued is not in the driver below yet.
            transactions: false,
            ..self.0.inner.capabilities()
        }
    }

    fn supports_sync(&self, operation: &'static str) -> bool {
        self.0.inner.supports_sync(operation)
    }

    fn accepts(&self, operation: &'static str) -> bool {
        self.0.inner.accepts(operation)
    }

    fn has(&self, key: &Key, cx: &Context) -> MaybePromise<bool> {
        let held = |sight: Sight<'_>| match sight {
            Sight::Value { .. } => Some(true),
            Sight::Gone => Some(false),
            Sight::Below => None,
        };
        self.read(key, "hasItem", cx, held, |inner| inner.has(key, cx))
    }

    fn get(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Value>> {
        self.read(key, "getItem", cx, held_value, |inner| inner.get(key, cx))
    }

    fn get_raw(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Value>> {
        self.read(key, "getItemRaw", cx, held_value, |inner| {
            inner.get_raw(key, cx)
        })
    }

    fn get_many(&self, items: GetItems, cx: &Context) -> MaybePromise<Vec<Option<Value>>> {
        if let Err(error) = self.0.open() {
            return MaybePromise::err(error);
        }
        let mut split = Split::new(&self.0.state.borrow().log, &items, || self.clock_ms());
        let rest = std::mem::take(&mut split.rest);
        if rest.keys.is_empty() {
            return MaybePromise::ok(split.join(Vec::new()));
        }
        match self.needs_sync("getItem", cx) {
            Ok(()) => self
                .0
                .inner
                .get_many(rest, cx)
                .map(move |below| split.join(below)),
            Err(error) => MaybePromise::err(error),
        }
    }

    fn set(&self, key: &Key, value: Value, cx: &Context) -> MaybePromise<Outcome> {
        self.enqueue(
            key,
            Action::Set {
                value: value.detached(),
                raw: false,
            },
            cx,
        )
    }

    fn set_raw(&self, key: &Key, value: Value, cx: &Context) -> MaybePromise<Outcome> {
        self.enqueue(
            key,
            Action::Set {
                value: value.detached(),
                raw: true,
            },
            cx,
        )
    }

    fn set_many(&self, items: Vec<SetItem>, cx: &Context) -> MaybePromise<BatchReport> {
        if let Err(error) = self.0.open().and_then(|()| self.needs_sync("setItem", cx)) {
            return MaybePromise::err(error);
        }
        if cx.is_blocking() {
            return self.set_in_place(items, cx);
        }
        if !self.0.inner.accepts("setItem") {
            return MaybePromise::ok(BatchReport {
                outcome: Outcome::Ignored,
                failures: Vec::new(),
            });
        }
        let refused = items
            .iter()
            .find_map(|item| self.settled(&item.key, item.expiry).err());
        if let Some(error) = refused {
            return MaybePromise::err(error);
        }
        let now_ms = self.0.host.now_ms();
        let common = KeptOptions::new(&cx.options, now_ms);
        let operations = items.into_iter().map(|item| {
            let options = if item.options.is_none() && item.expiry == cx.options.expiry {
                common.clone()
            } else {
                let cx = write_context(cx, item.options, item.expiry);
                KeptOptions::new(&cx.options, now_ms)
            };
            let action = Action::Set {
                value: item.value.detached(),
                raw: false,
            };
            operation(&item.key, action, options, now_ms)
        });
        self.0.accept(operations).map(|_| BatchReport::done())
    }

    fn remove(&self, key: &Key, cx: &Context) -> MaybePromise<Outcome> {
        self.enqueue(key, Action::Remove, cx)
    }

    fn meta(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Meta>> {
        // What the driver below knows is about an older value, which is better than nothing, but
        // not about a value that was removed in between.
        let ends = self.0.inner.capabilities().ttl;
        let known = Cell::new(Expiry::Keep);
        let held = |sight: Sight<'_>| match sight {
            Sight::Value { fresh, expiry, .. } => {
                known.set(if ends { expiry } else { Expiry::Keep });
                fresh.then(|| with_end(None, known.get()))
            }
            Sight::Gone => Some(None),
            Sight::Below => None,
        };
        let meta = self.read(key, "getMeta", cx, held, |inner| inner.meta(key, cx));
        let expiry = known.get();
        meta.map(move |meta| with_end(meta, expiry))
    }

    fn keys(&self, base: &str, cx: &Context) -> MaybePromise<KeyList> {
        if let Err(error) = self.0.open().and_then(|()| self.needs_sync("getKeys", cx)) {
            return MaybePromise::err(error);
        }
        if self.0.state.borrow().log.is_empty() {
            return self.0.inner.keys(base, cx);
        }
        let overlay = Overlay::new(&self.0.state.borrow().log, base, || self.clock_ms());
        let asked = cx.clone();
        self.0
            .inner
            .keys(base, cx)
            .map(move |listed| overlay.over(&listed, &asked))
    }

    fn clear(&self, base: &str, cx: &Context) -> MaybePromise<Outcome> {
        if let Err(error) = self.0.open().and_then(|()| self.needs_sync("clear", cx)) {
            return MaybePromise::err(error);
        }
        let operation = self.operation(base, Action::Clear, &cx.options);
        let receiver = self.0.accept_clear(operation);
        if !cx.is_blocking() {
            self.0.hurry();
            return answer(receiver);
        }
        let drained = self.0.drain_in_place();
        match drained {
            Err(error) if error.kind() == Kind::InvalidReturn => MaybePromise::err(error),
            _ => self.clear_in_place(answer(receiver)),
        }
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
        match self.0.open() {
            Ok(()) => self.0.inner.watch(sink),
            Err(error) => MaybePromise::err(error),
        }
    }

    fn flush(&self, cx: &Context) -> MaybePromise<()> {
        if let Err(error) = self.0.open() {
            return MaybePromise::err(error);
        }
        let drained = if cx.is_blocking() {
            self.0.drain_in_place().into()
        } else {
            self.0.drain()
        };
        let (core, cx) = (Rc::clone(&self.0), cx.clone());
        let told = Rc::clone(&core);
        let flushed = drained.and_then(move |()| core.inner.flush(&cx));
        flushed.and_then(move |()| match told.state.borrow_mut().unseen.take() {
            Some(error) => MaybePromise::err(error),
            None => MaybePromise::ok(()),
        })
    }

    fn close(&self, cx: &Context) -> MaybePromise<()> {
        self.0.close(cx)
    }
}
