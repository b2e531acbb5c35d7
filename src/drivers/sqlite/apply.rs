//! What writes do to the tables, inside a transaction of somebody else. All writes go through here.

use std::sync::{Arc, Mutex, PoisonError};

use compact_str::CompactString;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, ToSql};

use super::blobs::Spool;
use super::changes::ChangeLog;
use super::connection::Site;
use super::reads;
use super::row::{Content, RowKind, checksum};
use super::schema::{MAX_INLINE_BYTES, Tables};
use super::sql::Sql;
use super::streams::locked;
use super::sweep::{Sweeper, Swept};
use crate::driver::{Addition, EventKind, Verdict, add};
use crate::error::Fault;
use crate::key::end_of_prefix;
use crate::pool;
use crate::value::Value;

/// After so many edits, or so many bytes of content, others may have the processor. To ask the clock after
/// each edit would take a fiftieth of the time.
const QUIET_EDITS: usize = 16;
const QUIET_BYTES: usize = 64 * 1024;

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
    /// Stores a value that came in pieces.
    Spooled {
        key: CompactString,
        spool: Arc<Mutex<Spool>>,
        lifetime: Lifetime,
    },
    /// Removes every key that starts with this.
    Clear(String),
    /// Removes some of the items whose time is over, and says which.
    Sweep(Arc<Mutex<Swept>>),
}

impl Edit {
    /// Bytes of the content that it writes.
    fn weight(&self) -> usize {
        match self {
            Edit::Set(content, _) => content.as_bytes().len(),
            Edit::Remove | Edit::Add(_) => 0,
        }
    }
}

impl Work {
    /// Bytes of the content that it writes.
    pub(super) fn weight(&self) -> usize {
        match self {
            Work::Edits { edits, .. } => edits.iter().map(|(_, edit)| edit.weight()).sum(),
            // In a group of its own: nobody else's write has to wait for it, or fails with it.
            Work::Spooled { .. } => usize::MAX / 2,
            Work::Clear(_) | Work::Sweep(_) => 0,
        }
    }

    /// The keys that it changed; `None` for those that nobody counted.
    pub(super) fn keys(&self) -> Option<impl Iterator<Item = &CompactString>> {
        let (edits, single) = match self {
            Work::Edits { edits, .. } => (edits.as_slice(), None),
            Work::Spooled { key, .. } => (&[] as &[_], Some(key)),
            Work::Clear(_) | Work::Sweep(_) => return None,
        };
        Some(edits.iter().map(|(key, _)| key).chain(single))
    }

    /// True if it stores what ends some day.
    pub(super) fn can_end(&self) -> bool {
        let ends = |lifetime: &Lifetime| matches!(lifetime, Lifetime::Until(Some(_)));
        match self {
            Work::Edits { edits, .. } => edits
                .iter()
                .any(|(_, edit)| matches!(edit, Edit::Set(_, lifetime) if ends(lifetime))),
            Work::Spooled { lifetime, .. } => ends(lifetime),
            Work::Clear(_) | Work::Sweep(_) => false,
        }
    }
}

/// Writes to the tables of one store in one transaction. Its statements are prepared once.
pub(super) struct Pen<'c> {
    connection: &'c Connection,
    tables: &'c Tables,
    sql: &'c Sql,
    log: &'c ChangeLog,
    put: CachedStatement<'c>,
    /// What it was last given that most rows of a batch have in common.
    bound: Option<Common>,
    /// Whether the table of large values may hold any: asking it for every key would cost as much as
    /// the write.
    any_large: bool,
}

impl<'c> Pen<'c> {
    /// `is_plain` if [`Pen::is_plain`] was true and nobody has committed since.
    pub(super) fn new(
        connection: &'c Connection,
        site: &'c Site,
        log: &'c ChangeLog,
        is_plain: bool,
    ) -> Result<Self, Fault> {
        let sql = &site.sql;
        let any_large = !is_plain && connection.prepare_cached(&sql.any_large)?.exists([])?;
        Ok(Pen {
            connection,
            tables: &site.tables,
            sql,
            log,
            put: connection.prepare_cached(&sql.put)?,
            bound: None,
            any_large,
        })
    }

