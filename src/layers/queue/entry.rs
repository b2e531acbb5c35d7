//! An operation in the log, with what is known of it there.

use std::rc::Rc;

use futures_channel::oneshot;

use super::index::KeyHash;
use super::operation::Operation;
use crate::driver::Outcome;

/// Held by operations that wait for room. The caller's answer comes when the last one is dropped.
pub(super) type Ticket = Rc<oneshot::Sender<()>>;

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) operation: Operation,
    pub(super) ticket: Option<Ticket>,
    hash: KeyHash,
    /// Set once the driver below has it; the entry goes when its flight lands.
    written: Option<Outcome>,
    /// Given to the driver below, which has not answered yet.
    issued: bool,
}

/// A queue may hold millions of these.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Entry>() <= 104);

impl Entry {
    pub(super) fn new(operation: Operation, hash: KeyHash) -> Self {
        Entry {
            operation,
            ticket: None,
            hash,
            written: None,
            issued: false,
        }
    }

    pub(super) fn hash(&self) -> KeyHash {
        self.hash
    }

    /// What the driver below made of it, once it is written.
    pub(super) fn written(&self) -> Option<Outcome> {
        self.written
    }

    pub(super) fn is_written(&self) -> bool {
        self.written.is_some()
    }

    pub(super) fn is_issued(&self) -> bool {
        self.issued
    }

    /// Marks the operation as given to the driver below.
    pub(super) fn issue(&mut self) -> &Operation {
        self.issued = true;
        &self.operation
    }

    /// Notes the answer to an issued operation: `None` for a failure.
    pub(super) fn settle(&mut self, outcome: Option<Outcome>) {
        self.issued = false;
        self.written = outcome;
    }

    /// What could not be written before a clear is gone by now.
    pub(super) fn was_cleared(&mut self) {
        self.written.get_or_insert(Outcome::Done);
    }
}
