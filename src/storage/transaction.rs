//! Several reads and writes as one.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::rc::Rc;

use compact_str::CompactString;
use futures_util::lock::Mutex;

use super::mounts::Part;
use super::pages::all_keys;
use super::writes::Writes;
use super::{Mount, Route, Storage};
use crate::driver::{
    BatchReport, ByteSink, ByteSource, Capabilities, Change, Check, Commit, Context, Driver,
    EventSink, Expiry, GetItems, Meta, Options, Outcome, Range, SetItem, Snapshot, Verdict, Watch,
    Write, not_supported,
};
use crate::error::{Error, Kind, Result};
use crate::key::{self, Key, KeyList, is_below};
use crate::maybe::MaybePromise;
use crate::value::Value;

/// The most keys that one transaction reads and writes.
const MAX_TRANSACTION_KEYS: usize = 1_000_000;

/// The most bytes of values that one transaction has read and written: 256 MiB. It keeps them, to see
/// whether they have changed.
const MAX_TRANSACTION_BYTES: usize = 256 * 1024 * 1024;

/// What a transaction is allowed.
#[derive(Clone, Copy, Debug)]
pub struct TransactionOptions {
    /// Milliseconds from the first call to the commit; then it ends with `TIMEOUT`.
    pub timeout_ms: f64,
}

/// A transaction that runs: a driver whose reads see the items as they were at its first call to each
/// mount, and its own writes. [`Driver::flush`] commits, [`Driver::close`] rolls back; no other call
/// may follow either. Metadata that drivers keep themselves is that of now.
///
/// The commit fails with `CONFLICT` if a key that was read or written has changed. Keys that were only
/// listed are not checked. It writes to one driver; what was read from others is checked just before.
#[derive(Clone)]
pub struct Transaction(Rc<Inner>);

struct Inner {
    storage: Storage,
    timeout_ms: f64,
    /// When the first call came.
    began_ms: Cell<Option<f64>>,
    state: Cell<State>,
    views: RefCell<Vec<Rc<View>>>,
    /// The values of the snapshots that were looked at, by full key.
    seen: RefCell<HashMap<CompactString, Option<Value>>>,
    writes: RefCell<Writes>,
    bytes: Cell<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Runs,
    TimedOut,
    Ended,
}

/// A driver as it was at the first call that concerned it.
struct View {
    driver: Rc<dyn Driver>,
    /// Locked while the snapshot is being taken.
    snapshot: Mutex<Option<Rc<dyn Snapshot>>>,
}

impl Storage {
    /// Begins a transaction. Nothing is asked of any driver before its first call.
    ///
    /// # Errors
    /// `DISPOSED` after dispose.
    pub fn transaction(&self, options: TransactionOptions) -> Result<Transaction> {
        self.open()?;
        Ok(Transaction(Rc::new(Inner {
            storage: self.clone(),
            timeout_ms: options.timeout_ms,
            began_ms: Cell::new(None),
            state: Cell::new(State::Runs),
            views: RefCell::default(),
            seen: RefCell::default(),
            writes: RefCell::default(),
            bytes: Cell::new(0),
        })))
    }
}

impl Inner {
    /// # Errors
    /// `DISPOSED` after the end, `TIMEOUT` once the time is over, which ends it.
    fn check(&self) -> Result<()> {
        let now = self.storage.0.host.now_ms();
        let began = self.began_ms.get().unwrap_or(now);
        self.began_ms.set(Some(began));
        if self.state.get() == State::Runs && now - began > self.timeout_ms {
            self.end(State::TimedOut);
        }
        match self.state.get() {
            State::Runs => self.storage.open(),
            State::Ended => Err(Error::new(Kind::Disposed, "the transaction has ended")),
            State::TimedOut => {
                let message = format!("the transaction took longer than {} ms", self.timeout_ms);
                Err(Error::new(Kind::Timeout, message))
            }
        }
    }

    /// Lets go of everything.
    fn end(&self, state: State) {
        self.state.set(state);
        let gone = (self.views.take(), self.seen.take(), self.writes.take());
        drop(gone);
    }

