//! The items as they were at one moment: a connection that stays in its transaction.

use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use rusqlite::backup::Backup;

use super::faults::with_errno;
use super::options::Place;
use super::readers::{Readers, disposed};
use super::shared::{Ends, Shared};
use super::slots::Slot;
use super::time::whole;
use super::wal_index::Link;
use super::{range, reads};
use crate::driver::{Context, Page, Range, Snapshot};
use crate::error::Fault;
use crate::host::Host;
use crate::key::Key;
use crate::maybe::MaybePromise;
use crate::pool;
use crate::value::Value;

/// A snapshot of the store.
pub(super) struct View {
    held: Arc<Held>,
    host: Rc<dyn Host>,
}

/// The connection, which goes back when nobody uses it any more. Closing the driver takes it away.
pub(super) struct Held {
    shared: Arc<Shared>,
    link: Mutex<Option<Link>>,
    _slot: Slot,
}

impl Held {
    /// Begins a snapshot: what it shows is decided before this returns.
    pub(super) fn begin(shared: &Arc<Shared>, slot: Slot) -> Result<Arc<Self>, Fault> {
        let link = match shared.site.place {
            Place::Memory => shared.writer.with(|link| copy_of(link))?,
            Place::File(_) => begin(shared, &shared.readers)?,
        };
        let held = Arc::new(Held {
            shared: Arc::clone(shared),
            link: Mutex::new(Some(link)),
            _slot: slot,
        });
        let ends: Arc<dyn Ends> = Arc::clone(&held) as Arc<dyn Ends>;
        shared.remember(&ends);
        Ok(held)
    }

    fn with<T>(&self, job: impl FnOnce(&Link) -> Result<T, Fault>) -> Result<T, Fault> {
        let link = self.link.lock().unwrap_or_else(PoisonError::into_inner);
        let link = link.as_ref().ok_or_else(disposed)?;
        job(link).map_err(|fault| with_errno(fault, link))
    }
}

impl Ends for Held {
    fn end(&self) {
        let link = self
            .link
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(link) = link else { return };
        let is_over = link.is_autocommit() || link.execute_batch("ROLLBACK").is_ok();
        if is_over && self.shared.site.place != Place::Memory {
            self.shared.readers.give_back(link);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.end();
    }
}

/// A transaction begins with its first read, not with `BEGIN`.
fn begin(shared: &Shared, readers: &Readers) -> Result<Link, Fault> {
    let link = readers.take()?;
    let begun = link
        .execute_batch("BEGIN")
        .and_then(|()| link.prepare_cached(&shared.site.sql.any_large)?.exists([]));
    match begun {
        Ok(_) => Ok(link),
        Err(error) => Err(with_errno(error.into(), &link)),
    }
}

/// A database in memory has one connection, so its snapshot is a copy of all of it.
fn copy_of(link: &Link) -> Result<Link, Fault> {
    let mut copy = Connection::open_in_memory()?;
    Backup::new(link, &mut copy)?.step(-1)?;
    Ok(Link::new(copy, false))
}

impl View {
    pub(super) fn new(held: Arc<Held>, host: Rc<dyn Host>) -> Self {
        View { held, host }
    }

    fn read<T: Send + 'static>(
        &self,
        cx: &Context,
        job: impl FnOnce(&Shared, &Link, i64) -> Result<T, Fault> + Send + 'static,
    ) -> MaybePromise<T> {
        let (held, now) = (Arc::clone(&self.held), whole(self.host.now_ms()));
        pool::run_in(cx.mode, move || {
            held.with(|link| job(&held.shared, link, now))
        })
    }
}

impl Snapshot for View {
    fn get(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Value>> {
        let key = key.as_str().to_owned();
        self.read(cx, move |shared, link, now| {
            reads::get(link, &shared.site.sql, &key, now)
        })
        .map(|found| found.map(|found| found.content.into()))
    }

    fn get_raw(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Value>> {
        self.get(key, cx)
    }

    fn page(&self, range: &Range, limit: usize, cx: &Context) -> MaybePromise<Page> {
        let range = range.clone();
        self.read(cx, move |shared, link, now| {
            range::page(link, &shared.site.tables, &range, limit, now)
        })
        .map(Page::from)
    }
}
