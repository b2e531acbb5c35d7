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

/// What a row holds, free to go to other threads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Text: `setItem`, or a string given to `setItemRaw`.
    Text(Text),
    /// Bytes.
    Bytes(Blob),
}

impl Content {
    /// Takes what a row can hold.
    ///
    /// # Errors
    /// `INVALID_VALUE` for anything but text and bytes.
    pub fn of(value: Value) -> Result<Self, Fault> {
        match value.detached() {
            Value::Text(text) => Ok(Content::Text(text)),
            Value::Bytes(blob) => Ok(Content::Bytes(blob)),
            Value::Foreign(_) => Err(Fault::new(
                Kind::InvalidValue,
                "only a string, a Buffer, a typed array or an ArrayBuffer can be stored in a database",
            )),
        }
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> RowKind {
        match self {
            Content::Text(_) => RowKind::Text,
            Content::Bytes(blob) => RowKind::Bytes(blob.kind()),
        }
    }

    /// What is stored.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Content::Text(text) => text.as_str().as_bytes(),
            Content::Bytes(blob) => blob.as_bytes(),
        }
    }

    /// True for the same text or the same bytes, in whatever class they came.
    #[must_use]
    pub fn is_same(&self, other: &Content) -> bool {
        let is_text = |content: &Content| matches!(content, Content::Text(_));
        is_text(self) == is_text(other) && self.as_bytes() == other.as_bytes()
    }
}

impl From<Content> for Value {
    fn from(content: Content) -> Self {
        match content {
            Content::Text(text) => Value::Text(text),
            Content::Bytes(blob) => Value::Bytes(blob),
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

/// The content of a row, which was found as `content`.
///
/// # Errors
/// `CORRUPT` if the checksum does not fit, or the content is not of its kind.
pub fn content_of(
    key: &str,
    kind: i64,
    expected: i64,
    content: ValueRef<'_>,
) -> Result<Content, Fault> {
    let kind = RowKind::of(kind)?;
    let (ValueRef::Text(bytes) | ValueRef::Blob(bytes)) = content else {
        return Err(damaged());
    };
    if checksum(key, kind, bytes) != expected {
        return Err(damaged());
    }
    match kind {
        RowKind::Text => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Content::Text(Text::new(text))),
            Err(_) => Err(damaged()),
        },
        RowKind::Bytes(kind) => Ok(Content::Bytes(Blob::new(Arc::<[u8]>::from(bytes), kind))),
    }
}

/// As [`content_of`], as a value.
///
/// # Errors
/// As [`content_of`].
pub fn value_of(
    key: &str,
    kind: i64,
    expected: i64,
    content: ValueRef<'_>,
) -> Result<Value, Fault> {
    content_of(key, kind, expected, content).map(Value::from)
}

/// The content of a row is not what was written.
#[must_use]
pub fn damaged() -> Fault {
    Fault::new(
        Kind::Corrupt,
        "The stored value is damaged: its checksum does not fit",
    )
}
