//! What a transaction has written so far.

use std::collections::BTreeMap;
use std::rc::Rc;

use compact_str::CompactString;

use crate::driver::{Driver, Expiry};
use crate::value::Value;

/// What the transaction has written, by full key.
#[derive(Default)]
pub(super) struct Writes {
    /// `None` for a removal.
    pub(super) items: BTreeMap<CompactString, Option<(Value, Expiry)>>,
    /// Everything that the snapshots hold below these bases is removed, unless `items` has it.
    pub(super) cleared: Vec<Box<str>>,
    /// The one driver that is written to.
    pub(super) driver: Option<Rc<dyn Driver>>,
}

impl Writes {
    /// The value that was written; `None` if the snapshot is to be asked.
    pub(super) fn find(&self, key: &str) -> Option<Option<Value>> {
        match self.items.get(key) {
            Some(item) => Some(item.as_ref().map(|(value, _)| value.clone())),
            None => self.is_cleared(key).then_some(None),
        }
    }

    fn is_cleared(&self, key: &str) -> bool {
        self.cleared.iter().any(|base| key.starts_with(&**base))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty() && self.cleared.is_empty()
    }
}
