//! Reads one value in pieces.

use std::borrow::Borrow;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::handle::LargeContent;
use crate::drivers::sqlite::row::{Checksum, RowKind, damaged, value_of};
use crate::drivers::sqlite::schema::Tables;
use crate::error::Fault;
use crate::value::Value;

/// A value that is being read, and how far.
#[derive(Debug)]
pub struct ValueReader<C: Borrow<Connection>> {
    content: Content<C>,
    size: u64,
    offset: u64,
}

#[derive(Debug)]
enum Content<C: Borrow<Connection>> {
    /// Checked as a whole already.
    Small(Arc<[u8]>),
    Large {
        blob: LargeContent<C>,
        checksum: Checksum,
        expected: i64,
    },
}

/// What opening a value gave.
pub enum Opened<C: Borrow<Connection>> {
    /// There is none. The connection is not needed.
    Missing(C),
    /// All of it is in memory. The connection is not needed.
    Small(ValueReader<C>, C),
    /// The reader keeps the connection, and with it the snapshot.
    Large(ValueReader<C>),
}

struct Found {
    kind: i64,
    checksum: i64,
    large: Option<i64>,
    value: Option<Value>,
}

/// Opens the value of `key` as of `now_ms` (since the Unix epoch), on a connection that has begun to read.
///
/// # Errors
/// `CORRUPT` for a small value that is damaged, or a large one without content; errors of the file.
pub fn open<C: Borrow<Connection>>(
    connection: C,
    tables: &Tables,
    key: &str,
    now_ms: i64,
) -> Result<Opened<C>, Fault> {
    let Some(found) = find(connection.borrow(), tables, key, now_ms)? else {
        return Ok(Opened::Missing(connection));
    };
    match (found.large, found.value) {
        (None, Some(value)) => Ok(Opened::Small(ValueReader::small(&value)?, connection)),
        (Some(id), _) => {
            let kind = RowKind::of(found.kind)?;
            let sql = format!("SELECT 1 FROM \"{}\" WHERE id = ?1", tables.large);
            if !connection.borrow().prepare_cached(&sql)?.exists([id])? {
                return Err(damaged());
            }
            let blob =
                LargeContent::open(connection, &tables.large, id).map_err(|(_, fault)| fault)?;
            Ok(Opened::Large(ValueReader {
                size: blob.size(),
                offset: 0,
                content: Content::Large {
                    blob,
                    checksum: Checksum::new(key, kind),
                    expected: found.checksum,
                },
            }))
        }
        (None, None) => Err(damaged()),
    }
}

fn find(
    connection: &Connection,
    tables: &Tables,
    key: &str,
    now_ms: i64,
) -> Result<Option<Found>, Fault> {
    let sql = format!(
        "SELECT kind, checksum, large, value FROM \"{}\"
         WHERE key = ?1 AND (expires IS NULL OR expires > ?2)",
        tables.items
    );
    let found = connection
        .prepare_cached(&sql)?
        .query_row(params![key, now_ms], |row| {
            let (kind, checksum): (i64, i64) = (row.get(0)?, row.get(1)?);
            let large: Option<i64> = row.get(2)?;
            let value = match large {
                Some(_) => None,
                None => Some(value_of(key, kind, checksum, row.get_ref(3)?)),
            };
            Ok((kind, checksum, large, value))
        })
        .optional()?;
    let Some((kind, checksum, large, value)) = found else {
        return Ok(None);
    };
    Ok(Some(Found {
        kind,
        checksum,
        large,
        value: value.transpose()?,
    }))
}

impl<C: Borrow<Connection>> ValueReader<C> {
    /// True for a large value, whose pieces are in the file.
    #[must_use]
    pub fn keeps_connection(&self) -> bool {
        matches!(self.content, Content::Large { .. })
    }

    /// A reader of a value that is in memory.
    ///
    /// # Errors
    /// `CORRUPT` for what a row cannot hold.
    pub fn small(value: &Value) -> Result<Self, Fault> {
        let bytes: Arc<[u8]> = match value {
            Value::Text(text) => text.as_str().as_bytes().into(),
            Value::Bytes(blob) => blob.shared(),
            // A row holds text or bytes.
            Value::Foreign(_) => return Err(damaged()),
        };
        Ok(ValueReader {
            size: bytes.len() as u64,
            offset: 0,
            content: Content::Small(bytes),
        })
    }

    /// Bytes of the whole value.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The next bytes, at most `most`; empty at the end.
    ///
    /// # Errors
    /// `CORRUPT` along with the last bytes if the checksum does not fit; errors of the file.
    pub fn read(&mut self, most: usize) -> Result<Vec<u8>, Fault> {
        let left = usize::try_from(self.size - self.offset).unwrap_or(usize::MAX);
        let length = left.min(most);
        let begin = self.offset;
        self.offset += length as u64;
        match &mut self.content {
            Content::Small(bytes) => {
                let begin = usize::try_from(begin).unwrap_or(usize::MAX);
                let piece = bytes.get(begin..begin.saturating_add(length));
                Ok(piece.unwrap_or_default().to_vec())
            }
            Content::Large {
                blob,
                checksum,
                expected,
            } => {
                let mut piece = vec![0; length];
                blob.read_at(&mut piece, begin)?;
                checksum.update(&piece);
                if self.offset == self.size && checksum.clone().finish() != *expected {
                    return Err(damaged());
                }
                Ok(piece)
            }
        }
    }

    /// The connection, if the reader kept it.
    #[must_use]
    pub fn into_connection(self) -> Option<C> {
        match self.content {
            Content::Small(_) => None,
            Content::Large { blob, .. } => blob.into_connection(),
        }
    }
}
