//! Gives space back to the system.

use rusqlite::Connection;

use crate::error::Fault;

/// What compacting has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compacted {
    /// Bytes of the database before.
    pub bytes_before: u64,
    /// Bytes of the database now.
    pub bytes_after: u64,
    /// The log was emptied. It cannot be while somebody still reads from it.
    pub log_emptied: bool,
}

/// Rewrites the database without gaps, unless it has none, and empties the log. Not within a transaction.
///
/// It takes the time of reading and writing the whole database, and as much space again, part of it in the
/// system's folder for temporary files. Others can read meanwhile; who writes waits.
///
/// # Errors
/// `BUSY` if somebody holds the lock for longer than the timeout of the connection; errors of the disk:
/// the database is as before then.
pub fn compact(connection: &Connection) -> Result<Compacted, Fault> {
    let bytes_before = bytes_of(connection)?;
    let free: i64 = connection.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
    if free > 0 {
        connection.execute_batch("VACUUM")?;
    }
    // The first column says whether somebody was in the way.
    let blocked: i64 =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    Ok(Compacted {
        bytes_before,
        bytes_after: bytes_of(connection)?,
        log_emptied: blocked == 0,
    })
}

fn bytes_of(connection: &Connection) -> Result<u64, Fault> {
    let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
    let size: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    Ok(u64::try_from(pages.saturating_mul(size)).unwrap_or(0))
}
