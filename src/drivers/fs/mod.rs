//! Values in files: one file per key, `a:b` in `a/b`.
//!
//! - [`path`] maps keys to paths and back, with [`escape`] for single names.
//! - [`store`] holds what all jobs share; [`read`], [`publish`], [`remove`], [`walk`] and [`clear`]
//!   are what it can do, and [`place`] decides where a value is written.
//! - [`lanes`] keeps the order of writes, [`batch`] spreads many over the pool.
//! - [`disk`] is what all of them ask of the file system.

mod batch;
#[cfg(all(unix, not(stowage_plain_files)))]
mod beneath;
mod clear;
mod disk;
mod escape;
mod ignore;
mod lanes;
mod path;
mod payload;
mod place;
#[cfg(any(not(unix), stowage_plain_files))]
mod plain;
mod probe;
mod publish;
mod quick;
mod read;
mod remove;
mod store;
mod sweep;
mod temporary;
mod twins;
#[cfg(all(unix, not(stowage_plain_files)))]
mod unix;
mod walk;

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use futures_channel::oneshot;

pub use self::escape::is_temporary;
pub use self::ignore::{Ignore, IgnoreFunction, MAX_GLOB_BYTES, MAX_GLOBS};

use self::batch::{Item, read_many, write_all, write_many};
use self::disk::Base;
use self::lanes::{Hold, Lanes};
use self::payload::Payload;
use self::store::Store;
use self::walk::native;
use crate::driver::{
    BatchReport, Capabilities, Context, Driver, EventSink, GetItems, Meta, Outcome, SetItem, Watch,
};
use crate::error::{Error, Fault, Kind, Result};
use crate::host::Host;
use crate::key::{Key, KeyList, normalize};
use crate::maybe::MaybePromise;
use crate::pool;
use crate::value::{Blob, BlobKind, Text, Value};
use crate::watch::{IgnoreHereRule, TreeRules, WatchOptions, watch_tree};

/// What an acknowledged write survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// The death of the process.
    #[default]
    Process,
    /// Also a loss of power, on a disk that honours a flush.
    Power,
}

/// How the files are kept.
#[derive(Debug)]
pub struct FsOptions {
    /// The name of the driver: `fs` or `fs-lite`.
    pub name: &'static str,
    /// The folder of the files, as an absolute path. Created at the first write.
    pub base: PathBuf,
    /// What listings and watches leave out.
    pub ignore: Ignore,
    /// Writes, removals and `clear` do nothing.
    pub read_only: bool,
    /// `clear` does nothing.
    pub no_clear: bool,
    /// Values are replaced as a whole, by a temporary file and a rename. Otherwise they are written
    /// over in place: faster, but a crash, a full disk or a reader at the wrong moment can find a
    /// mixture.
    pub atomic: bool,
    /// What an acknowledged write survives.
    pub durability: Durability,
    /// How changes by others are watched; `None` if the driver cannot watch.
    pub watch: Option<WatchOptions>,
}

/// Keeps values in files.
pub struct Fs {
    name: &'static str,
    read_only: bool,
    no_clear: bool,
    ignore: Ignore,
    watch: Option<WatchOptions>,
    store: Arc<Store>,
    lanes: Lanes,
    host: Rc<dyn Host>,
    closed: Cell<bool>,
}

impl fmt::Debug for Fs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fs")
            .field("name", &self.name)
            .field("base", &self.store.base.path())
            .finish_non_exhaustive()
    }
}

impl Fs {
    /// A driver for the folder `base`, which need not exist. Removes in the background what
    /// processes that died while writing left there.
    ///
    /// # Errors
    /// `INVALID_OPTION` if `base` is not absolute.
    pub fn open(options: FsOptions, host: Rc<dyn Host>) -> Result<Self> {
        if !options.base.is_absolute() {
            return Err(Error::new(
                Kind::InvalidOption,
                "Invalid option `base`: it must be absolute",
            ));
        }
        let store = Arc::new(Store::new(
            Base::new(options.base),
            options.atomic,
            options.durability == Durability::Power,
            options.read_only,
            options.ignore.globs().clone(),
        ));
        if !options.read_only {
            let store = Arc::clone(&store);
            pool::submit(move || store.sweep());
        }
        Ok(Fs {
            name: options.name,
            read_only: options.read_only,
            no_clear: options.no_clear,
            ignore: options.ignore,
            watch: options.watch,
            store,
            lanes: Lanes::new(),
            host,
            closed: Cell::new(false),
        })
    }

