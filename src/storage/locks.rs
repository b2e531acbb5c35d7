//! One at a time, for each key.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use compact_str::CompactString;
use futures_util::lock::{Mutex, OwnedMutexGuard};

/// The keys that somebody holds or waits for: as many as there are calls under way.
#[derive(Clone, Default)]
pub(super) struct Locks(Rc<RefCell<HashMap<CompactString, Arc<Mutex<()>>>>>);

/// Holds a key until dropped.
pub(super) struct Locked {
    locks: Locks,
    key: CompactString,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Locks {
    /// Waits until nobody else holds `key`.
    pub(super) async fn lock(&self, key: &str) -> Locked {
        let mut locked = Locked {
            locks: self.clone(),
            key: key.into(),
            guard: None,
        };
        let lock = Arc::clone(self.0.borrow_mut().entry(key.into()).or_default());
        locked.guard = Some(lock.lock_owned().await);
        locked
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        self.guard = None;
        let mut locks = self.locks.0.borrow_mut();
        if locks
            .get(&self.key)
            .is_some_and(|lock| Arc::strong_count(lock) == 1)
        {
            locks.remove(&self.key);
        }
    }
}
