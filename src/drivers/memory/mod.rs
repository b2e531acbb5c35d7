//! Values in memory, in the order of their first insertion.

mod ordered;

use std::cell::{Cell, OnceCell, RefCell};
use std::fmt;
use std::rc::Rc;

use self::ordered::{Full, OrderedMap};

use crate::driver::{
    BatchReport, ByteSink, ByteSource, Capabilities, Commit, Context, Driver, EventSink, GetItems,
    Meta, Outcome, SetItem, Snapshot, Verdict, Watch, not_supported,
};
use crate::error::{Error, Kind, Result};
use crate::key::{self, Key, KeyList};
use crate::maybe::MaybePromise;
use crate::value::Value;

/// Keeps values in memory. Every answer is ready.
///
/// Cloning shares the content: JavaScript sees it as a Map through `getInstance()`.
#[derive(Clone, Default)]
pub struct Memory(Rc<Inner>);

#[derive(Default)]
struct Inner {
    items: RefCell<OrderedMap<Value>>,
    closed: Cell<bool>,
    on_change: OnceCell<Box<dyn Fn()>>,
}

impl Memory {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.items.borrow().len()
    }

    /// True if there is no item.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value under `key`, shared.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<Value> {
        self.0.items.borrow().get(key).cloned()
    }

    /// Stores a value. An existing key keeps its place, as in a Map.
    ///
    /// # Errors
    /// `LIMIT_EXCEEDED` for one item more than 2^32 - 1, counting gaps of removed ones.
    pub fn insert(&self, key: &str, value: Value) -> Result<()> {
        let old = self.0.items.borrow_mut().insert(key, value);
        self.changed();
        // Dropped after the borrow: what a value holds may run code of its own.
        old.map(drop).map_err(|Full| {
            Error::new(Kind::LimitExceeded, "the memory driver is full").driver(NAME)
        })
    }

    /// Removes a value; true if there was one. The order of the others stays.
    pub fn delete(&self, key: &str) -> bool {
        let old = self.0.items.borrow_mut().remove(key);
        self.changed();
        old.is_some()
    }

    /// The keys that start with `base`.
    #[must_use]
    pub fn list(&self, base: &str) -> KeyList {
        let items = self.0.items.borrow();
        items
            .keys()
            .filter(|key| key::is_below(key, base))
            .collect()
    }

    fn remove_below(&self, base: &str) {
        {
            let mut items = self.0.items.borrow_mut();
            if base.is_empty() {
                items.clear();
            } else {
                items.retain(|key| !key.starts_with(base));
            }
        }
        self.changed();
    }

    /// Calls `hook` once for each write or removal of a key, also if there is nothing to remove, and
    /// for each clear and close: after it, before anybody else can read. The first hook stays.
    pub fn on_change(&self, hook: impl Fn() + 'static) {
        // A second hook is refused by design, not by failure.
        let _ = self.0.on_change.set(Box::new(hook));
    }

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
            ttl: false,
            transactions: false,
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
            .map(|open| open.0.items.borrow().get(key.as_str()).is_some())
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

    fn set(&self, key: &Key, value: Value, _cx: &Context) -> MaybePromise<Outcome> {
        let stored = self
            .open()
            .and_then(|open| open.insert(key.as_str(), value.detached()));
        stored.map(|()| Outcome::Done).into()
    }

    fn set_raw(&self, key: &Key, value: Value, cx: &Context) -> MaybePromise<Outcome> {
        self.set(key, value, cx)
    }

    fn set_many(&self, items: Vec<SetItem>, _cx: &Context) -> MaybePromise<BatchReport> {
        let stored = self.open().and_then(|open| {
            items
                .into_iter()
                .try_for_each(|item| open.insert(&item.key, item.value.detached()))
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

    fn meta(&self, _key: &Key, _cx: &Context) -> MaybePromise<Option<Meta>> {
        self.open().map(|_| None).into()
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

    fn watch(&self, _sink: EventSink) -> MaybePromise<Option<Box<dyn Watch>>> {
        // Nobody else can change the content, so there is nothing to report.
        self.open().map(|_| None).into()
    }

    fn flush(&self, _cx: &Context) -> MaybePromise<()> {
        self.open().map(|_| ()).into()
    }

    fn close(&self, _cx: &Context) -> MaybePromise<()> {
        self.0.closed.set(true);
        self.0.items.borrow_mut().clear();
        self.changed();
        MaybePromise::ok(())
    }
}
