//! Figures of a database.

use std::fs;
use std::path::PathBuf;

use rusqlite::Connection;

use super::Counters;
use crate::drivers::sqlite::schema::Tables;
use crate::error::Fault;

/// The figures of one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stats {
    /// Items of the store, with those that have ended and were not swept yet.
    pub items: u64,
    /// Bytes of the database, without its log.
    pub bytes: u64,
    /// Pages that hold nothing.
    pub free_pages: u64,
    /// Bytes of a page.
    pub page_size: u64,
    /// Bytes of the log.
    pub wal_bytes: u64,
    /// Reads that the value cache has answered.
    pub cache_hits: u64,
    /// Reads that it has not.
    pub cache_misses: u64,
    /// What the writer has done.
    pub groups: Groups,
}

/// The transactions of a driver since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Groups {
    /// How many.
    pub commits: u64,
    /// Requests in one of them, on average.
    pub mean: f64,
    /// The most requests in one of them.
    pub max: u64,
    /// Half of a sample of 1,024 took less, in milliseconds.
    pub p50_ms: f64,
    /// 99 of 100 took less, in milliseconds.
    pub p99_ms: f64,
}

/// The figures now, with the hits and misses of the cache. Counting the items reads all keys.
///
/// # Errors
/// Errors of the file.
pub fn stats(
    connection: &Connection,
    tables: &Tables,
    counters: &Counters,
    cache: (u64, u64),
) -> Result<Stats, Fault> {
    let snapshot = connection.unchecked_transaction()?;
    let sql = format!("SELECT count(*) FROM \"{}\"", tables.items);
    let items: i64 = snapshot.query_row(&sql, [], |row| row.get(0))?;
    let page_size = pragma(&snapshot, "page_size")?;
    let (cache_hits, cache_misses) = cache;
    let stats = Stats {
        items: u64::try_from(items).unwrap_or(0),
        bytes: pragma(&snapshot, "page_count")?.saturating_mul(page_size),
        free_pages: pragma(&snapshot, "freelist_count")?,
        page_size,
        wal_bytes: wal_bytes(connection)?,
        cache_hits,
        cache_misses,
        groups: counters.groups(),
    };
    snapshot.finish()?;
    Ok(stats)
}

fn pragma(connection: &Connection, name: &str) -> Result<u64, Fault> {
    let number: i64 = connection.pragma_query_value(None, name, |row| row.get(0))?;
    Ok(u64::try_from(number).unwrap_or(0))
}

/// There is no log in memory, nor while nobody has written.
fn wal_bytes(connection: &Connection) -> Result<u64, Fault> {
    let Some(path) = connection.path().filter(|path| !path.is_empty()) else {
        return Ok(0);
    };
    match fs::metadata(PathBuf::from(format!("{path}-wal"))) {
        Ok(log) => Ok(log.len()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error.into()),
    }
}
