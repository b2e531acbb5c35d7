//! Values in one SQLite file, with transactions, lifetimes and order.
//!
//! - `schema` and `row` say what the file holds, `connection` how it is opened.
//! - `writer` collects writes, `group` commits them together, `apply` is what they do to the tables.
//! - `file_system` opens files for SQLite: `log_file` writes what a commit adds to the log at once, from a
//!   `log_buffer`, `main_file` lets a read be `resident`, which waits for no disk.
//! - `checkpoint` copies what was written from the log to the main file.
//! - `readers` has the connections for `reads` and `range`; the first may stay in its transaction by a
//!   `lease`, `snapshot` keeps one at its moment.
//! - `front` reads through it on the JavaScript thread: `cache` answers without the file, as far as `wal_index`
//!   and `own` tell that nobody changed it.
//! - `dispatch` decides where a call runs, `pending` which writes it has to wait for.
//! - `changes` tells other watchers what was written, `watching` hears of it; `sweep` removes what has ended,
//!   when `sweeping` says so.
//! - `blobs` keeps large contents in pieces, for `streams`.
//! - `care` checks, copies and measures, for `caring`.
//! - `moment` makes one of several looks at the file.
//! - `open_file` hands the files of a connection to `wal_index` and to `wal_file`, which shortens the log.

mod apply;
pub mod blobs;
mod cache;
pub mod care;
mod caring;
pub mod changes;
mod checkpoint;
mod connection;
mod dispatch;
mod errno;
mod faults;
mod file_system;
mod front;
mod group;
mod lease;
mod log_buffer;
mod log_file;
mod main_file;
mod moment;
mod open_file;
mod options;
mod own;
mod pending;
mod range;
mod readers;
mod reads;
mod resident;
mod room;
pub mod row;
pub mod schema;
mod shared;
mod slots;
mod snapshot;
mod sql;
mod streams;
pub mod sweep;
mod sweeping;
mod time;
mod wal_file;
mod wal_index;
mod watching;
mod writer;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

pub use self::caring::Progress;
pub use self::options::{Durability, MAX_VALUE_BYTES, Place, SqliteOptions};
pub use self::reads::MAX_LISTED_KEYS;
pub use self::slots::MAX_SNAPSHOTS;

use self::apply::{Edit, Work};
use self::changes::WriterId;
use self::connection::{Role, Site};
use self::front::Front;
use self::pending::Pending;
use self::shared::Shared;
use self::sweep::Sweeper;
use self::sweeping::Sweeping;
use self::writer::Writer;
use crate::driver::{
    BatchReport, ByteSink, ByteSource, Capabilities, Commit, Context, Driver, EventSink, GetItems,
    Meta, Outcome, SetItem, Snapshot, Verdict, Watch,
};
use crate::error::Result;
use crate::host::Host;
use crate::key::{Key, KeyList};
use crate::maybe::MaybePromise;
use crate::pool;
use crate::value::Value;

/// The name of the driver.
const NAME: &str = "sqlite";

/// Keeps values in one SQLite file.
pub struct Sqlite {
    shared: Arc<Shared>,
    pending: Rc<Pending>,
    /// The connection and the cache of this thread.
    front: Rc<RefCell<Front>>,
    max_value_bytes: usize,
    host: Rc<dyn Host>,
    closed: Rc<Cell<bool>>,
    sweeping: Rc<Sweeping>,
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite")
            .field("place", &self.shared.site.place)
            .field("table", &self.shared.site.tables.items)
            .finish_non_exhaustive()
    }
}

impl Sqlite {
    /// Opens the file, making it if it is missing and may be made.
    ///
    /// # Errors
    /// `INVALID_OPTION` for the name of the table; `CORRUPT` for a damaged file and one that is no
    /// database, `INCOMPATIBLE` for that of another program or a newer version, `BUSY` for one that
    /// stays locked, and those of the operating system. The file is left as it is then.
    pub fn open(options: SqliteOptions, host: Rc<dyn Host>) -> Result<Self> {
        let site = Arc::new(Site::new(&options)?);
        let first = site.prepare()?;
        let can_end = Sweeper::new(&site.tables).next(&first)?.is_some();
        let (writing, reading) = match (&site.place, site.read_only) {
            (Place::Memory, _) => (Some(first), None),
            (Place::File(_), true) => (None, Some(first)),
            (Place::File(_), false) => (Some(first), Some(site.open(Role::Front)?)),
        };
        let writer = Arc::new(Writer::new(
            Arc::clone(&site),
            writing,
            WriterId::random()?,
            options.cache_bytes > 0 && reading.is_some(),
        ));
        let shared = Arc::new(Shared::new(site, writer));
        let interval = options.sweep_interval;
        let sweeping = Sweeping::new(Arc::clone(&shared), Rc::clone(&host), interval);
        if can_end {
            sweeping.expect();
        }
        remove_left_overs(&shared);
        Ok(Sqlite {
            shared,
            sweeping,
            pending: Rc::new(Pending::new()),
            front: Rc::new(RefCell::new(Front::new(reading, options.cache_bytes))),
            max_value_bytes: options.max_value_bytes.min(MAX_VALUE_BYTES),
            host,
            closed: Rc::default(),
        })
    }

