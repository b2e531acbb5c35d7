//! The changes that watchers in other processes, or of other drivers, have not seen yet.
//!
//! - Rows are written only while somebody watches, in the transaction of the change itself: writers take
//!   turns, so the order of the numbers is the order of the commits, and who reads number n has seen all
//!   before it.
//! - `watcher` is the side that reads, `pulse` finds out who has died without signing off.

mod pulse;
mod watcher;

#[cfg(test)]
mod tests;

use std::time::Instant;

use rusqlite::{Connection, OptionalExtension as _, params, params_from_iter};

pub use self::watcher::{Opener, POLL_INTERVAL, Watcher};

use self::pulse::{BEAT_INTERVAL, Observer};
use super::schema::Tables;
use crate::driver::EventKind;
use crate::error::{Error, Fault, Kind};

/// The most watchers of one store. More are a leak.
pub const MAX_WATCHERS: i64 = 1024;

/// The most changes that a watcher may be behind: beyond it the log would fill the disk.
pub const MAX_BEHIND: i64 = 4_194_304;

/// The most rows that are removed from the log in one transaction.
const MAX_TRIMMED: i64 = 10_000;

/// Who writes: a driver, not a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriterId(i64);

impl WriterId {
    /// A number that nobody else has.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn random() -> Result<Self, Error> {
        random().map(WriterId).map_err(Error::from)
    }
}

fn random() -> Result<i64, Fault> {
    getrandom::u64().map(u64::cast_signed).map_err(|error| {
        Fault::new(
            Kind::Io,
            format!("the system has no random numbers: {error}"),
        )
    })
}

/// The log as the writer of one driver sees it. Everything happens in the writer's transactions.
#[derive(Debug)]
pub struct ChangeLog {
    sql: Statements,
    writer: WriterId,
    /// Somebody watches, as of the last [`ChangeLog::begin`].
    is_watched: bool,
    observer: Observer,
    observed: Option<Instant>,
}

impl ChangeLog {
    /// The log of a store.
    #[must_use]
    pub fn new(tables: &Tables, writer: WriterId) -> Self {
        ChangeLog {
            sql: Statements::new(tables),
            writer,
            is_watched: false,
            observer: Observer::default(),
            observed: None,
        }
    }

    /// Looks whether somebody watches. To be called at the beginning of each transaction that writes,
    /// after it has its lock.
    ///
    /// # Errors
    /// Errors of the file.
    pub fn begin(&mut self, connection: &Connection) -> Result<(), Fault> {
        self.is_watched = connection
            .prepare_cached(&self.sql.is_watched)?
            .query_row([], |row| row.get(0))?;
        let now = Instant::now();
        let is_due = self
            .observed
            .is_none_or(|last| now.duration_since(last) >= BEAT_INTERVAL);
        if self.is_watched && is_due {
            self.observed = Some(now);
            self.observer.look(connection, &self.sql, None, now)?;
        }
        Ok(())
    }

    /// True if changes have to be noted in this transaction.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.is_watched
    }

    /// Notes a change. Nothing if nobody watches.
    ///
    /// # Errors
    /// Errors of the file.
    pub fn note(&self, connection: &Connection, kind: EventKind, key: &str) -> Result<(), Fault> {
        if self.is_watched {
            connection
                .prepare_cached(&self.sql.append)?
                .execute(params![key, number_of(kind), self.writer.0])?;
        }
        Ok(())
    }

    /// Notes that all items are about to be removed whose key is not before the first of `bounds`, and
    /// before the second, as far as there are any. Nothing if nobody watches.
    ///
    /// # Errors
    /// Errors of the file.
    pub fn note_clear(&self, connection: &Connection, bounds: &[&str]) -> Result<(), Fault> {
        if self.is_watched {
            let range = match bounds.len() {
                0 => "",
                1 => " AND key >= ?1",
                _ => " AND key >= ?1 AND key < ?2",
            };
            let Statements { changes, items, .. } = &self.sql;
            let (kind, writer) = (number_of(EventKind::Remove), self.writer.0);
            let sql = format!(
                "INSERT INTO \"{changes}\" (key, kind, writer)
                 SELECT key, {kind}, {writer} FROM \"{items}\" WHERE true{range} ORDER BY key"
            );
            connection.execute(&sql, params_from_iter(bounds))?;
        }
        Ok(())
    }
}

const fn number_of(kind: EventKind) -> i64 {
    match kind {
        EventKind::Update => 0,
        EventKind::Remove => 1,
        EventKind::Expire => 2,
    }
}

fn kind_of(number: i64) -> Result<EventKind, Fault> {
    match number {
        0 => Ok(EventKind::Update),
        1 => Ok(EventKind::Remove),
        2 => Ok(EventKind::Expire),
        _ => Err(Fault::new(
            Kind::Corrupt,
            "The log of changes holds what is no change",
        )),
    }
}

/// The SQL of a store's log.
#[derive(Clone, Debug)]
struct Statements {
    is_watched: String,
    append: String,
    /// The newest number that was ever given.
    newest: String,
    watchers: String,
    register: String,
    beat: String,
    is_registered: String,
    sign_off: String,
    bury: String,
    trim: String,
    empty: String,
    read: String,
    changes: String,
    items: String,
}

impl Statements {
    fn new(tables: &Tables) -> Self {
        let Tables {
            changes, watchers, ..
        } = tables;
        Statements {
            is_watched: format!("SELECT EXISTS (SELECT 1 FROM \"{watchers}\")"),
            append: format!("INSERT INTO \"{changes}\" (key, kind, writer) VALUES (?1, ?2, ?3)"),
            newest: "SELECT seq FROM sqlite_sequence WHERE name = ?1".to_owned(),
            watchers: format!("SELECT id, seen, beat FROM \"{watchers}\""),
            register: format!("INSERT INTO \"{watchers}\" (id, seen, beat) VALUES (?1, ?2, 0)"),
            beat: format!("UPDATE \"{watchers}\" SET seen = ?2, beat = beat + 1 WHERE id = ?1"),
            is_registered: format!("SELECT 1 FROM \"{watchers}\" WHERE id = ?1"),
            sign_off: format!("DELETE FROM \"{watchers}\" WHERE id = ?1"),
            bury: format!("DELETE FROM \"{watchers}\" WHERE id = ?1 AND beat = ?2"),
            trim: format!(
                "DELETE FROM \"{changes}\"
                 WHERE sequence <= (SELECT min(seen) FROM \"{watchers}\")
                 AND sequence < (SELECT min(sequence) FROM \"{changes}\") + {MAX_TRIMMED}"
            ),
            empty: format!("DELETE FROM \"{changes}\""),
            read: format!(
                "SELECT sequence, key, kind, writer FROM \"{changes}\"
                 WHERE sequence > ?1 ORDER BY sequence LIMIT ?2"
            ),
            changes: changes.clone(),
            items: tables.items.clone(),
        }
    }

    fn newest(&self, connection: &Connection) -> Result<i64, Fault> {
        let newest: Option<i64> = connection
            .prepare_cached(&self.newest)?
            .query_row([&self.changes], |row| row.get(0))
            .optional()?;
        Ok(newest.unwrap_or(0))
    }

    /// Removes what every watcher has seen, and everything once nobody watches.
    fn trim(&self, connection: &Connection) -> Result<(), Fault> {
        let is_watched: bool = connection
            .prepare_cached(&self.is_watched)?
            .query_row([], |row| row.get(0))?;
        let sql = if is_watched { &self.trim } else { &self.empty };
        connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }
}
