//! What writes do to the tables, inside a transaction of somebody else. All writes go through here.

use compact_str::CompactString;
use rusqlite::types::{Null, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, ToSql};

use super::range::end_of;
use super::reads;
use super::row::{Content, RowKind, checksum};
use super::schema::MAX_INLINE_BYTES;
use super::sql::Sql;
use crate::driver::{Addition, Verdict, add};
use crate::error::Fault;
use crate::value::Value;

/// How long an item lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lifetime {
    /// Until this time, in milliseconds since the Unix epoch; `None` for ever.
    Until(Option<i64>),
    /// As long as the old value would have.
    Kept,
}

/// What becomes of one key.
#[derive(Clone, Debug)]
pub(super) enum Edit {
    Set(Content, Lifetime),
    Remove,
    Add(Addition),
}

/// A value that a key must have.
#[derive(Clone, Debug)]
pub(super) struct Expectation {
    pub(super) key: CompactString,
    pub(super) content: Option<Content>,
}

/// Writes that are one: all of them, or none.
#[derive(Clone, Debug)]
pub(super) enum Work {
    /// Edits in their order, if the expectations hold.
    Edits {
        checks: Vec<Expectation>,
        edits: Vec<(CompactString, Edit)>,
    },
    /// Removes every key that starts with this.
    Clear(String),
}

impl Work {
    /// Bytes of the content that it writes.
    pub(super) fn weight(&self) -> usize {
        let weight = |(_, edit): &(CompactString, Edit)| match edit {
            Edit::Set(content, _) => content.as_bytes().len(),
            Edit::Remove | Edit::Add(_) => 0,
        };
        match self {
            Work::Edits { edits, .. } => edits.iter().map(weight).sum(),
            Work::Clear(_) => 0,
        }
    }

    /// The keys that it changed; `None` for those that nobody counted.
    pub(super) fn keys(&self) -> Option<impl Iterator<Item = &CompactString>> {
        match self {
            Work::Edits { edits, .. } => Some(edits.iter().map(|(key, _)| key)),
            Work::Clear(_) => None,
        }
    }
}

/// Writes to the tables of one store in one transaction. Its statements are prepared once.
pub(super) struct Pen<'c> {
    connection: &'c Connection,
    sql: &'c Sql,
    put: CachedStatement<'c>,
    /// Whether the table of large values may hold any: asking it for every key would cost as much as
    /// the write.
    any_large: bool,
}

impl<'c> Pen<'c> {
    pub(super) fn new(connection: &'c Connection, sql: &'c Sql) -> Result<Self, Fault> {
        let any_large = connection.prepare_cached(&sql.any_large)?.exists([])?;
        Ok(Pen {
            connection,
            sql,
            put: connection.prepare_cached(&sql.put)?,
            any_large,
        })
    }

    /// Does `work` at the time `now`. After a failure the transaction must not be committed.
    pub(super) fn apply(&mut self, work: &Work, now: i64) -> Result<Verdict, Fault> {
        match work {
            Work::Edits { checks, edits } => {
                for check in checks {
                    if !self.holds(check, now)? {
                        return Ok(Verdict::Conflict(check.key.clone()));
                    }
                }
                self.edit_all(edits, now).map(Verdict::Committed)
            }
            Work::Clear(base) => {
                self.clear(base)?;
                Ok(Verdict::Committed(Vec::new()))
            }
        }
    }

    fn holds(&self, check: &Expectation, now: i64) -> Result<bool, Fault> {
        let found = reads::get(self.connection, self.sql, &check.key, now)?;
        Ok(match (&found, &check.content) {
            (None, None) => true,
            (Some(found), Some(expected)) => found.content.is_same(expected),
            _ => false,
        })
    }

    fn edit_all(&mut self, edits: &[(CompactString, Edit)], now: i64) -> Result<Vec<f64>, Fault> {
        let mut sums = Vec::new();
        for (key, edit) in edits {
            match edit {
                Edit::Set(content, lifetime) => self.set(key, content, *lifetime, now)?,
                Edit::Remove => self.remove(key)?,
                Edit::Add(addition) => sums.push(self.add(key, addition, now)?),
            }
        }
        Ok(sums)
    }

    fn set(
        &mut self,
        key: &str,
        content: &Content,
        lifetime: Lifetime,
        now: i64,
    ) -> Result<(), Fault> {
        self.remove_large(key)?;
        let (kind, bytes) = (content.kind(), content.as_bytes());
        let is_large = bytes.len() > MAX_INLINE_BYTES;
        let large = is_large.then(|| self.put_large(bytes)).transpose()?;
        let put = &mut self.put;
        put.raw_bind_parameter(1, key)?;
        match is_large {
            true => put.raw_bind_parameter(2, Null)?,
            false => put.raw_bind_parameter(2, Inline(kind, bytes))?,
        }
        put.raw_bind_parameter(3, kind.number())?;
        put.raw_bind_parameter(4, checksum(key, kind, bytes))?;
        put.raw_bind_parameter(5, now)?;
        let (expires, is_kept) = match lifetime {
            Lifetime::Until(time) => (time, false),
            Lifetime::Kept => (None, true),
        };
        put.raw_bind_parameter(6, expires)?;
        put.raw_bind_parameter(7, large)?;
        put.raw_bind_parameter(8, is_kept)?;
        put.raw_execute()?;
        Ok(())
    }

    fn put_large(&mut self, bytes: &[u8]) -> Result<i64, Fault> {
        self.any_large = true;
        let mut statement = self.connection.prepare_cached(&self.sql.put_large)?;
        Ok(statement.insert([bytes])?)
    }

    fn remove(&mut self, key: &str) -> Result<(), Fault> {
        self.remove_large(key)?;
        self.connection
            .prepare_cached(&self.sql.remove)?
            .execute([key])?;
        Ok(())
    }

    fn remove_large(&self, key: &str) -> Result<(), Fault> {
        if self.any_large {
            self.connection
                .prepare_cached(&self.sql.remove_large)?
                .execute([key])?;
        }
        Ok(())
    }

    fn add(&mut self, key: &str, addition: &Addition, now: i64) -> Result<f64, Fault> {
        let found = reads::get(self.connection, self.sql, key, now)?;
        let stored = found.map(|found| Value::from(found.content));
        let (value, sum) = add(stored.as_ref(), addition)?;
        self.set(key, &Content::of(value)?, Lifetime::Kept, now)?;
        Ok(sum)
    }

    fn clear(&mut self, base: &str) -> Result<(), Fault> {
        let end = end_of(base);
        let (texts, bounds) = match (base, &end) {
            ("", _) => (&self.sql.clear, Vec::new()),
            (base, None) => (&self.sql.clear_from, vec![base]),
            (base, Some(end)) => (&self.sql.clear_between, vec![base, end.as_str()]),
        };
        for text in texts {
            self.connection
                .prepare_cached(text)?
                .execute(rusqlite::params_from_iter(&bounds))?;
        }
        Ok(())
    }
}

/// Content in its own column: text as text, so that other tools can read it.
struct Inline<'a>(RowKind, &'a [u8]);

impl ToSql for Inline<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let Inline(kind, bytes) = self;
        Ok(ToSqlOutput::Borrowed(match kind {
            RowKind::Text => ValueRef::Text(bytes),
            RowKind::Bytes(_) => ValueRef::Blob(bytes),
        }))
    }
}