    /// Nobody watches, and there are no large values.
    pub(super) fn is_plain(&self) -> bool {
        !self.any_large && !self.log.is_watched()
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
            Work::Spooled {
                key,
                spool,
                lifetime,
            } => {
                locked(spool, |spool| self.set_spooled(key, spool, *lifetime, now))?;
                Ok(Verdict::Committed(Vec::new()))
            }
            Work::Clear(base) => {
                self.clear(base)?;
                Ok(Verdict::Committed(Vec::new()))
            }
            Work::Sweep(swept) => {
                let step = Sweeper::new(self.tables).step(self.connection, self.log, now)?;
                *swept.lock().unwrap_or_else(PoisonError::into_inner) = step;
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
        let mut quiet = 0;
        for (key, edit) in self.in_order(edits) {
            quiet += QUIET_BYTES / QUIET_EDITS + edit.weight();
            if quiet >= QUIET_BYTES {
                quiet = 0;
                pool::give_way();
            }
            match edit {
                Edit::Set(content, lifetime) => self.set(key, content, *lifetime, now)?,
                Edit::Remove => self.remove(key)?,
                Edit::Add(addition) => sums.push(self.add(key, addition, now)?),
            }
        }
        Ok(sums)
    }

    /// In the order of the keys, neighbours lie on the same page; what concerns one key keeps its order.
    /// Who watches hears of changes in the order in which they were asked for, and sums are answered
    /// in it.
    fn in_order<'e>(&self, edits: &'e [(CompactString, Edit)]) -> Vec<&'e (CompactString, Edit)> {
        let mut order: Vec<_> = edits.iter().collect();
        let is_free = |(_, edit): &(_, Edit)| !matches!(edit, Edit::Add(_));
        if edits.len() > 1 && !self.log.is_watched() && edits.iter().all(is_free) {
            order.sort_by(|(one, _), (other, _)| one.cmp(other));
        }
        order
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
        let row = Row {
            kind,
            checksum: checksum(key, kind, bytes),
            place: if is_large {
                Held::Large(self.put_large(bytes)?)
            } else {
                Held::Inline(bytes)
            },
        };
        self.put_row(key, &row, lifetime, now)
    }

    fn set_spooled(
        &mut self,
        key: &str,
        spool: &mut Spool,
        lifetime: Lifetime,
        now: i64,
    ) -> Result<(), Fault> {
        self.remove_large(key)?;
        let large = match spool.inline() {
            Some(_) => None,
            None => Some(spool.store(self.connection, self.tables)?),
        };
        self.any_large |= large.is_some();
        let row = Row {
            kind: spool.kind(),
            checksum: spool.checksum(),
            place: match large {
                Some(id) => Held::Large(id),
                None => Held::Inline(spool.inline().unwrap_or_default()),
            },
        };
        self.put_row(key, &row, lifetime, now)
    }

    fn put_row(
        &mut self,
        key: &str,
        row: &Row<'_>,
        lifetime: Lifetime,
        now: i64,
    ) -> Result<(), Fault> {
        let (content, large) = match row.place {
            Held::Large(id) => (None, Some(id)),
            Held::Inline(bytes) => (Some(Inline(row.kind, bytes)), None),
        };
        self.bind(Common {
            kind: row.kind,
            now,
            lifetime,
            large,
        })?;
        let put = &mut self.put;
        put.raw_bind_parameter(1, key)?;
        put.raw_bind_parameter(2, content)?;
        put.raw_bind_parameter(4, row.checksum)?;
        put.raw_execute()?;
        self.log.note(self.connection, EventKind::Update, key)
    }

    /// SQLite keeps what it was given from one row to the next.
    fn bind(&mut self, common: Common) -> Result<(), Fault> {
        if self.bound == Some(common) {
            return Ok(());
        }
        let put = &mut self.put;
        put.raw_bind_parameter(3, common.kind.number())?;
        put.raw_bind_parameter(5, common.now)?;
        let (expires, is_kept) = match common.lifetime {
            Lifetime::Until(time) => (time, false),
            Lifetime::Kept => (None, true),
        };
        put.raw_bind_parameter(6, expires)?;
        put.raw_bind_parameter(7, common.large)?;
        put.raw_bind_parameter(8, is_kept)?;
        self.bound = Some(common);
        Ok(())
    }

    fn put_large(&mut self, bytes: &[u8]) -> Result<i64, Fault> {
        self.any_large = true;
        let mut statement = self.connection.prepare_cached(&self.sql.put_large)?;
        Ok(statement.insert([bytes])?)
    }

    fn remove(&mut self, key: &str) -> Result<(), Fault> {
        self.remove_large(key)?;
        let removed = self
            .connection
            .prepare_cached(&self.sql.remove)?
            .execute([key])?;
        if removed > 0 {
            self.log.note(self.connection, EventKind::Remove, key)?;
        }
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
        let end = end_of_prefix(base);
        let (texts, bounds) = match (base, &end) {
            ("", _) => (&self.sql.clear, Vec::new()),
            (base, None) => (&self.sql.clear_from, vec![base]),
            (base, Some(end)) => (&self.sql.clear_between, vec![base, end.as_str()]),
        };
        self.log.note_clear(self.connection, &bounds)?;
        for text in texts {
            self.connection
                .prepare_cached(text)?
                .execute(rusqlite::params_from_iter(&bounds))?;
        }
        Ok(())
    }
}

/// What a row has beside its key and its content.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Common {
    kind: RowKind,
    now: i64,
    lifetime: Lifetime,
    large: Option<i64>,
}

/// What is stored under a key, less when it was and how long.
struct Row<'a> {
    kind: RowKind,
    checksum: i64,
    place: Held<'a>,
}

/// Where the content of a row is.
enum Held<'a> {
    Inline(&'a [u8]),
    /// Beside it, under this number.
    Large(i64),
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
