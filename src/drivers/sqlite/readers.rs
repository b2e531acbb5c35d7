//! Connections for reading, opened when they are needed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::connection::{Role, Site};
use super::faults::with_errno;
use super::options::Place;
use super::wal_index::Link;
use super::writer::Writer;
use crate::error::{Fault, Kind};

/// The connections that stay open while nobody reads. As many may be open as the pool has threads.
const MAX_IDLE: usize = 4;

/// The readers of one driver.
pub(super) struct Readers {
    site: Arc<Site>,
    /// A database in memory has but one connection.
    writer: Arc<Writer>,
    idle: Mutex<Vec<Link>>,
    is_closed: AtomicBool,
}

impl Readers {
    pub(super) fn new(site: Arc<Site>, writer: Arc<Writer>) -> Self {
        Readers {
            site,
            writer,
            idle: Mutex::default(),
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
        let link = self.take()?;
        let answer = job(&link).map_err(|fault| with_errno(fault, &link));
        self.give_back(link);
        answer
    }

    /// Takes a connection.
    ///
    /// # Errors
    /// Those of opening; `DISPOSED` once closed.
    pub(super) fn take(&self) -> Result<Link, Fault> {
        if self.is_closed.load(Ordering::SeqCst) {
            return Err(disposed());
        }
        let idle = self.lock().pop();
        idle.map_or_else(|| self.site.open(Role::Reader), Ok)
    }

    /// Gives a connection back that is in no transaction. One that is, because something failed, is
    /// closed, which ends it.
    pub(super) fn give_back(&self, link: Link) {
        let mut idle = self.lock();
        let is_kept =
            idle.len() < MAX_IDLE && link.is_autocommit() && !self.is_closed.load(Ordering::SeqCst);
        if is_kept {
            idle.push(link);
        } else {
            drop(idle);
            drop(link);
        }
    }

    /// Closes what is open, now or once it is given back.
    pub(super) fn close(&self) {
        let idle = {
            let mut idle = self.lock();
            self.is_closed.store(true, Ordering::SeqCst);
            std::mem::take(&mut *idle)
        };
        drop(idle);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Link>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody still asks, but the driver was closed.
pub(super) fn disposed() -> Fault {
    Fault::new(Kind::Disposed, "the driver was disposed")
}
