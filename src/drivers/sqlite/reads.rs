//! What is asked of a connection.

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::moment::at_one_moment;
use super::range::{content_in, select};
use super::row::{Content, content_of};
use super::schema::Tables;
use super::sql::{KEYS_AT_ONCE, Sql};
use crate::driver::{Meta, Range};
use crate::error::{Fault, Kind};
use crate::key::{self, KeyList};

/// The most keys of one listing.
pub const MAX_LISTED_KEYS: usize = 10_000_000;

/// An item that was found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) content: Content,
    /// When it ends, in milliseconds since the Unix epoch.
    pub(super) expires: Option<i64>,
}

/// What the item of a key is at the time `now`.
pub(super) fn get(
    connection: &Connection,
    sql: &Sql,
    key: &str,
    now: i64,
) -> Result<Option<Found>, Fault> {
    let mut statement = connection.prepare_cached(&sql.get)?;
    statement.raw_bind_parameter(1, key)?;
    statement.raw_bind_parameter(2, now)?;
    let mut rows = statement.raw_query();
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let content = content_of(key, row.get(1)?, row.get(2)?, row.get_ref(0)?)?;
    Ok(Some(Found {
        content,
        expires: row.get(3)?,
    }))
}

/// Whether there is an item.
pub(super) fn has(connection: &Connection, sql: &Sql, key: &str, now: i64) -> Result<bool, Fault> {
    let mut statement = connection.prepare_cached(&sql.has)?;
    Ok(statement.exists((key, now))?)
}

/// The items of several keys, as they were together at one moment.
pub(super) fn get_many(
    connection: &Connection,
    sql: &Sql,
    keys: &KeyList,
    now: i64,
) -> Result<Vec<Option<Found>>, Fault> {
    at_one_moment(connection, || get_each(connection, sql, keys, now))
}

fn get_each(
    connection: &Connection,
    sql: &Sql,
    keys: &KeyList,
    now: i64,
) -> Result<Vec<Option<Found>>, Fault> {
    let mut statement = connection.prepare_cached(&sql.get_several)?;
    statement.raw_bind_parameter(1, now)?;
    let mut found = vec![None; keys.len()];
    // In the order of the keys, neighbours lie on the same page.
    let mut order: Vec<_> = keys.iter().zip(&mut found).collect();
    order.sort_unstable_by_key(|(key, _)| *key);
    for wanted in order.chunks_mut(KEYS_AT_ONCE) {
        for place in 0..KEYS_AT_ONCE {
            let key = wanted.get(place).map(|(key, _)| *key);
            statement.raw_bind_parameter(place + 2, key)?;
        }
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            if let Some((key, found)) = wanted.get_mut(usize::from(row.get::<_, u16>(0)?)) {
                **found = Some(Found {
                    content: content_in(key, row.get(2)?, row.get(3)?, row.get_ref(1)?)?,
                    expires: row.get(4)?,
                });
            }
        }
    }
    Ok(found)
}

/// What is known of an item.
pub(super) fn meta(
    connection: &Connection,
    sql: &Sql,
    key: &str,
    now: i64,
) -> Result<Option<Facts>, Fault> {
    let mut statement = connection.prepare_cached(&sql.meta)?;
    Ok(statement.query_row((key, now), Facts::of).optional()?)
}

/// Metadata on its way between threads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    created: i64,
    modified: i64,
    expires: Option<i64>,
    size: Option<i64>,
}

impl Facts {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Facts {
            created: row.get(0)?,
            modified: row.get(1)?,
            expires: row.get(2)?,
            size: row.get(3)?,
        })
    }
}

impl From<Facts> for Meta {
    fn from(facts: Facts) -> Self {
        Meta {
            mtime_ms: Some(milliseconds(facts.modified)),
            birthtime_ms: Some(milliseconds(facts.created)),
            size: facts.size.and_then(|size| u64::try_from(size).ok()),
            expires_ms: facts.expires.map(milliseconds),
            ..Meta::default()
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "times of this epoch are far below 2^53 milliseconds"
)]
fn milliseconds(time: i64) -> f64 {
    time as f64
}

/// The keys that start with `base` and have at most `max_depth` separators, in order.
pub(super) fn keys(
    connection: &Connection,
    tables: &Tables,
    base: &str,
    max_depth: Option<usize>,
    now: i64,
) -> Result<KeyList, Fault> {
    let mut statement = select(connection, tables, &Range::below(base), now)?;
    let mut rows = statement.raw_query();
    let mut keys = KeyList::new();
    while let Some(row) = rows.next()? {
        let key = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
        if max_depth.is_some_and(|depth| key::depth(key) > depth) {
            continue;
        }
        if keys.len() == MAX_LISTED_KEYS {
            let message = format!("There are more than {MAX_LISTED_KEYS} keys below {base:?}");
            return Err(Fault::new(Kind::LimitExceeded, message));
        }
        keys.push(key);
    }
    Ok(keys)
}
