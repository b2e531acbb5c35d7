//! Raw values in pieces, for those too large for memory.

use super::{Context, Outcome};
use crate::maybe::MaybePromise;

/// Reads the value of one key from its beginning to its end. What it reads is the value as it was
/// when the reading began, whatever is written meanwhile. Dropping it lets go of what it holds.
pub trait ByteSource {
    /// Bytes of the whole value.
    fn size(&self) -> u64;

    /// The next bytes, at most `most`; empty at the end. One call at a time. A value that turns out
    /// to be damaged is `CORRUPT`, at the latest where the end would be.
    fn read(&self, most: usize, cx: &Context) -> MaybePromise<Vec<u8>>;
}

/// Takes a new value in pieces. Nobody sees it before [`ByteSink::finish`]; dropping it before that
/// leaves the old value as it was.
pub trait ByteSink {
    /// Adds bytes behind those before. One call at a time.
    fn write(&self, bytes: Vec<u8>, cx: &Context) -> MaybePromise<()>;

    /// Puts the value in place of the old one, as [`super::Driver::set_raw`] does. No call follows.
    fn finish(&self, cx: &Context) -> MaybePromise<Outcome>;

    /// Gives up, and waits until nothing is left of it. No call follows.
    fn abort(&self, cx: &Context) -> MaybePromise<()>;
}
