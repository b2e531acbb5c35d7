//! Values in files: one file per key, `a:b` in `a/b`.
//!
//! - `path` maps keys to paths and back, with `escape` for single names.
//! - `store` holds what all jobs share; `read`, `publish`, `remove`, `walk` and `clear`
//!   are what it can do, and `place` decides where a value is written.
//! - `streams` reads and writes in pieces.
//! - `dispatch` decides where a call runs, `lanes` keeps the order of writes, `batch` spreads
//!   many over the pool, `quick` answers reads without it, as far as `lookups` advises.
//! - `disk` is what all of them ask of the file system, `seam` the part of it that tests simulate;
//!   `rooted` makes the folders themselves survive a loss of power.

mod batch;
#[cfg(all(unix, not(stowage_plain_files)))]
mod beneath;
mod clear;
mod disk;
mod dispatch;
mod escape;
mod ignore;
mod lanes;
mod lookups;
mod options;
mod path;
#[cfg(any(test, feature = "testkit"))]
mod path_properties;
mod payload;
mod place;
#[cfg(any(not(unix), stowage_plain_files))]
mod plain;
mod probe;
mod publish;
mod quick;
mod read;
mod remove;
mod rooted;
mod seam;
mod store;
mod streams;
mod sweep;
mod temporary;
mod twins;
#[cfg(all(unix, not(stowage_plain_files)))]
mod unix;
mod walk;
mod watching;

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

pub use self::escape::is_temporary;
pub use self::ignore::{Ignore, IgnoreFunction, MAX_GLOB_BYTES, MAX_GLOBS};
pub use self::options::{Durability, FsOptions, Modes};
#[cfg(any(test, feature = "testkit"))]
pub use self::path_properties::paths;

use self::batch::{read_many, write_all, write_many};
use self::disk::Base;
use self::lanes::Lanes;
use self::store::Store;
use crate::driver::{
    BatchReport, ByteSink, ByteSource, Capabilities, Commit, Context, Driver, EventSink, GetItems,
    Meta, Outcome, SetItem, Snapshot, Verdict, Watch, not_supported,
};
use crate::error::{Error, Kind, Result};
use crate::host::Host;
use crate::key::{Key, KeyList};
use crate::maybe::MaybePromise;
use crate::pool;
use crate::value::{Blob, BlobKind, Text, Value};
use crate::watch::{WatchOptions, watch_tree};

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
            Base::new(options.base, options.modes),
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
}

impl Driver for Fs {
    fn name(&self) -> &str {
        self.name
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            max_depth: true,
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

    fn has(&self, key: &Key, cx: &Context) -> MaybePromise<bool> {
        self.read(key.as_str(), cx, Store::has_now, Store::has)
    }

    fn get(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Value>> {
        self.read(key.as_str(), cx, Store::get_now::<Text>, Store::get::<Text>)
            .map(|text| text.map(Value::Text))
    }

    fn get_raw(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Value>> {
        let bytes = self.read(
            key.as_str(),
            cx,
            Store::get_now::<Arc<[u8]>>,
            Store::get::<Arc<[u8]>>,
        );
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
        self.read(key.as_str(), cx, Store::meta_now, Store::meta)
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

    fn commit(&self, _commit: Commit, _cx: &Context) -> MaybePromise<Verdict> {
        not_supported(self.name(), "transactions")
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
        if let Err(error) = self.check_open() {
            return MaybePromise::err(error);
        }
        let Some(options) = self.watch.clone() else {
            return MaybePromise::ok(None);
        };
        let own = self.store.own.clone();
        watch_tree(
            self.store.base.path(),
            options,
            self.rules(),
            own,
            Rc::clone(&self.host),
            watching::by_key(sink),
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

#[cfg(test)]
mod tests;
