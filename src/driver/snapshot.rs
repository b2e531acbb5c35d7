//! Consistent views of a driver.

use std::ops::Bound;

use compact_str::CompactString;

use super::Context;
use crate::key::{Key, end_of_prefix};
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

/// A page ends behind the item with which its keys and values exceed this number of bytes: 4 MiB.
pub const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;

impl Range {
    /// All keys that start with `base`, without their values, those of metadata included.
    #[must_use]
    pub fn below(base: &str) -> Self {
        Range {
            lower: match base {
                "" => Bound::Unbounded,
                base => Bound::Included(base.into()),
            },
            upper: end_of_prefix(base).map_or(Bound::Unbounded, |end| Bound::Excluded(end.into())),
            reverse: false,
            keys_only: true,
            include_meta: true,
        }
    }

    /// The keys of the range, in its order, of keys that are sorted.
    pub fn walk<'k>(&self, sorted: &'k [CompactString]) -> impl Iterator<Item = &'k CompactString> {
        let start = match &self.lower {
            Bound::Unbounded => 0,
            Bound::Included(first) => sorted.partition_point(|key| key < first),
            Bound::Excluded(before) => sorted.partition_point(|key| key <= before),
        };
        let end = match &self.upper {
            Bound::Unbounded => sorted.len(),
            Bound::Included(last) => sorted.partition_point(|key| key <= last),
            Bound::Excluded(behind) => sorted.partition_point(|key| key < behind),
        };
        let part = sorted.get(start..end).unwrap_or_default();
        let (forward, backward) = if self.reverse {
            (None, Some(part.iter().rev()))
        } else {
            (Some(part.iter()), None)
        };
        forward
            .into_iter()
            .flatten()
            .chain(backward.into_iter().flatten())
    }

    /// The rest of the range behind `key`, which is one of its keys.
    pub fn skip_to(&mut self, key: CompactString) {
        if self.reverse {
            self.upper = Bound::Excluded(key);
        } else {
            self.lower = Bound::Excluded(key);
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::is_below;

    #[test]
    fn below_a_base_are_the_keys_that_start_with_it() {
        let keys = ["", "a", "a:", "a:$", "a:b", "a:\u{10ffff}", "a;", "b:"];
        let keys = keys.map(CompactString::from);
        for base in ["", "a", "a:", "b:", "c:", "\u{10ffff}"] {
            let found: Vec<_> = Range::below(base).walk(&keys).collect();
            let expected: Vec<_> = keys.iter().filter(|key| is_below(key, base)).collect();
            assert_eq!(found, expected, "{base:?}");
        }
    }
}
