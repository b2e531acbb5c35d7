//! What snapshots keep of items that changed since.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use compact_str::CompactString;

use crate::error::{Error, Kind, Result};
use crate::value::Value;

/// The most that one snapshot keeps of what changed since, in bytes: 256 MiB. It fails beyond that.
const MAX_IMAGE_BYTES: usize = 256 * 1024 * 1024;

/// What one item costs beside its key and value, in bytes, about.
const ITEM_BYTES: usize = 96;

/// An item as it was, with its end.
pub(super) type Image = (Value, Option<f64>);

/// The items of one snapshot that have changed since, as they were then; `None` for absence.
#[derive(Default)]
pub(super) struct Images {
    items: RefCell<HashMap<CompactString, Option<Image>>>,
    bytes: Cell<usize>,
    overflowed: Cell<bool>,
    /// All keys of the snapshot, in order.
    pub(super) sorted: OnceCell<Rc<[CompactString]>>,
}

impl Images {
    /// Keeps an item that is about to change, unless an older state of it is kept already.
    pub(super) fn keep(&self, key: &str, now: impl FnOnce() -> Option<Image>) {
        if self.overflowed.get() || self.items.borrow().contains_key(key) {
            return;
        }
        let image = now();
        let content = image.as_ref().map_or(0, |(value, _)| value.byte_length());
        let bytes = self
            .bytes
            .get()
            .saturating_add(content + key.len() + ITEM_BYTES);
        if bytes > MAX_IMAGE_BYTES {
            self.overflowed.set(true);
            let given_up = self.items.take();
            drop(given_up);
            return;
        }
        self.bytes.set(bytes);
        self.items.borrow_mut().insert(key.into(), image);
    }

    /// # Errors
    /// `LIMIT_EXCEEDED` if more has changed than a snapshot keeps.
    pub(super) fn check(&self) -> Result<()> {
        if self.overflowed.get() {
            let message = format!(
                "more than {MAX_IMAGE_BYTES} bytes have changed since the snapshot was taken"
            );
            return Err(Error::new(Kind::LimitExceeded, message).driver(super::NAME));
        }
        Ok(())
    }

    /// What is kept of `key`; `None` if it has not changed.
    pub(super) fn find(&self, key: &str) -> Option<Option<Image>> {
        self.items.borrow().get(key).cloned()
    }

    /// The keys that have changed, and whether they were there.
    pub(super) fn keys(&self) -> Vec<(CompactString, bool)> {
        let items = self.items.borrow();
        let keys = items
            .iter()
            .map(|(key, image)| (key.clone(), image.is_some()));
        keys.collect()
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.items.borrow().contains_key(key)
    }
}
