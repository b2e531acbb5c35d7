//! Removes items whose time is over. Nobody sees them any more before that: this gives back the space, and
//! tells listeners.

use compact_str::CompactString;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::changes::ChangeLog;
use super::schema::Tables;
use crate::driver::EventKind;
use crate::error::Fault;

/// The most items that are removed in one transaction, so that other writers do not wait for long.
pub const MAX_ROWS_PER_STEP: usize = 500;

/// Removes the items of a store that have ended, the oldest first.
#[derive(Clone, Debug)]
pub struct Sweeper {
    remove: String,
    remove_large: String,
    next: String,
}

/// What one step removed.
#[derive(Debug, Default)]
pub struct Swept {
    /// The keys of the items.
    pub keys: Vec<CompactString>,
    /// Nothing that has ended is left.
    pub is_done: bool,
    /// When the next item ends, in milliseconds since the Unix epoch; `None` if none ever will.
    pub next: Option<i64>,
}

impl Sweeper {
    /// The sweeper of a store.
    #[must_use]
    pub fn new(tables: &Tables) -> Self {
        let Tables { items, large, .. } = tables;
        Sweeper {
            remove: format!(
                "DELETE FROM \"{items}\" WHERE key IN
                 (SELECT key FROM \"{items}\" WHERE expires <= ?1 ORDER BY expires LIMIT ?2)
                 RETURNING key, large"
            ),
            remove_large: format!("DELETE FROM \"{large}\" WHERE id = ?1"),
            next: format!("SELECT min(expires) FROM \"{items}\" WHERE expires IS NOT NULL"),
        }
    }

    /// One step at the time `now_ms` (since the Unix epoch), in a transaction that writes, in which
    /// `log` has begun.
    ///
    /// # Errors
    /// Errors of the file.
    pub fn step(
        &self,
        connection: &Connection,
        log: &ChangeLog,
        now_ms: i64,
    ) -> Result<Swept, Fault> {
        let limit = i64::try_from(MAX_ROWS_PER_STEP).unwrap_or(i64::MAX);
        let mut statement = connection.prepare_cached(&self.remove)?;
        let rows =
            statement.query_map(params![now_ms, limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
        // All rows first: what they name is removed by other statements.
        let rows: Vec<(String, Option<i64>)> = rows.collect::<Result<_, _>>()?;
        let mut swept = Swept {
            keys: Vec::with_capacity(rows.len()),
            is_done: rows.len() < MAX_ROWS_PER_STEP,
            next: self.next(connection)?,
        };
        for (key, large) in rows {
            if let Some(large) = large {
                connection
                    .prepare_cached(&self.remove_large)?
                    .execute([large])?;
            }
            log.note(connection, EventKind::Expire, &key)?;
            swept.keys.push(key.into());
        }
        Ok(swept)
    }

    /// When the next item ends, in milliseconds since the Unix epoch; `None` if none ever will.
    ///
    /// # Errors
    /// Errors of the file.
    pub fn next(&self, connection: &Connection) -> Result<Option<i64>, Fault> {
        let next = connection
            .prepare_cached(&self.next)?
            .query_row([], |row| row.get(0))
            .optional()?;
        Ok(next.flatten())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::*;
    use crate::drivers::sqlite::changes::WriterId;
    use crate::drivers::sqlite::schema::prepare;

    fn with_items(ended: usize, lasting: usize) -> (Connection, Tables) {
        let tables = Tables::of("kv").unwrap();
        let mut connection = Connection::open_in_memory().unwrap();
        prepare(&mut connection, &tables).unwrap();
        for index in 0..ended + lasting {
            let expires = if index < ended { 1_000 } else { 5_000 };
            connection
                .execute(
                    "INSERT INTO kv (key, value, kind, checksum, created, modified, expires)
                     VALUES (?1, 'x', 0, 0, 0, 0, ?2)",
                    params![format!("key-{index}"), expires],
                )
                .unwrap();
        }
        (connection, tables)
    }

    #[test]
    fn what_has_ended_goes_in_small_steps_and_the_rest_stays() {
        let (connection, tables) = with_items(MAX_ROWS_PER_STEP + 1, 3);
        let sweeper = Sweeper::new(&tables);
        let log = ChangeLog::new(&tables, WriterId::random().unwrap());
        assert_eq!(sweeper.next(&connection).unwrap(), Some(1_000));
        let first = sweeper.step(&connection, &log, 1_000).unwrap();
        assert_eq!(
            (first.keys.len(), first.is_done),
            (MAX_ROWS_PER_STEP, false)
        );
        let second = sweeper.step(&connection, &log, 1_000).unwrap();
        assert_eq!((second.keys.len(), second.is_done), (1, true));
        assert_eq!(sweeper.next(&connection).unwrap(), Some(5_000));
    }

    #[test]
    fn the_content_of_a_large_value_goes_along() {
        let (connection, tables) = with_items(1, 0);
        connection
            .execute_batch("INSERT INTO kv_large VALUES (7, x'00'); UPDATE kv SET large = 7")
            .unwrap();
        let log = ChangeLog::new(&tables, WriterId::random().unwrap());
        let swept = Sweeper::new(&tables)
            .step(&connection, &log, 2_000)
            .unwrap();
        assert_eq!(swept.keys, ["key-0"]);
        let left: i64 = connection
            .query_row("SELECT count(*) FROM kv_large", [], |row| row.get(0))
            .unwrap();
        assert_eq!(left, 0);
    }
}
