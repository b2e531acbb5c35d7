//! Routes keys to mounted drivers. A storage is itself a [`Driver`], so that one border serves both.

mod batch;
mod clear;
mod commit;
mod entries;
mod hub;
mod listing;
mod locks;
mod mounts;
mod pages;
mod streams;
mod transaction;
mod watching;
mod writes;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use crate::driver::{
    BatchReport, ByteSink, ByteSource, Capabilities, Commit, Context, Driver, EventKind, EventSink,
    GetItems, Meta, Outcome, SetItem, Snapshot, Verdict, Watch, not_supported,
};
use crate::error::{Error, Kind, Result};
use crate::host::Host;
use crate::key::{Key, KeyList};
use crate::maybe::MaybePromise;
use crate::value::Value;

pub use entries::{Entries, EntriesOptions};
pub use hub::{Interest, Listener, WeakListener};
pub use transaction::{Transaction, TransactionOptions};

use hub::{Hub, Implied};
use locks::Locks;
use mounts::{Mount, Mounts};
use watching::Watching;

/// A tree of mounted drivers with one namespace of keys and one stream of changes.
///
/// Cloning shares the storage.
#[derive(Clone)]
pub struct Storage(Rc<Inner>);

struct Inner {
    mounts: RefCell<Mounts>,
    hub: Hub,
    implied: Implied,
    watching: Watching,
    locks: Locks,
    host: Rc<dyn Host>,
    disposed: Cell<bool>,
}

/// The driver that answers for a key.
struct Route {
    driver: Rc<dyn Driver>,
    /// Length of the mount point in bytes: the rest of the key is the driver's own.
    base_len: usize,
}

impl Route {
    fn relative<'k>(&self, key: &'k Key) -> &'k Key {
        Key::literal(key.as_str().get(self.base_len..).unwrap_or_default())
    }
}

impl Storage {
    /// A storage with `root` at the empty mount point.
    #[must_use]
    pub fn new(root: Rc<dyn Driver>, host: Rc<dyn Host>) -> Self {
        Storage(Rc::new(Inner {
            mounts: RefCell::new(Mounts::new(root)),
            hub: Hub::default(),
            implied: Implied::default(),
            watching: Watching::default(),
            locks: Locks::default(),
            host,
            disposed: Cell::new(false),
        }))
    }

    /// Mounts `driver` at `base` (canonical, empty or ending in `:`). The empty base replaces the
    /// root driver without disposing it.
    ///
    /// # Errors
    /// `ALREADY_MOUNTED` if another driver is mounted there, `DISPOSED` after dispose.
    pub fn mount(&self, base: &str, driver: Rc<dyn Driver>) -> Result<()> {
        self.open()?;
        self.0.mounts.borrow_mut().add(base, driver)?;
        self.watch_new_mount(base);
        Ok(())
    }

    /// Removes the mount at `base` and, if `dispose` is set, closes its driver. Nothing is mounted
    /// at a base that has no mount, and the root cannot be unmounted: both are no-ops, as documented.
    pub fn unmount(&self, base: &str, dispose: bool) -> MaybePromise<()> {
        if let Err(error) = self.open() {
            return MaybePromise::err(error);
        }
        let Some(driver) = self.0.mounts.borrow_mut().remove(base) else {
            return MaybePromise::ok(());
        };
        let stopped = self.stop_watching_mount(base);
        stopped.and_then(move |()| {
            if dispose {
                driver.close(&Context::new(crate::driver::Mode::NonBlocking))
            } else {
                MaybePromise::ok(())
            }
        })
    }

    /// The mount points at or below `base`; with `parents` also those above it. Longest first.
    #[must_use]
    pub fn mount_points(&self, base: &str, parents: bool) -> Vec<String> {
        let mounts = self.0.mounts.borrow();
        mounts
            .related(base, parents)
            .map(|mount| mount.base.to_string())
            .collect()
    }

    /// The mount point that answers for `key`.
    #[must_use]
    pub fn mount_point_of(&self, key: &str) -> String {
        self.0.mounts.borrow().find(key).base.to_string()
    }

    fn open(&self) -> Result<()> {
        if self.0.disposed.get() {
            return Err(Error::new(Kind::Disposed, "the storage was disposed"));
        }
        Ok(())
    }

