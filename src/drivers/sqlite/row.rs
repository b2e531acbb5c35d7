//! A value as it stands in a row, with its checksum.

use std::sync::Arc;

use rusqlite::types::ValueRef;

use crate::error::{Fault, Kind};
use crate::value::{Blob, BlobKind, Text, Value};

/// What a value is, as the column `kind` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// Text: `setItem`, or a string given to `setItemRaw`.
    Text,
    /// Bytes, in the class in which they came.
    Bytes(BlobKind),
}

impl RowKind {
    /// The number in the column.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            RowKind::Text => 0,
            RowKind::Bytes(BlobKind::Buffer) => 1,
            RowKind::Bytes(BlobKind::Uint8Array) => 2,
            RowKind::Bytes(BlobKind::ArrayBuffer) => 3,
        }
    }

    /// What a number in the column means.
    ///
    /// # Errors
    /// `CORRUPT` for a number that means nothing.
    pub fn of(number: i64) -> Result<Self, Fault> {
        match number {
            0 => Ok(RowKind::Text),
            1 => Ok(RowKind::Bytes(BlobKind::Buffer)),
            2 => Ok(RowKind::Bytes(BlobKind::Uint8Array)),
            3 => Ok(RowKind::Bytes(BlobKind::ArrayBuffer)),
            _ => Err(damaged()),
        }
    }
}

/// Counts up the checksum of a row: CRC-32 over the key, a zero byte, the kind and the content, so that
/// content under a wrong key is found too.
#[derive(Clone, Debug)]
pub struct Checksum(crc32fast::Hasher);

impl Checksum {
    /// The checksum of a row without its content.
    #[must_use]
    pub fn new(key: &str, kind: RowKind) -> Self {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(key.as_bytes());
        hasher.update(&[0]);
        hasher.update(&kind.number().to_le_bytes());
        Checksum(hasher)
    }

    /// Adds content.
    pub fn update(&mut self, content: &[u8]) {
        self.0.update(content);
    }

    /// The number in the column.
    #[must_use]
    pub fn finish(self) -> i64 {
        i64::from(self.0.finalize())
    }
}

/// The checksum of a whole row.
#[must_use]
pub fn checksum(key: &str, kind: RowKind, content: &[u8]) -> i64 {
    let mut checksum = Checksum::new(key, kind);
    checksum.update(content);
    checksum.finish()
}

/// The value of a row whose content is `content`.
///
/// # Errors
/// `CORRUPT` if the checksum does not fit, or the content is not of its kind.
pub fn value_of(
    key: &str,
    kind: i64,
    expected: i64,
    content: ValueRef<'_>,
) -> Result<Value, Fault> {
    let kind = RowKind::of(kind)?;
    let (ValueRef::Text(bytes) | ValueRef::Blob(bytes)) = content else {
        return Err(damaged());
    };
    if checksum(key, kind, bytes) != expected {
        return Err(damaged());
    }
    match kind {
        RowKind::Text => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Value::Text(Text::new(text))),
            Err(_) => Err(damaged()),
        },
        RowKind::Bytes(kind) => Ok(Value::Bytes(Blob::new(Arc::<[u8]>::from(bytes), kind))),
    }
}

/// The content of a row is not what was written.
#[must_use]
pub fn damaged() -> Fault {
    Fault::new(
        Kind::Corrupt,
        "The stored value is damaged: its checksum does not fit",
    )
}