    /// Counts what is kept.
    fn grow(&self, value: Option<&Value>) -> Result<()> {
        let more = value.map_or(0, Value::byte_length);
        let bytes = self.bytes.get().saturating_add(more);
        let keys = self
            .seen
            .borrow()
            .len()
            .max(self.writes.borrow().items.len());
        if bytes > MAX_TRANSACTION_BYTES || keys >= MAX_TRANSACTION_KEYS {
            let message = format!(
                "more than {MAX_TRANSACTION_BYTES} bytes or {MAX_TRANSACTION_KEYS} keys in a transaction"
            );
            return Err(Error::new(Kind::LimitExceeded, message));
        }
        self.bytes.set(bytes);
        Ok(())
    }

    fn view(&self, driver: &Rc<dyn Driver>) -> Rc<View> {
        let mut views = self.views.borrow_mut();
        if let Some(view) = views.iter().find(|view| Rc::ptr_eq(&view.driver, driver)) {
            return Rc::clone(view);
        }
        let view = Rc::new(View {
            driver: Rc::clone(driver),
            snapshot: Mutex::new(None),
        });
        views.push(Rc::clone(&view));
        view
    }

    /// The snapshot of a driver, taken at the first call.
    async fn snapshot(&self, driver: &Rc<dyn Driver>, cx: &Context) -> Result<Rc<dyn Snapshot>> {
        check_support(&**driver)?;
        let view = self.view(driver);
        let mut slot = view.snapshot.lock().await;
        if let Some(snapshot) = &*slot {
            return Ok(Rc::clone(snapshot));
        }
        let snapshot: Rc<dyn Snapshot> = driver.snapshot(cx).resolve().await?.into();
        *slot = Some(Rc::clone(&snapshot));
        Ok(snapshot)
    }

    /// The value in the snapshot, remembered.
    async fn look(&self, key: &str, raw: bool, cx: &Context) -> Result<Option<Value>> {
        let route = self.storage.route(Key::literal(key))?;
        let snapshot = self.snapshot(&route.driver, cx).await?;
        let own = route.relative(Key::literal(key));
        let value = if raw {
            snapshot.get_raw(own, cx)
        } else {
            snapshot.get(own, cx)
        };
        let value = value.resolve().await?;
        if self.state.get() == State::Runs && !self.seen.borrow().contains_key(key) {
            self.grow(value.as_ref())?;
            self.seen.borrow_mut().insert(key.into(), value.clone());
        }
        Ok(value)
    }

    async fn read(&self, key: &str, raw: bool, cx: &Context) -> Result<Option<Value>> {
        let written = self.writes.borrow().find(key);
        match written {
            Some(value) => Ok(value),
            None => self.look(key, raw, cx).await,
        }
    }

    /// # Errors
    /// `NOT_SUPPORTED` for a driver without transactions, and for a second driver.
    fn claim(&self, driver: &Rc<dyn Driver>) -> Result<()> {
        check_support(&**driver)?;
        let mut writes = self.writes.borrow_mut();
        let claimed = writes.driver.get_or_insert_with(|| Rc::clone(driver));
        if Rc::ptr_eq(claimed, driver) {
            return Ok(());
        }
        Err(second_driver().driver(driver.name()))
    }

    /// Notes a write: `None` for a removal.
    fn note(&self, key: &str, item: Option<(Value, Expiry)>) -> Result<()> {
        let route = self.storage.route(Key::literal(key))?;
        self.claim(&route.driver)?;
        self.grow(item.as_ref().map(|(value, _)| value))?;
        let replaced = self.writes.borrow_mut().items.insert(key.into(), item);
        drop(replaced);
        Ok(())
    }

    fn set(&self, key: &str, value: Value, expiry: Expiry) -> Result<()> {
        let now = self.storage.0.host.now_ms();
        // What is wrong with it must be known before anything is written.
        expiry.at(now, None)?;
        self.note(key, Some((value.detached(), expiry.pinned(now))))
    }

