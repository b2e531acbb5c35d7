//! Reads that follow each other closely share one transaction.
//!
//! A transaction takes a lock of the log and gives it back: system calls that make a fifth of a read. So
//! while reads come in a rush, their connection stays in its transaction.
//! - It shows what the file held when it began. Each read looks at the wal-index first and begins anew if
//!   anybody has committed since, so nothing old is ever read.
//! - Whoever would empty the log has to wait for it. So it ends soon after the last read, and never stays
//!   for long.
//!
//! While it stays, an awaited read can be answered without another thread: see [`resident`].
//!
//! [`resident`]: super::resident

use std::sync::{Mutex, MutexGuard, TryLockError, Weak};
use std::time::{Duration, Instant};

use super::checkpoint::STEP_PAGES;
use super::main_file;
use super::wal_index::Link;
use crate::error::Fault;
use crate::later::submit_after;

/// Reads that begin so soon after each other come in a rush.
const RUSH: Duration = Duration::from_micros(100);

/// How long a transaction stays after the last read.
const REST: Duration = Duration::from_millis(5);

/// How long it stays at most. Awaited reads that find one need no other thread; those that follow each other
/// let the event loop turn at least as often as this.
pub(super) const LONGEST: Duration = Duration::from_millis(10);

/// The pages in the log from which on no transaction stays: between writes that never rest, one would
/// follow the other, and the log could hardly be emptied.
const LONGEST_LOG: u32 = 2 * STEP_PAGES;

/// A connection that only reads, and may stay in a transaction.
pub(super) struct Lease {
    link: Link,
    /// Its files can refuse to be read.
    can_refuse: bool,
    /// When the last read began.
    last: Option<Instant>,
    /// When the transaction began.
    since: Option<Instant>,
    /// Somebody sees to the end of its transactions. One is enough for all that follow each other, and
    /// between writes each read may begin a new one.
    is_seen_to: bool,
}

impl Lease {
    pub(super) fn new(link: Link) -> Self {
        Lease {
            can_refuse: main_file::can_refuse(&link),
            link,
            last: None,
            since: None,
            is_seen_to: false,
        }
    }

    pub(super) fn link(&self) -> &Link {
        &self.link
    }

    /// To be called before each read. True if a transaction has begun whose end nobody sees to yet:
    /// see [`end_in_time`].
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) fn begin_read(&mut self) -> Result<bool, Fault> {
        let (now, stamp) = (Instant::now(), self.link.stamp());
        let is_rush = self.last.is_some_and(|last| now - last < RUSH);
        self.last = Some(now);
        if let Some(since) = self.since
            && (stamp != self.link.pinned() || now - since > LONGEST)
        {
            self.end()?;
        }
        let is_wanted = is_rush && stamp.is_some_and(|stamp| stamp.pages() < LONGEST_LOG);
        if self.since.is_some() || !is_wanted {
            return Ok(false);
        }
        // What it shows is decided by the first read in it: what the stamp tells, or something newer,
        // which the next read then finds out.
        self.link.prepare_cached("BEGIN")?.execute([])?;
        self.link.pin(stamp);
        self.since = Some(now);
        Ok(!std::mem::replace(&mut self.is_seen_to, true))
    }

    /// Whether it stays in a transaction that shows what the file holds now, for a read that is content
    /// with that.
    pub(super) fn is_current(&mut self) -> bool {
        let (now, pinned) = (Instant::now(), self.link.pinned());
        let is_current = self.can_refuse
            && self.since.is_some_and(|since| now - since <= LONGEST)
            && pinned.is_some()
            && pinned == self.link.stamp();
        if is_current {
            self.last = Some(now);
        }
        is_current
    }

    /// Ends the transaction if it is time; else tells after how long to look again.
    ///
    /// # Errors
    /// Those of SQLite.
    fn end_if_due(&mut self) -> Result<Option<Duration>, Fault> {
        if let (Some(since), Some(last)) = (self.since, self.last) {
            let end = (last + REST).min(since + LONGEST);
            let rest = end.saturating_duration_since(Instant::now());
            if !rest.is_zero() {
                return Ok(Some(rest));
            }
        }
        self.is_seen_to = false;
        self.end().map(|()| None)
    }

    /// Ends the transaction, if it stays in one.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) fn end(&mut self) -> Result<(), Fault> {
        self.link.pin(None);
        if self.since.take().is_some() {
            self.link.prepare_cached("COMMIT")?.execute([])?;
        }
        Ok(())
    }

    /// False if it is in a transaction that something else has left.
    pub(super) fn is_usable(&self) -> bool {
        self.since.is_some() || self.link.is_autocommit()
    }
}

/// The connection, if there is one, unless somebody uses it this moment. A job that panicked left it whole.
pub(super) fn try_lock(slot: &Mutex<Option<Lease>>) -> Option<MutexGuard<'_, Option<Lease>>> {
    match slot.try_lock() {
        Ok(slot) => Some(slot),
        Err(TryLockError::Poisoned(slot)) => Some(slot.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// Ends the transaction of a connection once it is time, or the one that has followed it by then. A
/// connection that cannot end it is closed.
pub(super) fn end_in_time(slot: Weak<Mutex<Option<Lease>>>) {
    submit_after(REST, move || look(slot));
}

fn look(weak: Weak<Mutex<Option<Lease>>>) {
    let Some(slot) = weak.upgrade() else { return };
    let Some(mut slot) = try_lock(&slot) else {
        // Somebody reads, for as long as it may take.
        return submit_after(REST, move || look(weak));
    };
    match slot.as_mut().map_or(Ok(None), Lease::end_if_due) {
        Ok(None) => {}
        Ok(Some(rest)) => submit_after(rest, move || look(weak)),
        Err(_) => *slot = None,
    }
}
