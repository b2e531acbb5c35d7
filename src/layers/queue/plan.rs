//! Cuts a flight into segments whose operations may run side by side.

use std::collections::HashSet;

use compact_str::CompactString;
use hashbrown::DefaultHashBuilder;

use super::index::KeyHash;
use super::log::Log;
use super::operation::{Action, Operation};
use crate::driver::SetItem;

/// The most operations that go down at once: a turn of the orchestrating thread stays short, and a
/// read that must wait for its turn below waits for few writes. A flight of the default size fits.
pub(super) const MAX_SEGMENT: usize = 1024;

/// Operations, by number, no two of which touch the same key: whatever the driver below does with
/// the calls, the order per key is kept.
#[derive(Default)]
pub(super) struct Segment {
    /// Plain sets, which go down as one batch, and their numbers in the same order.
    pub(super) items: Vec<SetItem>,
    pub(super) numbers: Vec<u64>,
    /// The others go down one by one.
    pub(super) single: Vec<(u64, Operation)>,
}

impl Segment {
    pub(super) fn len(&self) -> usize {
        self.items.len() + self.single.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn add(&mut self, number: u64, operation: &Operation) {
        let Action::Set { value, raw: false } = &operation.action else {
            self.single.push((number, operation.clone()));
            return;
        };
        self.numbers.push(number);
        self.items.push(SetItem {
            key: operation.target.as_str().into(),
            value: value.clone(),
            options: operation.foreign_options(),
            expiry: operation.options.expiry(),
        });
    }
}

/// Takes the next segment of at most `limit` operations off the flight, marks them as given to the
/// driver below and moves `next` behind it. A clear is alone in its segment. Empty at the end of the
/// flight.
pub(super) fn cut(log: &mut Log, next: &mut u64, held: &Held, limit: usize) -> Segment {
    let mut segment = Segment::default();
    // Two keys may share a hash, which only ends a segment early.
    let mut seen: HashSet<KeyHash, DefaultHashBuilder> = HashSet::default();
    while segment.len() < limit
        && let Some(entry) = log.in_flight(*next)
    {
        if entry.is_written() || held.holds_back(&entry.operation) {
            *next += 1;
            continue;
        }
        let alone = entry.operation.is_clear();
        if alone && !segment.is_empty() || !alone && !seen.insert(entry.hash()) {
            break;
        }
        segment.add(*next, entry.issue());
        *next += 1;
        if alone {
            break;
        }
    }
    segment
}

/// Operations that later ones must not overtake.
#[derive(Debug, Default)]
pub(super) struct Held {
    keys: HashSet<CompactString, DefaultHashBuilder>,
    bases: Vec<CompactString>,
}

impl Held {
    pub(super) fn add(&mut self, operation: &Operation) {
        if operation.is_clear() {
            self.bases.push(operation.target.clone());
        } else {
            self.keys.insert(operation.target.clone());
        }
    }

    /// Adds the operations of a segment, before they are handed over.
    pub(super) fn add_segment(&mut self, segment: &Segment) {
        let keys = segment.items.iter();
        self.keys
            .extend(keys.map(|item| CompactString::new(&item.key)));
        segment
            .single
            .iter()
            .for_each(|(_, operation)| self.add(operation));
    }

    /// True if an operation on `key` must not go down now.
    pub(super) fn holds(&self, key: &str) -> bool {
        !self.is_empty()
            && (self.keys.contains(key)
                || self.bases.iter().any(|base| key.starts_with(base.as_str())))
    }

    /// A clear is never held back: it replaces whatever came before it.
    pub(super) fn holds_back(&self, operation: &Operation) -> bool {
        !operation.is_clear() && self.holds(&operation.target)
    }

    /// True if `operation` and one of these must reach the driver below in order.
    pub(super) fn conflicts(&self, operation: &Operation) -> bool {
        let base = operation.target.as_str();
        let mut targets = self.keys.iter().chain(&self.bases);
        self.holds(base) || operation.is_clear() && targets.any(|target| target.starts_with(base))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.bases.is_empty()
    }

    /// A clear of `base` was written: nothing earlier below it matters any more.
    pub(super) fn release(&mut self, base: &str) {
        self.keys.retain(|key| !key.starts_with(base));
        self.bases.retain(|held| !held.starts_with(base));
    }
}