    fn check_open(&self) -> Result<()> {
        if self.closed.get() {
            return Err(Error::new(Kind::Disposed, "the driver was disposed").driver(self.name));
        }
        Ok(())
    }

    /// Refuses keys that could leave the base, whoever made them.
    fn key<'a>(&self, key: &'a str) -> Result<Cow<'a, str>> {
        self.check_open()?;
        normalize(key)
    }

    /// Reads after the writes of the key that were asked for before.
    fn read<T: Send + 'static>(
        &self,
        key: &str,
        cx: &Context,
        now: impl FnOnce(&Store, &str) -> Option<Result<T, Fault>>,
        job: impl FnOnce(&Store, &str) -> Result<T, Fault> + Send + 'static,
    ) -> MaybePromise<T> {
        let key = match self.key(key) {
            Ok(key) => key,
            Err(error) => return MaybePromise::err(error),
        };
        let lane = self.lanes.lane(&key);
        if cx.is_blocking() {
            let waited = self.lanes.wait(lane);
            return waited.and_then(|()| in_place(|| job(&self.store, &key))).into();
        }
        let is_busy = self.lanes.is_busy(lane);
        if !is_busy && let Some(answer) = now(&self.store, &key) {
            return answer.map_err(Error::from).into();
        }
        let (store, key) = (Arc::clone(&self.store), key.into_owned());
        let job = move || job(&store, &key);
        if is_busy { self.lanes.run(lane, job) } else { pool::run(job) }
    }

    /// Writes in the order of the calls.
    fn write(
        &self,
        key: &str,
        cx: &Context,
        job: impl FnOnce(&Store, &str) -> Result<(), Fault> + Send + 'static,
    ) -> MaybePromise<Outcome> {
        let key = match self.key(key) {
            Ok(_) if self.read_only => return MaybePromise::ok(Outcome::Ignored),
            Ok(key) => key,
            Err(error) => return MaybePromise::err(error),
        };
        let lane = self.lanes.lane(&key);
        if cx.is_blocking() {
            let outcome = self.lanes.wait(lane);
            return outcome
                .and_then(|()| in_place(|| job(&self.store, &key)))
                .map(|()| Outcome::Done)
                .into();
        }
        let (store, key) = (Arc::clone(&self.store), key.into_owned());
        self.lanes
            .run(lane, move || job(&store, &key).map(|()| Outcome::Done))
    }

    /// Waits for all writes that were asked for before, then acts.
    fn after_all<T: Send + 'static>(
        &self,
        cx: &Context,
        job: impl FnOnce(&Store) -> Result<T, Fault> + Send + 'static,
    ) -> MaybePromise<T> {
        if cx.is_blocking() {
            return self
                .lanes
                .wait_all()
                .and_then(|()| in_place(|| job(&self.store)))
                .into();
        }
        let store = Arc::clone(&self.store);
        if self.lanes.is_idle() {
            return pool::run(move || job(&store));
        }
        self.lanes.barrier(move |hold| {
            drop(hold);
            job(&store)
        })
    }

    fn put(&self, key: &Key, value: Value, cx: &Context) -> MaybePromise<Outcome> {
        match Payload::of(value) {
            Ok(payload) => self.write(key.as_str(), cx, move |store, key| {
                store.set(key, payload.as_bytes())
            }),
            Err(error) => MaybePromise::err(error),
        }
    }

    /// The items with their canonical keys.
    fn items(&self, items: Vec<SetItem>) -> Result<Vec<Item>> {
        let item = |(index, item): (usize, SetItem)| {
            let key = match self.key(&item.key)? {
                Cow::Borrowed(same) if same.len() == item.key.len() => None,
                other => Some(other.into_owned().into_boxed_str()),
            };
            Ok((index, key.unwrap_or(item.key), Payload::of(item.value)?))
        };
        items.into_iter().enumerate().map(item).collect()
    }

    /// Acts between all writes that were asked for before and all that come later.
    fn alone<T: Send + 'static>(
        &self,
        cx: &Context,
        job: impl FnOnce(&Store, Hold) -> Result<T, Fault> + Send + 'static,
    ) -> MaybePromise<T> {
        if cx.is_blocking() {
            let hold = Hold::none(&self.lanes);
            return self
                .lanes
                .wait_all()
                .and_then(|()| in_place(|| job(&self.store, hold)))
                .into();
        }
        let store = Arc::clone(&self.store);
        self.lanes.barrier(move |hold| job(&store, hold))
    }

    /// Clears what a function leaves. The function runs on this thread between the listing and the
    /// removal, while the lanes stand still.
    fn clear_selected(
        &self,
        base: &str,
        cx: &Context,
        function: IgnoreFunction,
    ) -> MaybePromise<()> {
        let (prefix, path) = (base.to_owned(), self.base_path());
        let (store, is_blocking) = (Arc::clone(&self.store), cx.is_blocking());
        let listing = self.alone(cx, move |store, mut hold| {
            let listing = store.list(&prefix, None, true)?;
            hold.hand_to_caller();
            Ok((listing, hold))
        });
        let cleared = listing.and_then(move |(listing, mut hold)| {
            let folders = listing.folder_paths();
            let keys = match listing.filtered(&path, &function) {
                Ok(keys) => keys,
                Err(error) => return MaybePromise::err(error),
            };
            hold.take_from_caller();
            let job = move || {
                let outcome = store.remove_all(&keys, &folders);
                drop(hold);
                outcome
            };
            if is_blocking {
                in_place(job).into()
            } else {
                pool::run(job)
            }
        });
        self.driven(cleared)
    }

    /// The answer goes on even if nobody polls it, because others wait for its end.
    fn driven<T: 'static>(&self, answer: MaybePromise<T>) -> MaybePromise<T> {
        let MaybePromise::Pending(future) = answer else {
            return answer;
        };
        let (sender, receiver) = oneshot::channel();
        self.host.spawn(Box::pin(async move {
            // The caller may have lost interest.
            let _ = sender.send(future.await);
        }));
        MaybePromise::pending(async move {
            receiver
                .await
                .unwrap_or_else(|_| Err(Error::new(Kind::Internal, "the environment has ended")))
        })
    }

    /// The base as text, for globs and functions.
    fn base_path(&self) -> String {
        self.store.base.path().to_string_lossy().into_owned()
    }
}

