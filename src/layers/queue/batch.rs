//! Batch reads, part of which the queue can answer itself.

use super::log::{Log, Sight};
use crate::driver::GetItems;
use crate::value::Value;

/// A batch read with the answers that the queue has, and what is left to ask.
pub(super) struct Split {
    /// One entry per key: the queue's answer, or `None` where the driver below must be asked.
    known: Vec<Option<Option<Value>>>,
    /// What to ask the driver below, in order.
    pub(super) rest: GetItems,
}

impl Split {
    pub(super) fn new(log: &Log, items: &GetItems, clock: impl Fn() -> Option<f64>) -> Self {
        let mut split = Split {
            known: Vec::with_capacity(items.keys.len()),
            rest: GetItems::default(),
        };
        for (index, key) in items.keys.iter().enumerate() {
            let known = match log.sight(key, &clock) {
                Sight::Value { value, .. } => Some(Some(value.clone())),
                Sight::Gone => Some(None),
                Sight::Below => None,
            };
            if known.is_none() {
                split.rest.keys.push(key);
                split.rest.options.extend(items.options.get(index).cloned());
            }
            split.known.push(known);
        }
        split
    }

    /// All answers in the order asked. A driver that answers too little leaves the rest missing.
    pub(super) fn join(self, below: Vec<Option<Value>>) -> Vec<Option<Value>> {
        let mut below = below.into_iter();
        let answers = self.known.into_iter();
        answers
            .map(|known| known.unwrap_or_else(|| below.next().flatten()))
            .collect()
    }
}