    /// How many reads the cache has answered.
    #[must_use]
    pub fn cache_hits(&self) -> u64 {
        self.front.borrow().cache_hits()
    }
}

impl Driver for Sqlite {
    fn name(&self) -> &str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            max_depth: true,
            ttl: true,
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

    fn has(&self, key: &Key, cx: &Context) -> MaybePromise<bool> {
        let key = key.as_str();
        if let Some(known) = self.known(key) {
            return known.map(|found| found.is_some()).into();
        }
        let now = self.now();
        self.read_one(key, cx, move |site, link, key| {
            reads::has(link, &site.sql, key, now)
        })
    }

    fn get(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Value>> {
        self.get_cached(key.as_str(), cx)
    }

    fn get_raw(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Value>> {
        self.get_cached(key.as_str(), cx)
    }

    fn get_many(&self, items: GetItems, cx: &Context) -> MaybePromise<Vec<Option<Value>>> {
        self.get_many_cached(items.keys, cx)
    }

    fn set(&self, key: &Key, value: Value, cx: &Context) -> MaybePromise<Outcome> {
        let edit = self
            .edit_of(key.as_str(), value, cx.options.expiry)
            .map(|edit| vec![(key.as_str().into(), edit)]);
        self.write_edits(edit, cx)
    }

    fn set_raw(&self, key: &Key, value: Value, cx: &Context) -> MaybePromise<Outcome> {
        self.set(key, value, cx)
    }

    fn set_many(&self, items: Vec<SetItem>, cx: &Context) -> MaybePromise<BatchReport> {
        self.write_edits(self.edits_of(items), cx)
            .map(|outcome| BatchReport {
                outcome,
                failures: Vec::new(),
            })
    }

    fn remove(&self, key: &Key, cx: &Context) -> MaybePromise<Outcome> {
        self.write_edits(Ok(vec![(key.as_str().into(), Edit::Remove)]), cx)
    }

    fn meta(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Meta>> {
        let now = self.now();
        self.read_one(key.as_str(), cx, move |site, link, key| {
            reads::meta(link, &site.sql, key, now)
        })
        .map(|facts| facts.map(Meta::from))
    }

    fn keys(&self, base: &str, cx: &Context) -> MaybePromise<KeyList> {
        let (base, now, max_depth) = (base.to_owned(), self.now(), cx.options.max_depth);
        self.read(self.shared.writer.issued(), cx, move |site, link| {
            reads::keys(link, &site.tables, &base, max_depth, now)
        })
    }

    fn clear(&self, base: &str, cx: &Context) -> MaybePromise<Outcome> {
        self.write(Work::Clear(base.to_owned()), cx)
            .map(|verdict| outcome_of(&verdict))
    }

    fn commit(&self, commit: Commit, cx: &Context) -> MaybePromise<Verdict> {
        match self.work_of(commit) {
            Ok(work) => self.write(work, cx),
            Err(error) => MaybePromise::err(error),
        }
    }

    fn snapshot(&self, cx: &Context) -> MaybePromise<Box<dyn Snapshot>> {
        self.begin_snapshot(cx)
    }

    fn read_stream(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Box<dyn ByteSource>>> {
        self.begin_reading(key, cx)
    }

    fn write_stream(&self, key: &Key, cx: &Context) -> MaybePromise<Box<dyn ByteSink>> {
        self.begin_writing(key, cx)
    }

    fn watch(&self, sink: EventSink) -> MaybePromise<Option<Box<dyn Watch>>> {
        self.begin_watching(sink)
    }

    fn flush(&self, cx: &Context) -> MaybePromise<()> {
        match self.check_open() {
            Ok(()) => self.after_writes(cx, |_| Ok(())),
            Err(error) => MaybePromise::err(error),
        }
    }

    fn close(&self, cx: &Context) -> MaybePromise<()> {
        self.closed.set(true);
        self.sweeping.stop();
        let front = Rc::clone(&self.front);
        // Its connection is closed on the thread that closes the others.
        let link = front.borrow_mut().take();
        self.after_writes(cx, move |shared| {
            drop(link);
            shared.close()
        })
    }
}

/// What processes left that died while a stream wrote. It is in nobody's way, so nobody waits for it, nor
/// hears that it stays.
fn remove_left_overs(shared: &Shared) {
    let Place::File(path) = &shared.site.place else {
        return;
    };
    if !shared.site.read_only {
        let path = path.clone();
        pool::submit(move || drop(blobs::sweep_spools(&path)));
    }
}

fn outcome_of(verdict: &Verdict) -> Outcome {
    match verdict {
        Verdict::Committed(_) | Verdict::Conflict(_) => Outcome::Done,
        Verdict::Ignored => Outcome::Ignored,
    }
}

#[cfg(test)]
mod scratch;
#[cfg(test)]
mod tests;
