//! Consistent views of a driver.

use std::ops::Bound;

use compact_str::CompactString;

use super::Context;
use crate::key::Key;
use crate::maybe::MaybePromise;
use crate::value::Value;

/// A part of the keys in their order, which is that of their UTF-8 bytes.
#[derive(Clone, Debug)]
pub struct Range {
    /// Where it begins.
    pub lower: Bound<CompactString>,
    /// Where it ends.
    pub upper: Bound<CompactString>,
    /// From the end to the beginning.
    pub reverse: bool,
    /// Leaves the values out: every value of the page is `None`.
    pub keys_only: bool,
    /// Meta keys (`key$`) are part of it.
    pub include_meta: bool,
}

/// What a range holds, as far as it was asked for.
#[derive(Debug, Default)]
pub struct Page {
    /// Keys, relative to the driver, with their values, in order.
    pub items: Vec<(CompactString, Option<Value>)>,
    /// Nothing follows.
    pub is_last: bool,
}

/// The items of a driver as they were at one moment. Items that end meanwhile by their time may stay
/// visible or not. Dropping it lets go of what it holds.
pub trait Snapshot {
    /// As [`super::Driver::get`].
    fn get(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Value>>;

    /// As [`super::Driver::get_raw`].
    fn get_raw(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Value>>;

    /// The first items of `range`, at most `limit` of them, fewer if they are large, at least one if
    /// there is one.
    fn page(&self, range: &Range, limit: usize, cx: &Context) -> MaybePromise<Page>;
}