    /// Takes the snapshot of a driver that is written to, so that changes from here on are conflicts.
    async fn hold(&self, key: &str, cx: &Context) -> Result<()> {
        let Route { driver, .. } = self.storage.route(Key::literal(key))?;
        self.snapshot(&driver, cx).await.map(drop)
    }

    fn clear(&self, base: &str) -> Result<Vec<Part>> {
        let parts = self.storage.0.mounts.borrow().parts(base);
        let first = parts.first().map(|part| Rc::clone(&part.mount.driver));
        for part in &parts {
            check_support(&*part.mount.driver)?;
            if first
                .as_ref()
                .is_some_and(|first| !Rc::ptr_eq(first, &part.mount.driver))
            {
                return Err(second_driver().key(base));
            }
        }
        first.map_or(Ok(()), |driver| self.claim(&driver))?;
        let mut writes = self.writes.borrow_mut();
        writes.items.retain(|key, _| !is_below(key, base));
        writes.cleared.push(base.into());
        Ok(parts)
    }

    /// The full keys that the snapshots hold below `base`, meta keys included.
    async fn keys_below(&self, base: &str, cx: &Context) -> Result<Vec<CompactString>> {
        let parts = self.storage.0.mounts.borrow().parts(base);
        let mut keys = Vec::new();
        for part in parts {
            let snapshot = self.snapshot(&part.mount.driver, cx).await?;
            let listed = all_keys(&*snapshot, Range::below(&part.base), cx).await?;
            let own = listed.iter().filter(|key| part.owns(key));
            keys.extend(own.map(|key| CompactString::from(format!("{}{key}", part.mount.base))));
        }
        Ok(keys)
    }

    async fn keys(&self, base: &str, cx: &Context) -> Result<KeyList> {
        let listed = self.keys_below(base, cx).await?;
        let Options {
            max_depth,
            include_meta,
            ..
        } = cx.options;
        let shows = |key: &str| {
            is_below(key, base)
                && (include_meta || !key::is_meta(key))
                && max_depth.is_none_or(|most| key::depth(key) <= most)
        };
        let writes = self.writes.borrow();
        let kept = listed.iter().filter(|key| writes.find(key).is_none());
        let written = writes
            .items
            .iter()
            .filter(|(_, item)| item.is_some())
            .map(|(key, _)| key);
        let all = kept.chain(written).map(CompactString::as_str);
        Ok(all.filter(|key| shows(key)).collect())
    }

    /// The commit of what was written, with a check for everything that it relies on.
    async fn prepare(&self, cx: &Context) -> Result<Commit> {
        let cleared = self.writes.borrow().cleared.clone();
        for base in cleared {
            for key in self.keys_below(&base, cx).await? {
                self.writes.borrow_mut().items.entry(key).or_insert(None);
            }
        }
        let unseen: Vec<CompactString> = {
            let (writes, seen) = (self.writes.borrow(), self.seen.borrow());
            let unseen = writes.items.keys().filter(|key| !seen.contains_key(*key));
            unseen.cloned().collect()
        };
        for key in unseen {
            self.look(&key, true, cx).await?;
        }
        let seen = self.seen.borrow();
        let checks = seen.iter().map(|(key, value)| Check {
            key: key.clone(),
            expected: value.clone(),
        });
        let writes = self.writes.borrow();
        let writes = writes.items.iter().map(|(key, item)| Write {
            key: key.clone(),
            change: match item.clone() {
                Some((value, expiry)) => Change::Set { value, expiry },
                None => Change::Remove,
            },
        });
        Ok(Commit {
            checks: checks.collect(),
            writes: writes.collect(),
        })
    }

    async fn commit(&self, cx: &Context) -> Result<()> {
        self.check()?;
        if self.writes.borrow().is_empty() {
            self.end(State::Ended);
            return Ok(());
        }
        let prepared = self.prepare(cx).await;
        let writer = self.writes.borrow().driver.clone();
        let still_runs = self.check();
        // The snapshots go first: what they keep is not needed any more.
        self.end(State::Ended);
        let mut commit = prepared.and_then(|commit| still_runs.map(|()| commit))?;
        for checks in self.foreign_checks(&mut commit, writer.as_ref())? {
            let commit = Commit {
                checks,
                writes: Vec::new(),
            };
            self.write(commit, cx).await?;
        }
        self.write(commit, cx).await
    }

