//! Values in memory, in the order of their first insertion.
//!
//! - `ordered` is the map, `expiries` the table of ends beside it, `images` what snapshots keep of
//!   items that changed since; `content` keeps them in step.
//! - `commit` and `snapshot` are what transactions need, `sweeping` removes what has ended.

mod commit;
mod content;
mod expiries;
mod images;
mod ordered;
mod snapshot;
mod sweeping;

use std::cell::{Cell, OnceCell};
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use self::content::Content;
use self::ordered::Full;
use self::snapshot::MemorySnapshot;
use self::sweeping::Sweeping;

use crate::driver::{
    BatchReport, ByteSink, ByteSource, Capabilities, Collector, Commit, Context, Driver, EventSink,
    Expiry, GetItems, Meta, Outcome, SetItem, Snapshot, Verdict, Watch, WholeSource,
};
use crate::error::{Error, Kind, Result};
use crate::host::Host;
use crate::key::{Key, KeyList};
use crate::maybe::MaybePromise;
use crate::value::Value;

/// Keeps values in memory. Every answer is ready.
///
/// Cloning shares the content: JavaScript sees it as a Map through `getInstance()`.
#[derive(Clone)]
pub struct Memory(Rc<Inner>);

struct Inner {
    content: Content,
    sweeping: Sweeping,
    closed: Cell<bool>,
    on_change: OnceCell<Box<dyn Fn()>>,
    on_ending: OnceCell<Box<dyn Fn(bool)>>,
    /// What the hook was told last.
    is_ending: Cell<bool>,
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl Memory {
    /// An empty store without a clock: nothing in it ever ends.
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(None)
    }

    /// An empty store whose items end by the clock of `host`.
    #[must_use]
    pub fn on(host: Rc<dyn Host>) -> Self {
        Self::with_clock(Some(host))
    }

    fn with_clock(clock: Option<Rc<dyn Host>>) -> Self {
        Memory(Rc::new(Inner {
            content: Content::new(clock),
            sweeping: Sweeping::default(),
            closed: Cell::new(false),
            on_change: OnceCell::new(),
            on_ending: OnceCell::new(),
            is_ending: Cell::new(false),
        }))
    }

    /// The number of items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.content.len()
    }

    /// True if there is no item.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value under `key`, shared.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<Value> {
        self.0.content.value(key)
    }

    /// Stores a value that does not end. An existing key keeps its place, as in a Map.
    ///
    /// # Errors
    /// `LIMIT_EXCEEDED` for one item more than 2^32 - 1, counting gaps of removed ones.
    pub fn insert(&self, key: &str, value: Value) -> Result<()> {
        self.put(key, value, None)
    }

    fn put(&self, key: &str, value: Value, end_ms: Option<f64>) -> Result<()> {
        let was_plain = self.0.content.is_plain();
        let old = self.0.content.put(key, value, end_ms);
        self.after_write(was_plain);
        // Dropped after the borrow: what a value holds may run code of its own.
        old.map(drop).map_err(|Full| full())
    }

    /// When an item ends that is written now; `kept` is the end of the old one.
    fn end(&self, expiry: Expiry, kept: impl FnOnce() -> Option<f64>) -> Result<Option<f64>> {
        if expiry == Expiry::Never {
            return Ok(None);
        }
        let Some(clock) = self.0.content.clock() else {
            return Ok(None);
        };
        expiry.at(clock.now_ms(), kept())
    }

    fn store(&self, key: &str, value: Value, expiry: Expiry) -> Result<()> {
        let open = self.open()?;
        let kept = || open.0.content.image(key).and_then(|(_, end)| end);
        let end = open.end(expiry, kept)?;
        open.put(key, value.detached(), end)
    }

    /// Removes a value; true if there was one. The order of the others stays.
    pub fn delete(&self, key: &str) -> bool {
        let was_plain = self.0.content.is_plain();
        let old = self.0.content.take(key);
        self.after_write(was_plain);
        old.is_some()
    }

    /// The keys that start with `base`.
    #[must_use]
    pub fn list(&self, base: &str) -> KeyList {
        self.0.content.list(base)
    }

    fn remove_below(&self, base: &str) {
        self.0.content.remove_below(base);
        self.after_write(false);
    }

    /// Calls `hook` once for each write or removal of a key, also if there is nothing to remove, and
    /// for each clear, close, and removal of items whose time is over: after it, before anybody else
    /// can read. The first hook stays.
    pub fn on_change(&self, hook: impl Fn() + 'static) {
        // A second hook is refused by design, not by failure.
        let _ = self.0.on_change.set(Box::new(hook));
    }

    /// Calls `hook` with true when the first item that can end is there, and with false when the last
    /// has gone. While there is one, what was read before may have ended without a change. The first
    /// hook stays.
    pub fn on_ending(&self, hook: impl Fn(bool) + 'static) {
        // As above.
        let _ = self.0.on_ending.set(Box::new(hook));
    }

    #[inline]
    fn after_write(&self, was_plain: bool) {
        if !was_plain || !self.0.content.is_plain() {
            self.arm(Duration::ZERO);
            self.settled();
        }
        self.changed();
    }

    /// Tells whether something can end.
    fn settled(&self) {
        let is_ending = self.0.content.first_end().is_some();
        if self.0.is_ending.replace(is_ending) != is_ending
            && let Some(hook) = self.0.on_ending.get()
        {
            hook(is_ending);
        }
    }

    #[inline]
    fn changed(&self) {
        if let Some(hook) = self.0.on_change.get() {
            hook();
        }
    }

    fn open(&self) -> Result<&Self> {
        if self.0.closed.get() {
            return Err(Error::new(Kind::Disposed, "the driver was disposed").driver(NAME));
        }
        Ok(self)
    }
}

