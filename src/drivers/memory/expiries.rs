//! When items end: a table beside the items, so that those which do not end pay nothing for it.

use std::collections::{BTreeSet, HashMap};

use compact_str::CompactString;

/// The keys of items that end, with the time in milliseconds since the Unix epoch.
#[derive(Default)]
pub(super) struct Expiries {
    ends: HashMap<CompactString, Rank>,
    order: BTreeSet<(Rank, CompactString)>,
}

/// A time as a number that sorts like it: the bits of doubles above zero do.
type Rank = u64;

fn rank(time_ms: f64) -> Rank {
    time_ms.max(0.0).to_bits()
}

impl Expiries {
    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// When the item ends; `None` for never.
    pub(super) fn end_of(&self, key: &str) -> Option<f64> {
        self.ends.get(key).copied().map(f64::from_bits)
    }

    /// True if the time of `key` is over.
    pub(super) fn is_over(&self, key: &str, now_ms: f64) -> bool {
        self.end_of(key).is_some_and(|end| end <= now_ms)
    }

    pub(super) fn set(&mut self, key: &str, end_ms: Option<f64>) {
        if let Some((key, old)) = self.ends.remove_entry(key) {
            self.order.remove(&(old, key));
        }
        if let Some(end) = end_ms {
            let key = CompactString::from(key);
            self.ends.insert(key.clone(), rank(end));
            self.order.insert((rank(end), key));
        }
    }

    pub(super) fn retain(&mut self, passes: impl Fn(&str) -> bool) {
        self.ends.retain(|key, _| passes(key));
        self.order.retain(|(_, key)| passes(key));
    }

    /// When the first item ends.
    pub(super) fn first(&self) -> Option<f64> {
        self.order.first().map(|(end, _)| f64::from_bits(*end))
    }

    /// The number of items whose time is over, and which are still there.
    pub(super) fn count_over(&self, now_ms: f64) -> usize {
        let over = self
            .order
            .iter()
            .take_while(|(end, _)| *end <= rank(now_ms));
        over.count()
    }

    /// Takes out up to `most` keys whose time is over, in the order of their ends.
    pub(super) fn take_over(&mut self, now_ms: f64, most: usize) -> Vec<CompactString> {
        let mut over = Vec::new();
        while over.len() < most && self.first().is_some_and(|end| end <= now_ms) {
            if let Some((_, key)) = self.order.pop_first() {
                self.ends.remove(&key);
                over.push(key);
            }
        }
        over
    }
}
