//! Lays what the queue holds over what the driver below lists.

use compact_str::CompactString;
use hashlink::LinkedHashMap;

use super::log::Log;
use super::operation::Action;
use crate::driver::Context;
use crate::key::{self, KeyList};

/// The queue's part of a listing, as it was when the listing was asked for.
///
/// It is taken before the driver below is asked: a flush may carry operations down while the answer
/// is on its way, and they must be seen either there or here.
#[derive(Debug)]
pub(super) struct Overlay {
    /// Whether the key will exist, in queue order.
    keys: LinkedHashMap<CompactString, bool>,
    /// Everything below these bases will go.
    cleared: Vec<CompactString>,
}

impl Overlay {
    /// `clock` says what time it is, if items end.
    pub(super) fn new(log: &Log, base: &str, clock: impl Fn() -> Option<f64>) -> Self {
        let mut overlay = Overlay {
            keys: LinkedHashMap::new(),
            cleared: Vec::new(),
        };
        for operation in log.operations() {
            if operation.is_over(&clock) {
                overlay.apply(&operation.target, &Action::Remove, base);
            } else {
                overlay.apply(&operation.target, &operation.action, base);
            }
        }
        overlay
    }

    fn apply(&mut self, target: &CompactString, action: &Action, base: &str) {
        match action {
            Action::Clear => {
                self.keys.retain(|key, _| !key.starts_with(target.as_str()));
                self.cleared.push(target.clone());
            }
            Action::Set { .. } | Action::Remove if target.starts_with(base) => {
                let exists = matches!(action, Action::Set { .. });
                // Unlike `insert`, this leaves a known key in its place, as a Map would.
                self.keys.replace(target.clone(), exists);
            }
            Action::Set { .. } | Action::Remove => {}
        }
    }

    /// What the driver below lists without what is removed, then what only the queue holds.
    pub(super) fn over(self, listed: &KeyList, cx: &Context) -> KeyList {
        let Overlay {
            keys: mut held,
            cleared,
        } = self;
        let is_cleared = |key: &str| cleared.iter().any(|base| key.starts_with(base.as_str()));
        let mut keys = KeyList::new();
        for key in listed.iter().filter(|key| !is_cleared(key)) {
            // A key that was listed once must not be listed again from the queue.
            if held.get_mut(key).is_none_or(std::mem::take) {
                keys.push(key);
            }
        }
        let deepest = cx.options.max_depth.unwrap_or(usize::MAX);
        let only_here = held
            .iter()
            .filter(|(_, exists)| **exists)
            .map(|(key, _)| key.as_str());
        only_here
            .filter(|key| key::depth(key) <= deepest)
            .for_each(|key| keys.push(key));
        keys
    }

    /// Everything that the queue holds, removals included.
    pub(super) fn targets(&self) -> KeyList {
        self.keys.keys().map(CompactString::as_str).collect()
    }
}
