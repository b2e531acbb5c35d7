//! Room on a full disk.

use std::io::ErrorKind;

use rusqlite::{Result, TransactionBehavior};

use super::connection::Site;
use super::lease::LONGEST;
use super::wal_file;
use super::wal_index::Link;
use crate::error::Fault;

/// True if the disk has no room for what was to be written.
pub(super) fn is_lacking(fault: &Fault) -> bool {
    matches!(
        fault.io.as_ref().map(std::io::Error::kind),
        Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
    )
}

/// Gives the room of the log back: first what failed transactions have left there, then, unless somebody
/// still reads from it, all of it, whose content moves into the main file. Otherwise a log that has filled
/// a disk would hold its room for ever. True if another attempt is worthwhile.
pub(super) fn make(site: &Site, slot: &mut Option<Link>) -> bool {
    let Some(link) = slot else { return false };
    // Nobody is waited for but the reads of this process. If any of it fails nothing is lost, and the write
    // fails as it would have.
    let has_made = link.busy_timeout(10 * LONGEST).and_then(|()| {
        cut_log(link)?;
        empty_log(link)
    });
    link.busy_timeout(site.busy_timeout).is_ok() && has_made.unwrap_or(false)
}

fn cut_log(link: &Link) -> Result<()> {
    let transaction = rusqlite::Transaction::new_unchecked(link, TransactionBehavior::Immediate)?;
    if let Some(stamp) = link.stamp() {
        wal_file::cut(link, stamp.log_bytes());
    }
    transaction.rollback()
}

fn empty_log(link: &Link) -> Result<bool> {
    let blocked = link.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
        row.get::<_, i64>(0)
    })?;
    Ok(blocked == 0)
}
