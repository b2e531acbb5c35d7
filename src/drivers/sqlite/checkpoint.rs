//! Copies what is in the log to the main file, beside the writes.
//!
//! SQLite does it inside the commit that makes the log long enough, and waits for the disk twice. Here the
//! thread for what nobody waits for does it, with a connection of its own, while the next writes go on.
//! They may add to the log faster than it is emptied; the commit that makes it too long then does the rest
//! itself, as ever.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::connection::{Role, Site};
use super::wal_index::Stamp;
use crate::error::Fault;
use crate::pool;

/// Pages that are added to the log before it is copied: 16 MB. Pages that change again and again are
/// copied once each time, so more is less work; a reader has more to look through then.
pub(super) const STEP_PAGES: u32 = 4000;

/// Who copies the log of one driver.
#[derive(Debug)]
pub(super) struct Checkpoints {
    site: Arc<Site>,
    /// The length of the log when it was copied last, in pages.
    copied: AtomicU32,
    is_at_work: AtomicBool,
    /// Held while a connection is open for it.
    is_closed: Mutex<bool>,
}

impl Checkpoints {
    pub(super) fn new(site: Arc<Site>) -> Self {
        Checkpoints {
            site,
            copied: AtomicU32::new(0),
            is_at_work: AtomicBool::new(false),
            is_closed: Mutex::new(false),
        }
    }

    /// Looks after a commit whether it is time. To be called by one thread at a time, with no lock held
    /// that a job in the pool may need.
    pub(super) fn look(self: &Arc<Self>, stamp: Stamp) {
        let (pages, copied) = (stamp.pages(), self.copied.load(Ordering::Relaxed));
        if pages < copied {
            // The log was begun anew.
            self.copied.store(0, Ordering::Relaxed);
        }
        let is_due = pages >= STEP_PAGES && pages.saturating_sub(copied) >= STEP_PAGES;
        if !is_due || self.is_at_work.swap(true, Ordering::AcqRel) {
            return;
        }
        self.copied.store(pages, Ordering::Relaxed);
        let checkpoints = Arc::clone(self);
        pool::submit_last(move || {
            // Nothing is lost if it fails: the log stays as it is, and the commit that makes it too long
            // tries once more.
            let _ = pool::guarded(|| checkpoints.copy());
            checkpoints.is_at_work.store(false, Ordering::Release);
        });
    }

    /// Waits until nobody copies, and lets nobody begin any more. The last connection of all empties
    /// the log when it is closed, so this one must not be the last.
    pub(super) fn close(&self) {
        *self
            .is_closed
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = true;
    }

    fn copy(&self) -> Result<(), Fault> {
        let is_closed = self
            .is_closed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if *is_closed {
            return Ok(());
        }
        let link = self.site.open(Role::Spare)?;
        link.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
        Ok(())
    }
}