    /// Takes out the checks of drivers that are not written to, driver by driver.
    fn foreign_checks(
        &self,
        commit: &mut Commit,
        writer: Option<&Rc<dyn Driver>>,
    ) -> Result<Vec<Vec<Check>>> {
        let mut groups: Vec<(Rc<dyn Driver>, Vec<Check>)> = Vec::new();
        for check in std::mem::take(&mut commit.checks) {
            let Route { driver, .. } = self.storage.route(Key::literal(&check.key))?;
            if writer.is_some_and(|writer| Rc::ptr_eq(writer, &driver)) {
                commit.checks.push(check);
                continue;
            }
            match groups
                .iter_mut()
                .find(|(known, _)| Rc::ptr_eq(known, &driver))
            {
                Some((_, checks)) => checks.push(check),
                None => groups.push((driver, vec![check])),
            }
        }
        Ok(groups.into_iter().map(|(_, checks)| checks).collect())
    }

    async fn write(&self, commit: Commit, cx: &Context) -> Result<()> {
        match self.storage.commit_in_one(commit, cx).resolve().await? {
            Verdict::Committed(_) | Verdict::Ignored => Ok(()),
            Verdict::Conflict(key) => {
                let message = "somebody else has changed what the transaction has read or written";
                Err(Error::new(Kind::Conflict, message).key(&key))
            }
        }
    }
}

/// # Errors
/// `NOT_SUPPORTED` for a driver without transactions.
fn check_support(driver: &dyn Driver) -> Result<()> {
    if driver.capabilities().transactions {
        return Ok(());
    }
    let message = "The driver does not support transactions";
    Err(Error::new(Kind::NotSupported, message).driver(driver.name()))
}

/// What a write to a second driver fails with.
fn second_driver() -> Error {
    let message = "a transaction cannot write to more than one driver";
    Error::new(Kind::NotSupported, message)
}

impl Transaction {
    /// Does what can be done at once, then goes on with `rest`.
    fn call<T: 'static, F: Future<Output = Result<T>> + 'static>(
        &self,
        operation: &'static str,
        key: &str,
        cx: &Context,
        rest: impl FnOnce(Rc<Inner>, Context) -> F,
    ) -> MaybePromise<T> {
        let located = {
            let key = key.to_owned();
            move |error: Error| match error.key_name() {
                None if !key.is_empty() => error.operation(operation).key(&key),
                _ => error.operation(operation),
            }
        };
        if let Err(error) = self.0.check() {
            return MaybePromise::err(located(error));
        }
        let plain = cx.with_options(Options {
            foreign: None,
            ..cx.options.clone()
        });
        let future = rest(Rc::clone(&self.0), plain);
        MaybePromise::begin(cx.mode, future).map_err(located)
    }

    fn put(
        &self,
        operation: &'static str,
        key: &Key,
        value: Value,
        cx: &Context,
    ) -> MaybePromise<Outcome> {
        let key = key.as_str().to_owned();
        self.call(operation, &key.clone(), cx, |inner, cx| async move {
            inner.set(&key, value, cx.options.expiry)?;
            inner.hold(&key, &cx).await.map(|()| Outcome::Done)
        })
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").finish_non_exhaustive()
    }
}

impl Driver for Transaction {
    fn name(&self) -> &str {
        "transaction"
    }

    fn capabilities(&self) -> Capabilities {
        self.0.storage.capabilities()
    }

    fn supports_sync(&self, _operation: &'static str) -> bool {
        true
    }

    fn accepts(&self, _operation: &'static str) -> bool {
        true
    }

    fn has(&self, key: &Key, cx: &Context) -> MaybePromise<bool> {
        let key = key.as_str().to_owned();
        self.call("hasItem", &key.clone(), cx, |inner, cx| async move {
            Ok(inner.read(&key, true, &cx).await?.is_some())
        })
    }

