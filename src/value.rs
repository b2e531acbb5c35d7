//! What drivers store: text, bytes, or a JavaScript value that native code only carries.

use std::any::Any;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

/// A value as a driver sees it.
///
/// `Clone` is a reference count, never a copy of the content.
#[derive(Clone, Debug)]
pub enum Value {
    /// Encoded text (`setItem`), or a string given to `setItemRaw`.
    Text(Text),
    /// Bytes given to `setItemRaw`, or the content of a file read raw.
    Bytes(Blob),
    /// A JavaScript value that native code carries without looking into it.
    Foreign(Foreign),
}

/// UTF-8 text, shared. Remembers whether it is ASCII, which V8 takes several times faster.
#[derive(Clone, PartialEq, Eq)]
pub struct Text {
    content: Arc<str>,
    ascii: bool,
}

impl Text {
    /// Shares `content`.
    pub fn new(content: impl Into<Arc<str>>) -> Self {
        let content = content.into();
        let ascii = content.is_ascii();
        Text { content, ascii }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.content
    }

    /// True if every character is ASCII.
    #[must_use]
    pub fn is_ascii(&self) -> bool {
        self.ascii
    }

    /// The shared content.
    #[must_use]
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.content)
    }
}

impl fmt::Debug for Text {
    /// Prints the size only: values may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.content.len())
    }
}

/// The JavaScript class in which bytes came, so that they leave in the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlobKind {
    /// `Buffer`, also for stores that cannot tell.
    Buffer,
    /// `Uint8Array`.
    Uint8Array,
    /// `ArrayBuffer`.
    ArrayBuffer,
}

/// Bytes, shared.
#[derive(Clone, PartialEq, Eq)]
pub struct Blob {
    content: Arc<[u8]>,
    kind: BlobKind,
}

impl Blob {
    /// Shares `content`.
    pub fn new(content: impl Into<Arc<[u8]>>, kind: BlobKind) -> Self {
        Blob {
            content: content.into(),
            kind,
        }
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.content
    }

    /// The class in which the bytes came.
    #[must_use]
    pub fn kind(&self) -> BlobKind {
        self.kind
    }

    /// The shared content.
    #[must_use]
    pub fn shared(&self) -> Arc<[u8]> {
        Arc::clone(&self.content)
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({} bytes, {:?})", self.content.len(), self.kind)
    }
}

/// A value of the host language.
pub trait ForeignValue: fmt::Debug {
    /// A private copy of the bytes, if the value is a byte container (`Uint8Array`, `Buffer`, …).
    fn to_blob(&self) -> Option<Blob>;
    /// For the border, which knows the concrete type.
    fn as_any(&self) -> &dyn Any;
}

/// A shared handle to a value of the host language. Stays on its thread.
#[derive(Clone, Debug)]
pub struct Foreign(Rc<dyn ForeignValue>);

impl Foreign {
    /// Wraps a host value.
    pub fn new(value: impl ForeignValue + 'static) -> Self {
        Foreign(Rc::new(value))
    }

    /// A private copy of the bytes, if the value is a byte container.
    #[must_use]
    pub fn to_blob(&self) -> Option<Blob> {
        self.0.to_blob()
    }

    /// For the border, which knows the concrete type.
    #[must_use]
    pub fn as_any(&self) -> &dyn Any {
        self.0.as_any()
    }
}

impl Value {
    /// Text.
    pub fn text(content: impl Into<Arc<str>>) -> Self {
        Value::Text(Text::new(content))
    }

    /// Bytes that leave as a `Buffer`.
    pub fn bytes(content: impl Into<Arc<[u8]>>) -> Self {
        Value::Bytes(Blob::new(content, BlobKind::Buffer))
    }

    /// The bytes of text or of bytes.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Value::Text(text) => Some(text.as_str().as_bytes()),
            Value::Bytes(blob) => Some(blob.as_bytes()),
            Value::Foreign(_) => None,
        }
    }

    /// The length in bytes; 0 for a foreign value, which native code does not know.
    #[must_use]
    pub fn byte_length(&self) -> usize {
        self.as_bytes().map_or(0, <[u8]>::len)
    }

    /// True if both have the same content, whether as text or as bytes. A foreign value is the same
    /// only as itself.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Value::Foreign(one), Value::Foreign(other)) => Rc::ptr_eq(&one.0, &other.0),
            (one, other) => one.as_bytes().is_some() && one.as_bytes() == other.as_bytes(),
        }
    }

    /// The value with foreign byte containers replaced by a private copy of their bytes, so that
    /// a caller who changes its buffer later does not change what is stored.
    #[must_use]
    pub fn detached(self) -> Self {
        match self {
            Value::Foreign(foreign) => match foreign.to_blob() {
                Some(blob) => Value::Bytes(blob),
                None => Value::Foreign(foreign),
            },
            owned => owned,
        }
    }
}
