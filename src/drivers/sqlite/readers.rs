//! Connections for reading, opened when they are needed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::connection::{Role, Site};
use super::faults::with_errno;
use super::lease::{Lease, end_in_time, try_lock};
use super::options::Place;
use super::resident;
use super::wal_index::Link;
use super::writer::Writer;
use crate::error::{Fault, Kind};

/// The connections that stay open while nobody reads, beside the first. As many may be open as the pool
/// has threads, and one for each snapshot.
const MAX_IDLE: usize = 3;

/// The readers of one driver.
pub(super) struct Readers {
    site: Arc<Site>,
    /// A database in memory has but one connection.
    writer: Arc<Writer>,
    /// The one that keeps most pages, opened by whoever reads first and locked while somebody reads.
    first: Arc<Mutex<Option<Lease>>>,
    /// What nobody uses this moment.
    others: Mutex<Vec<Link>>,
    is_closed: AtomicBool,
}

impl Readers {
    pub(super) fn new(site: Arc<Site>, writer: Arc<Writer>) -> Self {
        Readers {
            site,
            writer,
            first: Arc::default(),
            others: Mutex::default(),
            is_closed: AtomicBool::new(false),
        }
    }

    /// Reads on a connection that nobody else uses meanwhile.
    ///
    /// # Errors
    /// Those of `job` and of opening; `DISPOSED` once closed.
    pub(super) fn with<T>(&self, job: impl FnOnce(&Link) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.site.place == Place::Memory {
            return self.writer.with(|link| job(link));
        }
        self.with_first(job).unwrap_or_else(|job| {
            let link = self.take()?;
            let answer = job(&link).map_err(|fault| with_errno(fault, &link));
            self.give_back(link);
            answer
        })
    }

    /// Reads on the first connection, unless somebody uses it: then the job comes back.
    pub(super) fn with_first<T, J>(&self, job: J) -> Result<Result<T, Fault>, J>
    where
        J: FnOnce(&Link) -> Result<T, Fault>,
    {
        match try_lock(&self.first) {
            Some(mut slot) => Ok(self.on_first(&mut slot, job)),
            None => Err(job),
        }
    }

    /// Reads on the first connection if that takes neither a lock nor a disk: it stays in a transaction,
    /// and has the pages in memory. `None` if not, and after any failure.
    pub(super) fn at_hand<T>(&self, job: impl FnOnce(&Link) -> Result<T, Fault>) -> Option<T> {
        let mut slot = try_lock(&self.first)?;
        let lease = slot.as_mut()?;
        if !lease.is_current() {
            return None;
        }
        let read = resident::only(|| job(lease.link()));
        if read.is_err() && lease.link().is_autocommit() {
            // Something else than a refusal, which has ended the transaction.
            *slot = None;
        }
        read.ok()
    }

    fn on_first<T>(
        &self,
        slot: &mut Option<Lease>,
        job: impl FnOnce(&Link) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let lease = self.opened(slot)?;
        let read = lease.begin_read().and_then(|has_begun| {
            if has_begun {
                end_in_time(Arc::downgrade(&self.first));
            }
            job(lease.link())
        });
        let read = read.map_err(|fault| with_errno(fault, lease.link()));
        let is_usable = lease.is_usable() && (read.is_ok() || lease.end().is_ok());
        if !is_usable {
            // Closing it ends its transaction.
            *slot = None;
        }
        read
    }

    fn opened<'s>(&self, slot: &'s mut Option<Lease>) -> Result<&'s mut Lease, Fault> {
        if self.is_closed() {
            return Err(disposed());
        }
        Ok(match slot {
            Some(lease) => lease,
            None => slot.insert(Lease::new(self.site.open(Role::Reader)?)),
        })
    }

    /// Takes a connection other than the first.
    ///
    /// # Errors
    /// Those of opening; `DISPOSED` once closed.
    pub(super) fn take(&self) -> Result<Link, Fault> {
        if self.is_closed() {
            return Err(disposed());
        }
        let idle = self.lock().pop();
        idle.map_or_else(|| self.site.open(Role::Spare), Ok)
    }

    /// Gives a connection back that is in no transaction. One that is, because something failed, is
    /// closed, which ends it.
    pub(super) fn give_back(&self, link: Link) {
        let mut others = self.lock();
        if !self.is_closed() && link.is_autocommit() && others.len() < MAX_IDLE {
            others.push(link);
        } else {
            drop(others);
            drop(link);
        }
    }

    /// Closes what is open, now or once it is given back. Waits for whoever reads on the first one.
    pub(super) fn close(&self) {
        let others = {
            let mut others = self.lock();
            self.is_closed.store(true, Ordering::SeqCst);
            std::mem::take(&mut *others)
        };
        drop(others);
        *self.first.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::SeqCst)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Link>> {
        self.others.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody still asks, but the driver was closed.
pub(super) fn disposed() -> Fault {
    Fault::new(Kind::Disposed, "the driver was disposed")
}