    fn get(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Value>> {
        let key = key.as_str().to_owned();
        self.call("getItem", &key.clone(), cx, |inner, cx| async move {
            inner.read(&key, false, &cx).await
        })
    }

    fn get_raw(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Value>> {
        let key = key.as_str().to_owned();
        self.call("getItemRaw", &key.clone(), cx, |inner, cx| async move {
            inner.read(&key, true, &cx).await
        })
    }

    fn get_many(&self, items: GetItems, cx: &Context) -> MaybePromise<Vec<Option<Value>>> {
        self.call("getItems", "", cx, |inner, cx| async move {
            let mut values = Vec::with_capacity(items.keys.len());
            for key in items.keys.iter() {
                let value = inner.read(key, false, &cx).await;
                values.push(value.map_err(|error| error.key(key))?);
            }
            Ok(values)
        })
    }

    fn set(&self, key: &Key, value: Value, cx: &Context) -> MaybePromise<Outcome> {
        self.put("setItem", key, value, cx)
    }

    fn set_raw(&self, key: &Key, value: Value, cx: &Context) -> MaybePromise<Outcome> {
        self.put("setItemRaw", key, value, cx)
    }

    fn set_many(&self, items: Vec<SetItem>, cx: &Context) -> MaybePromise<BatchReport> {
        self.call("setItems", "", cx, |inner, cx| async move {
            let first = items.first().map(|item| item.key.clone());
            for item in items {
                let noted = inner.set(&item.key, item.value, item.expiry);
                noted.map_err(|error| error.key(&item.key))?;
            }
            if let Some(first) = first {
                inner.hold(&first, &cx).await?;
            }
            Ok(BatchReport::done())
        })
    }

    fn remove(&self, key: &Key, cx: &Context) -> MaybePromise<Outcome> {
        let (key, meta) = (key.as_str().to_owned(), key.meta_key());
        self.call("removeItem", &key.clone(), cx, |inner, cx| async move {
            inner.note(&key, None)?;
            if cx.options.remove_meta {
                inner.note(&meta, None)?;
            }
            inner.hold(&key, &cx).await.map(|()| Outcome::Done)
        })
    }

    fn meta(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Meta>> {
        let key = key.as_str().to_owned();
        self.call("getMeta", &key.clone(), cx, |inner, cx| async move {
            let key = Key::literal(&key);
            let Route { driver, base_len } = inner.storage.route(key)?;
            let own = Key::literal(key.as_str().get(base_len..).unwrap_or_default());
            driver.meta(own, &cx).resolve().await
        })
    }

    fn keys(&self, base: &str, cx: &Context) -> MaybePromise<KeyList> {
        let base = base.to_owned();
        self.call("getKeys", &base.clone(), cx, |inner, cx| async move {
            inner.keys(&base, &cx).await
        })
    }

    fn clear(&self, base: &str, cx: &Context) -> MaybePromise<Outcome> {
        let base = base.to_owned();
        self.call("clear", &base.clone(), cx, |inner, cx| async move {
            for Part {
                mount: Mount { driver, .. },
                ..
            } in inner.clear(&base)?
            {
                inner.snapshot(&driver, &cx).await?;
            }
            Ok(Outcome::Done)
        })
    }

    fn commit(&self, _commit: Commit, _cx: &Context) -> MaybePromise<Verdict> {
        not_supported(self.name(), "transactions in itself")
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
        not_supported(self.name(), "watching")
    }

    fn flush(&self, cx: &Context) -> MaybePromise<()> {
        self.call("transaction", "", cx, |inner, cx| async move {
            let committed = inner.commit(&cx).await;
            if inner.state.get() == State::Runs {
                inner.end(State::Ended);
            }
            committed
        })
    }

    /// Also after the end, so that it can be called in any case.
    fn close(&self, _cx: &Context) -> MaybePromise<()> {
        self.0.end(State::Ended);
        MaybePromise::ok(())
    }
}