    #[inline]
    fn route(&self, key: &Key) -> Result<Route> {
        self.open()?;
        let mounts = self.0.mounts.borrow();
        let mount = mounts.find(key.as_str());
        Ok(Route {
            driver: Rc::clone(&mount.driver),
            base_len: mount.base.len(),
        })
    }

    /// Routes a call and adds the context of a failure. Costs nothing for a ready success.
    #[inline]
    fn call<T: 'static>(
        &self,
        operation: &'static str,
        key: &Key,
        call: impl FnOnce(&dyn Driver, &Key) -> MaybePromise<T>,
    ) -> MaybePromise<T> {
        match self.route(key) {
            Ok(route) => located(
                call(&*route.driver, route.relative(key)),
                operation,
                &route.driver,
                key,
            ),
            Err(error) => MaybePromise::err(error.operation(operation).key(key.as_str())),
        }
    }

    /// As [`Storage::call`], and publishes the change once it is made.
    fn change(
        &self,
        operation: &'static str,
        kind: EventKind,
        key: &Key,
        call: impl FnOnce(&dyn Driver, &Key) -> MaybePromise<Outcome>,
    ) -> MaybePromise<Outcome> {
        let route = match self.route(key) {
            Ok(route) => route,
            Err(error) => return MaybePromise::err(error.operation(operation).key(key.as_str())),
        };
        let answer = located(
            call(&*route.driver, route.relative(key)),
            operation,
            &route.driver,
            key,
        );
        match answer {
            MaybePromise::Ready(Ok(outcome)) => {
                self.publish_outcome(&*route.driver, kind, key.as_str(), outcome);
                MaybePromise::ok(outcome)
            }
            MaybePromise::Ready(Err(error)) => MaybePromise::err(error),
            pending @ MaybePromise::Pending(_) => {
                let (storage, key) = (self.clone(), key.as_str().to_owned());
                pending.map(move |outcome| {
                    storage.publish_outcome(&*route.driver, kind, &key, outcome);
                    outcome
                })
            }
        }
    }

    fn publish_outcome(&self, driver: &dyn Driver, kind: EventKind, key: &str, outcome: Outcome) {
        if outcome == Outcome::Done
            && self.0.hub.is_listening()
            && !driver.capabilities().reports_own_changes
        {
            self.0.hub.publish(kind, key);
        }
    }
}

/// Adds operation, driver and key to a failure; owns the names only if the answer is not there yet.
#[inline]
fn located<T: 'static>(
    answer: MaybePromise<T>,
    operation: &'static str,
    driver: &Rc<dyn Driver>,
    key: &Key,
) -> MaybePromise<T> {
    match answer {
        ready @ MaybePromise::Ready(Ok(_)) => ready,
        MaybePromise::Ready(Err(error)) => {
            MaybePromise::err(place(error, operation, driver, key.as_str()))
        }
        pending @ MaybePromise::Pending(_) => {
            let (driver, key) = (Rc::clone(driver), key.as_str().to_owned());
            pending.map_err(move |error| place(error, operation, &driver, &key))
        }
    }
}

fn place(error: Error, operation: &'static str, driver: &Rc<dyn Driver>, key: &str) -> Error {
    error.operation(operation).driver(driver.name()).key(key)
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Storage")
            .field("mounts", &self.0.mounts.borrow().len())
            .finish_non_exhaustive()
    }
}

