//! Parts of the keys, in the order of their bytes.

use std::ops::Bound;

use compact_str::CompactString;
use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection};

use super::row::{Content, content_of};
use super::schema::Tables;
use super::sql::content;
use crate::driver::{MAX_PAGE_BYTES, Page, Range};
use crate::error::Fault;
use crate::key;
use crate::value::Value;

/// A page on its way between threads.
#[derive(Debug, Default)]
pub(super) struct RawPage {
    items: Vec<(CompactString, Option<Content>)>,
    is_last: bool,
}

impl From<RawPage> for Page {
    fn from(page: RawPage) -> Self {
        let items = page.items.into_iter();
        Page {
            items: items
                .map(|(key, content)| (key, content.map(Value::from)))
                .collect(),
            is_last: page.is_last,
        }
    }
}

/// The first items of `range` at the time `now`.
pub(super) fn page(
    connection: &Connection,
    tables: &Tables,
    range: &Range,
    limit: usize,
    now: i64,
) -> Result<RawPage, Fault> {
    let mut statement = select(connection, tables, range, now)?;
    let mut rows = statement.raw_query();
    let (mut page, mut bytes) = (RawPage::default(), 0);
    while page.items.len() < limit && (bytes < MAX_PAGE_BYTES || page.items.is_empty()) {
        let Some(row) = rows.next()? else {
            page.is_last = true;
            break;
        };
        let key = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
        if key::is_meta(key) && !range.include_meta {
            continue;
        }
        let content = match range.keys_only {
            true => None,
            false => Some(content_in(key, row.get(1)?, row.get(2)?, row.get_ref(3)?)?),
        };
        bytes += key.len()
            + content
                .as_ref()
                .map_or(0, |content| content.as_bytes().len());
        page.items.push((key.into(), content));
    }
    Ok(page)
}

/// As [`content_of`], naming the key: among many, nobody would know which one is damaged.
pub(super) fn content_in(
    key: &str,
    kind: i64,
    expected: i64,
    content: ValueRef<'_>,
) -> Result<Content, Fault> {
    content_of(key, kind, expected, content).map_err(|fault| Fault {
        message: format!("{}: {key:?}", fault.message).into(),
        ..fault
    })
}

/// The rows of `range` at the time `now`: the key, and what [`content_in`] takes unless only keys are
/// wanted. Keys of metadata are always among them.
pub(super) fn select<'c>(
    connection: &'c Connection,
    tables: &Tables,
    range: &Range,
    now: i64,
) -> Result<CachedStatement<'c>, Fault> {
    let (lower, from) = bound(&range.lower, [" AND key >= ?2", " AND key > ?2"]);
    let (upper, to) = bound(&range.upper, [" AND key <= ?3", " AND key < ?3"]);
    let columns = match range.keys_only {
        true => "key".to_owned(),
        false => format!("key, kind, checksum, {}", content(tables)),
    };
    let direction = if range.reverse { "DESC" } else { "ASC" };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {columns} FROM \"{}\" \
         WHERE (expires IS NULL OR expires > ?1){lower}{upper} ORDER BY key {direction}",
        tables.items
    ))?;
    statement.raw_bind_parameter(1, now)?;
    if let Some(from) = from {
        statement.raw_bind_parameter(2, from)?;
    }
    if let Some(to) = to {
        statement.raw_bind_parameter(3, to)?;
    }
    Ok(statement)
}

/// The condition for a bound, with the text that it compares with.
fn bound<'a>(
    bound: &'a Bound<CompactString>,
    [included, excluded]: [&'static str; 2],
) -> (&'static str, Option<&'a str>) {
    match bound {
        Bound::Unbounded => ("", None),
        Bound::Included(key) => (included, Some(key)),
        Bound::Excluded(key) => (excluded, Some(key)),
    }
}
