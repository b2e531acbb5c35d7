//! The content of a value, on its way to the pool.

use std::sync::Arc;

use crate::error::{Error, Kind, Result};
use crate::value::{Text, Value};

/// Text or bytes; both are written as they are.
#[derive(Clone, Debug)]
pub(super) enum Payload {
    /// Encoded text, or a string given raw.
    Text(Text),
    /// Bytes given raw.
    Bytes(Arc<[u8]>),
}

impl Payload {
    /// Takes what can be the content of a file.
    ///
    /// # Errors
    /// `INVALID_VALUE` for anything but text and bytes.
    pub(super) fn of(value: Value) -> Result<Self> {
        match value.detached() {
            Value::Text(text) => Ok(Payload::Text(text)),
            Value::Bytes(blob) => Ok(Payload::Bytes(blob.shared())),
            Value::Foreign(_) => Err(Error::new(
                Kind::InvalidValue,
                "only a string, a Buffer, a typed array or an ArrayBuffer can be stored in a file",
            )),
        }
    }

    /// The bytes to write.
    pub(super) fn as_bytes(&self) -> &[u8] {
        match self {
            Payload::Text(text) => text.as_str().as_bytes(),
            Payload::Bytes(bytes) => bytes,
        }
    }
}
