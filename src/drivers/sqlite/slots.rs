//! How many snapshots there may be at a time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_channel::oneshot;

use crate::error::{Error, Kind, Result};

/// The snapshots that may be open at a time: each keeps the log from being emptied, and a connection
/// open.
pub const MAX_SNAPSHOTS: usize = 32;

/// The slots of one driver. Cloning shares them.
#[derive(Clone, Debug, Default)]
pub(super) struct Slots(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    used: usize,
    waiting: VecDeque<oneshot::Sender<Slot>>,
}

/// A slot, free again when dropped.
#[derive(Debug)]
pub(super) struct Slot(Slots);

/// A slot, or a place in the line for one.
pub(super) enum Offer {
    Now(Slot),
    Later(oneshot::Receiver<Slot>),
}

impl Slots {
    /// Takes a slot, or gets in line.
    pub(super) fn take(&self) -> Offer {
        if let Some(slot) = self.try_take() {
            return Offer::Now(slot);
        }
        let (sender, receiver) = oneshot::channel();
        self.lock().waiting.push_back(sender);
        Offer::Later(receiver)
    }

    /// Takes a slot that is free.
    ///
    /// # Errors
    /// `BUSY` if there is none.
    pub(super) fn take_now(&self) -> Result<Slot> {
        let busy = || {
            let message = "As many snapshots are open as there may be";
            Error::new(Kind::Busy, message)
        };
        self.try_take().ok_or_else(busy)
    }

    fn try_take(&self) -> Option<Slot> {
        let mut state = self.lock();
        let is_free = state.used < MAX_SNAPSHOTS;
        state.used += usize::from(is_free);
        is_free.then(|| Slot(self.clone()))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let next = {
            let mut state = self.0.lock();
            // Whoever gave up meanwhile is passed over.
            let waits = |next: &oneshot::Sender<Slot>| !next.is_canceled();
            let next = std::iter::from_fn(|| state.waiting.pop_front()).find(waits);
            if next.is_none() {
                state.used -= 1;
            }
            next
        };
        if let Some(next) = next {
            // Whoever gives up this moment gives the slot on by dropping it.
            let _ = next.send(Slot(self.0.clone()));
        }
    }
}