/// For what cannot be answered without waiting.
fn never<T>(_: &Store, _: &str) -> Option<Result<T, Fault>> {
    None
}

/// Runs a job on the calling thread.
fn in_place<T>(job: impl FnOnce() -> Result<T, Fault>) -> Result<T> {
    pool::guarded(job).map_err(Error::from)
}

impl Driver for Fs {
    fn name(&self) -> &str {
        self.name
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            max_depth: true,
            ttl: false,
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

    fn has(&self, key: &Key, cx: &Context) -> MaybePromise<bool> {
        self.read(key.as_str(), cx, never, Store::has)
    }

    fn get(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Value>> {
        self.read(key.as_str(), cx, Store::get_now::<Text>, Store::get::<Text>)
            .map(|text| text.map(Value::Text))
    }

    fn get_raw(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Value>> {
        let bytes = self.read(key.as_str(), cx, Store::get_now::<Arc<[u8]>>, Store::get::<Arc<[u8]>>);
        bytes.map(|bytes| bytes.map(|bytes| Value::Bytes(Blob::new(bytes, BlobKind::Buffer))))
    }

    fn get_many(&self, items: GetItems, cx: &Context) -> MaybePromise<Vec<Option<Value>>> {
        let keys = match items
            .keys
            .iter()
            .map(|key| self.key(key))
            .collect::<Result<Vec<_>>>()
        {
            Ok(keys) if keys.iter().all(|key| matches!(key, Cow::Borrowed(_))) => None,
            Ok(keys) => Some(keys.iter().map(AsRef::as_ref).collect()),
            Err(error) => return MaybePromise::err(error),
        };
        let keys: KeyList = keys.unwrap_or(items.keys);
        let values = if cx.is_blocking() {
            self.after_all(cx, move |store| {
                keys.iter().map(|key| store.get(key)).collect()
            })
        } else if self.lanes.is_idle() {
            read_many(&self.store, keys)
        } else {
            let store = Arc::clone(&self.store);
            self.after_all(cx, |_| Ok(()))
                .and_then(move |()| read_many(&store, keys))
        };
        values.map(|values: Vec<Option<Text>>| {
            values
                .into_iter()
                .map(|text| text.map(Value::Text))
                .collect()
        })
    }

    fn set(&self, key: &Key, value: Value, cx: &Context) -> MaybePromise<Outcome> {
        self.put(key, value, cx)
    }

    fn set_raw(&self, key: &Key, value: Value, cx: &Context) -> MaybePromise<Outcome> {
        self.put(key, value, cx)
    }

    fn set_many(&self, items: Vec<SetItem>, cx: &Context) -> MaybePromise<BatchReport> {
        let items = match self.items(items) {
            Ok(_) if self.read_only => {
                return MaybePromise::ok(BatchReport {
                    outcome: Outcome::Ignored,
                    failures: Vec::new(),
                });
            }
            Ok(items) => items,
            Err(error) => return MaybePromise::err(error),
        };
        let failures = if cx.is_blocking() {
            self.after_all(cx, move |store| Ok(write_all(store, items)))
        } else {
            write_many(&self.store, &self.lanes, items)
        };
        failures.map(|failures| BatchReport {
            outcome: Outcome::Done,
            failures: failures
                .into_iter()
                .map(|(index, fault)| (index, fault.into()))
                .collect(),
        })
    }

    fn remove(&self, key: &Key, cx: &Context) -> MaybePromise<Outcome> {
        self.write(key.as_str(), cx, Store::remove)
    }

    fn meta(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Meta>> {
        self.read(key.as_str(), cx, never, Store::meta)
            .map(|facts| facts.map(Meta::from))
    }

    fn keys(&self, base: &str, cx: &Context) -> MaybePromise<KeyList> {
        if let Err(error) = self.check_open() {
            return MaybePromise::err(error);
        }
        let (prefix, max_depth) = (base.to_owned(), cx.options.max_depth);
        let function = self.ignore.function().cloned();
        let with_names = function.is_some();
        let listing = self.after_all(cx, move |store| store.list(&prefix, max_depth, with_names));
        let base = self.base_path();
        listing.then(move |listing| match (listing?, function) {
            (listing, Some(function)) => listing.filtered(&base, &function),
            (listing, None) => Ok(listing.keys),
        })
    }

    fn clear(&self, base: &str, cx: &Context) -> MaybePromise<Outcome> {
        if let Err(error) = self.check_open() {
            return MaybePromise::err(error);
        }
        if self.read_only || self.no_clear {
            return MaybePromise::ok(Outcome::Ignored);
        }
        let prefix = base.to_owned();
        let cleared = match self.ignore.function().cloned() {
            Some(function) => self.clear_selected(base, cx, function),
            None => self.alone(cx, move |store, hold| {
                let outcome = store.clear(&prefix);
                drop(hold);
                outcome
            }),
        };
        cleared.map(|()| Outcome::Done)
    }

    fn watch(&self, sink: EventSink) -> MaybePromise<Option<Box<dyn Watch>>> {
        if let Err(error) = self.check_open() {
            return MaybePromise::err(error);
        }
        let Some(options) = self.watch.clone() else {
            return MaybePromise::ok(None);
        };
        let sink: EventSink = Rc::new(move |kind, path| {
            if let Some(key) = path::key_of(path) {
                sink(kind, &key);
            }
        });
        let own = self.store.own.clone();
        watch_tree(
            self.store.base.path(),
            options,
            self.rules(),
            own,
            Rc::clone(&self.host),
            sink,
        )
        .map(Some)
    }

    fn flush(&self, cx: &Context) -> MaybePromise<()> {
        match self.check_open() {
            Ok(()) => self.after_all(cx, Store::check_sound),
            Err(error) => MaybePromise::err(error),
        }
    }

    fn close(&self, cx: &Context) -> MaybePromise<()> {
        self.closed.set(true);
        self.after_all(cx, |store| {
            store.base.release();
            Ok(())
        })
    }
}

impl Fs {
    /// What the watch leaves out.
    fn rules(&self) -> TreeRules {
        let (base, globs) = (self.base_path(), self.ignore.globs().clone());
        let hidden = move |path: &str, is_folder: bool| {
            is_temporary(disk::split(path).1) || globs.hides_anywhere(&base, path, is_folder)
        };
        let ignored_here = self.ignore.function().cloned().map(ignored_here);
        TreeRules { hidden: Arc::new(hidden), ignored_here }
    }
}

/// A listing gives the function the bare name of a file, the predecessor's watch gave it the
/// absolute path: either hides the file.
fn ignored_here(function: IgnoreFunction) -> IgnoreHereRule {
    Rc::new(move |path, is_folder| {
        let name = path.rsplit(['/', std::path::MAIN_SEPARATOR]).next().unwrap_or(path);
        Ok(function(&native(path))? || (!is_folder && function(name)?))
    })
}

#[cfg(test)]
mod tests;