impl Driver for Storage {
    fn name(&self) -> &str {
        "storage"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            max_depth: true,
            ttl: false,
            transactions: false,
            reports_own_changes: true,
            ordered: false,
        }
    }

    fn supports_sync(&self, operation: &'static str) -> bool {
        self.0
            .mounts
            .borrow()
            .iter()
            .all(|mount| mount.driver.supports_sync(operation))
    }

    fn accepts(&self, operation: &'static str) -> bool {
        self.0
            .mounts
            .borrow()
            .iter()
            .any(|mount| mount.driver.accepts(operation))
    }

    fn has(&self, key: &Key, cx: &Context) -> MaybePromise<bool> {
        self.call("hasItem", key, |driver, key| driver.has(key, cx))
    }

    fn get(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Value>> {
        self.call("getItem", key, |driver, key| driver.get(key, cx))
    }

    fn get_raw(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Value>> {
        self.call("getItemRaw", key, |driver, key| driver.get_raw(key, cx))
    }

    fn get_many(&self, items: GetItems, cx: &Context) -> MaybePromise<Vec<Option<Value>>> {
        self.get_batch(items, cx)
    }

    fn set(&self, key: &Key, value: Value, cx: &Context) -> MaybePromise<Outcome> {
        self.change("setItem", EventKind::Update, key, |driver, key| {
            driver.set(key, value, cx)
        })
    }

    fn set_raw(&self, key: &Key, value: Value, cx: &Context) -> MaybePromise<Outcome> {
        self.change("setItemRaw", EventKind::Update, key, |driver, key| {
            driver.set_raw(key, value, cx)
        })
    }

    fn set_many(&self, items: Vec<SetItem>, cx: &Context) -> MaybePromise<BatchReport> {
        self.set_batch(items, cx)
    }

    fn remove(&self, key: &Key, cx: &Context) -> MaybePromise<Outcome> {
        let removed = self.change("removeItem", EventKind::Remove, key, |driver, key| {
            driver.remove(key, cx)
        });
        if !cx.options.remove_meta {
            return removed;
        }
        let (storage, meta_key, cx) = (self.clone(), key.meta_key(), cx.clone());
        removed.and_then(move |outcome| storage.remove_meta(meta_key, &cx).map(move |()| outcome))
    }

    fn meta(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Meta>> {
        self.call("getMeta", key, |driver, key| driver.meta(key, cx))
    }

    fn keys(&self, base: &str, cx: &Context) -> MaybePromise<KeyList> {
        self.list(base, cx)
    }

    fn clear(&self, base: &str, cx: &Context) -> MaybePromise<Outcome> {
        self.clear_below(base, cx)
    }

    fn commit(&self, commit: Commit, cx: &Context) -> MaybePromise<Verdict> {
        self.commit_in_one(commit, cx)
    }

    fn snapshot(&self, _cx: &Context) -> MaybePromise<Box<dyn Snapshot>> {
        not_supported(self.name(), "snapshots")
    }

    fn read_stream(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Box<dyn ByteSource>>> {
        self.open_source(key, cx)
    }

    fn write_stream(&self, key: &Key, cx: &Context) -> MaybePromise<Box<dyn ByteSink>> {
        self.open_sink(key, cx)
    }

    fn watch(&self, sink: EventSink) -> MaybePromise<Option<Box<dyn Watch>>> {
        let storage = self.clone();
        self.subscribe("", Interest { expire: true }, sink)
            .map(move |listener| Some(storage.into_watch(listener)))
    }

    fn flush(&self, cx: &Context) -> MaybePromise<()> {
        self.flush_below("", cx)
    }

    /// Closes every driver, also after a failure of one; the first failure is the outcome. A second
    /// call does nothing.
    fn close(&self, cx: &Context) -> MaybePromise<()> {
        if self.0.disposed.replace(true) {
            return MaybePromise::ok(());
        }
        let drivers: Vec<_> = self
            .0
            .mounts
            .borrow()
            .iter()
            .map(|mount| Rc::clone(&mount.driver))
            .collect();
        let cx = cx.clone();
        self.stop_all_watches().and_then(move |()| {
            let closed = drivers
                .iter()
                .map(|driver| driver.close(&cx).then(Ok))
                .collect();
            MaybePromise::all(closed).then(|results| results?.into_iter().collect())
        })
    }
}

impl Storage {
    /// Removes metadata along with its item, without a change of its own.
    fn remove_meta(&self, meta_key: String, cx: &Context) -> MaybePromise<()> {
        let implied = self.0.implied.clone();
        implied.begin(&meta_key);
        let removed = self.call("removeItem", Key::literal(&meta_key), |driver, key| {
            driver.remove(key, cx)
        });
        removed.then(move |outcome| {
            implied.end(&meta_key);
            outcome.map(drop)
        })
    }

    /// Flushes the mounts that hold keys below `base`.
    pub fn flush_below(&self, base: &str, cx: &Context) -> MaybePromise<()> {
        if let Err(error) = self.open() {
            return MaybePromise::err(error.operation("flush"));
        }
        let drivers: Vec<_> = self
            .0
            .mounts
            .borrow()
            .related(base, true)
            .map(|mount| Rc::clone(&mount.driver))
            .collect();
        let flushed = drivers.iter().map(|driver| {
            let name = Rc::clone(driver);
            driver
                .flush(cx)
                .map_err(move |error| error.operation("flush").driver(name.name()))
        });
        MaybePromise::all(flushed.collect()).map(drop)
    }
}

#[cfg(test)]
mod tests;
