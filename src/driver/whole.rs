//! Streams of values that are only known, or only taken, as a whole.

use std::cell::{Cell, RefCell};

use super::{ByteSink, ByteSource, Context, Outcome};
use crate::error::{Error, Kind, Result};
use crate::maybe::MaybePromise;
use crate::value::Value;

/// The most bytes that are collected for one value: 512 MiB, the longest that JavaScript engines hold.
const MAX_COLLECTED_BYTES: usize = 512 * 1024 * 1024;

/// Cuts a value that is there.
pub struct WholeSource {
    value: Value,
    place: Cell<usize>,
}

impl WholeSource {
    /// Cuts `value`.
    ///
    /// # Errors
    /// `INVALID_VALUE` if it is neither text nor bytes.
    pub fn boxed(value: Value) -> Result<Box<dyn ByteSource>> {
        let value = value.detached();
        if value.as_bytes().is_none() {
            let message = "only text and bytes can be read as a stream";
            return Err(Error::new(Kind::InvalidValue, message));
        }
        Ok(Box::new(WholeSource {
            value,
            place: Cell::new(0),
        }))
    }
}

impl ByteSource for WholeSource {
    fn size(&self) -> u64 {
        self.value.byte_length() as u64
    }

    fn read(&self, most: usize, _cx: &Context) -> MaybePromise<Vec<u8>> {
        let bytes = self.value.as_bytes().unwrap_or_default();
        let start = self.place.get();
        let end = start.saturating_add(most).min(bytes.len());
        self.place.set(end);
        MaybePromise::ok(bytes.get(start..end).unwrap_or_default().to_vec())
    }
}

/// Collects a value and hands it on.
pub struct Collector<F> {
    bytes: RefCell<Vec<u8>>,
    take: F,
}

impl<F: Fn(Value, &Context) -> MaybePromise<Outcome> + 'static> Collector<F> {
    /// Collects for `take`, which is called at the end, if it comes.
    pub fn boxed(take: F) -> Box<dyn ByteSink> {
        Box::new(Collector {
            bytes: RefCell::default(),
            take,
        })
    }
}

impl<F: Fn(Value, &Context) -> MaybePromise<Outcome>> ByteSink for Collector<F> {
    fn write(&self, bytes: Vec<u8>, _cx: &Context) -> MaybePromise<()> {
        let mut collected = self.bytes.borrow_mut();
        if collected.len() + bytes.len() > MAX_COLLECTED_BYTES {
            let message = format!("the value is larger than {MAX_COLLECTED_BYTES} bytes");
            return MaybePromise::err(Error::new(Kind::LimitExceeded, message));
        }
        if collected.is_empty() {
            *collected = bytes;
        } else {
            collected.extend_from_slice(&bytes);
        }
        MaybePromise::ok(())
    }

    fn finish(&self, cx: &Context) -> MaybePromise<Outcome> {
        (self.take)(Value::bytes(self.bytes.take()), cx)
    }

    fn abort(&self, _cx: &Context) -> MaybePromise<()> {
        self.bytes.take();
        MaybePromise::ok(())
    }
}