fn full() -> Error {
    Error::new(Kind::LimitExceeded, "the memory driver is full").driver(NAME)
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Memory({} items)", self.len())
    }
}

/// The name of the driver.
const NAME: &str = "memory";

impl Driver for Memory {
    fn name(&self) -> &str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            max_depth: false,
            ttl: self.0.content.clock().is_some(),
            transactions: true,
            reports_own_changes: false,
            ordered: true,
        }
    }

    fn supports_sync(&self, _operation: &'static str) -> bool {
        true
    }

    fn accepts(&self, _operation: &'static str) -> bool {
        true
    }

    fn has(&self, key: &Key, _cx: &Context) -> MaybePromise<bool> {
        self.open()
            .map(|open| open.0.content.has(key.as_str()))
            .into()
    }

    fn get(&self, key: &Key, _cx: &Context) -> MaybePromise<Option<Value>> {
        self.open().map(|open| open.value(key.as_str())).into()
    }

    fn get_raw(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Value>> {
        self.get(key, cx)
    }

    fn get_many(&self, items: GetItems, _cx: &Context) -> MaybePromise<Vec<Option<Value>>> {
        self.open()
            .map(|open| items.keys.iter().map(|key| open.value(key)).collect())
            .into()
    }

    fn set(&self, key: &Key, value: Value, cx: &Context) -> MaybePromise<Outcome> {
        let stored = self.store(key.as_str(), value, cx.options.expiry);
        stored.map(|()| Outcome::Done).into()
    }

    fn set_raw(&self, key: &Key, value: Value, cx: &Context) -> MaybePromise<Outcome> {
        self.set(key, value, cx)
    }

    fn set_many(&self, items: Vec<SetItem>, _cx: &Context) -> MaybePromise<BatchReport> {
        let stored = self.open().and_then(|open| {
            items
                .into_iter()
                .try_for_each(|item| open.store(&item.key, item.value, item.expiry))
        });
        stored.map(|()| BatchReport::done()).into()
    }

    fn remove(&self, key: &Key, _cx: &Context) -> MaybePromise<Outcome> {
        self.open()
            .map(|open| {
                open.delete(key.as_str());
                Outcome::Done
            })
            .into()
    }

    /// Items that never end have no metadata.
    fn meta(&self, key: &Key, _cx: &Context) -> MaybePromise<Option<Meta>> {
        let image = self.open().map(|open| open.0.content.image(key.as_str()));
        let meta = |(_, end): (Value, Option<f64>)| {
            end.map(|end| Meta {
                expires_ms: Some(end),
                ..Meta::default()
            })
        };
        image.map(|image| image.and_then(meta)).into()
    }

    fn keys(&self, base: &str, _cx: &Context) -> MaybePromise<KeyList> {
        self.open().map(|open| open.list(base)).into()
    }

    fn clear(&self, base: &str, _cx: &Context) -> MaybePromise<Outcome> {
        self.open()
            .map(|open| {
                open.remove_below(base);
                Outcome::Done
            })
            .into()
    }

    fn commit(&self, commit: Commit, _cx: &Context) -> MaybePromise<Verdict> {
        self.open().and_then(|open| open.commit_all(commit)).into()
    }

    fn snapshot(&self, _cx: &Context) -> MaybePromise<Box<dyn Snapshot>> {
        self.open()
            .map(|open| Box::new(MemorySnapshot::new(open.clone())) as Box<dyn Snapshot>)
            .into()
    }

    fn read_stream(&self, key: &Key, _cx: &Context) -> MaybePromise<Option<Box<dyn ByteSource>>> {
        let value = self.open().map(|open| open.value(key.as_str()));
        value
            .and_then(|value| value.map(WholeSource::boxed).transpose())
            .into()
    }

    fn write_stream(&self, key: &Key, _cx: &Context) -> MaybePromise<Box<dyn ByteSink>> {
        let (memory, key) = (self.clone(), key.as_str().to_owned());
        let take = move |value, cx: &Context| memory.set_raw(Key::literal(&key), value, cx);
        self.open().map(|_| Collector::boxed(take)).into()
    }

    /// Nobody else can change the content, so there is nothing to report but ends.
    fn watch(&self, sink: EventSink) -> MaybePromise<Option<Box<dyn Watch>>> {
        let watch = |open: &Memory| open.0.content.clock().is_some().then(|| open.tell(sink));
        self.open().map(watch).into()
    }

    fn flush(&self, _cx: &Context) -> MaybePromise<()> {
        self.open().map(|_| ()).into()
    }

    fn close(&self, _cx: &Context) -> MaybePromise<()> {
        self.0.closed.set(true);
        self.remove_below("");
        MaybePromise::ok(())
    }
}

#[cfg(test)]
mod tests;
