//! Cuts a flight into segments whose operations may run side by side.

use std::collections::HashSet;
use std::rc::Rc;

use hashlink::DefaultHashBuilder;

use super::operation::Operation;

/// Operations with their positions in the log.
pub(super) type Segment = Vec<(usize, Operation)>;

/// Cuts `flight` so that no key repeats inside a segment and a clear is alone in its own: whatever
/// the driver below does with the calls of one segment, the order per key is kept.
pub(super) fn segments(flight: Segment) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut current = Segment::new();
    let mut seen: HashSet<Rc<str>, DefaultHashBuilder> = HashSet::default();
    for (position, operation) in flight {
        let alone = operation.is_clear();
        if alone || !seen.insert(Rc::clone(&operation.target)) {
            segments.push(std::mem::take(&mut current));
            seen.clear();
            seen.insert(Rc::clone(&operation.target));
        }
        current.push((position, operation));
        if alone {
            segments.push(std::mem::take(&mut current));
            seen.clear();
        }
    }
    segments.push(current);
    segments.retain(|segment| !segment.is_empty());
    segments
}

/// Operations that later ones must not overtake.
#[derive(Debug, Default)]
pub(super) struct Held {
    keys: HashSet<Rc<str>, DefaultHashBuilder>,
    bases: Vec<Rc<str>>,
}

impl Held {
    pub(super) fn add(&mut self, operation: &Operation) {
        if operation.is_clear() {
            self.bases.push(Rc::clone(&operation.target));
        } else {
            self.keys.insert(Rc::clone(&operation.target));
        }
    }

    /// True if an operation on `key` must not go down now.
    pub(super) fn holds(&self, key: &str) -> bool {
        self.keys.contains(key) || self.bases.iter().any(|base| key.starts_with(&**base))
    }

    /// A clear is never held back: it replaces whatever came before it.
    pub(super) fn holds_back(&self, operation: &Operation) -> bool {
        !operation.is_clear() && self.holds(&operation.target)
    }

    /// True if `operation` and one of these must reach the driver below in order.
    pub(super) fn conflicts(&self, operation: &Operation) -> bool {
        let base = &*operation.target;
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
