//! Connections for reading, opened when they are needed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::connection::{Role, Site};
use super::faults::with_errno;
use super::options::Place;
use super::wal_index::Link;
use super::writer::Writer;
use crate::error::{Fault, Kind};

/// The connections that stay open while nobody reads, beside the first. As many may be open as the pool
/// has threads.
const MAX_IDLE: usize = 3;

/// The readers of one driver.
pub(super) struct Readers {
    site: Arc<Site>,
    /// A database in memory has but one connection.
    writer: Arc<Writer>,
    idle: Mutex<Idle>,
    is_closed: AtomicBool,
}

/// What nobody uses this moment.
#[derive(Default)]
struct Idle {
    /// The first that was opened, which keeps more pages: whoever comes takes it if it is there.
    first: Option<Link>,
    /// It is open, here or in use.
    has_first: bool,
    others: Vec<Link>,
}

impl Idle {
    fn take(&mut self) -> Option<Link> {
        self.first.take().or_else(|| self.others.pop())
    }

    /// What the next one is opened for.
    fn next_role(&mut self) -> Role {
        match std::mem::replace(&mut self.has_first, true) {
            false => Role::Reader,
            true => Role::Spare,
        }
    }

    /// Gives back what is not kept.
    fn put(&mut self, link: Link, is_open: bool) -> Option<Link> {
        let is_usable = is_open && link.is_autocommit();
        match link.role() {
            Role::Reader if is_usable => self.first = Some(link),
            Role::Reader => {
                self.has_first = false;
                return Some(link);
            }
            _ if is_usable && self.others.len() < MAX_IDLE => self.others.push(link),
            _ => return Some(link),
        }
        None
    }
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
        let role = {
            let mut idle = self.lock();
            match idle.take() {
                Some(link) => return Ok(link),
                None => idle.next_role(),
            }
        };
        let opened = self.site.open(role);
        if opened.is_err() && role == Role::Reader {
            self.lock().has_first = false;
        }
        opened
    }

    /// Gives a connection back that is in no transaction. One that is, because something failed, is
    /// closed, which ends it.
    pub(super) fn give_back(&self, link: Link) {
        let mut idle = self.lock();
        let left = idle.put(link, !self.is_closed.load(Ordering::SeqCst));
        drop(idle);
        drop(left);
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

    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody still asks, but the driver was closed.
pub(super) fn disposed() -> Fault {
    Fault::new(Kind::Disposed, "the driver was disposed")
}
