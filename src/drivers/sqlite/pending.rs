//! Which writes a read has to wait for.

use std::cell::{Cell, RefCell};
use std::hash::BuildHasher as _;

use hashbrown::DefaultHashBuilder;

use super::writer::Ticket;

/// Keys share so many lanes, so that remembering costs no memory for each key.
const LANES: usize = 256;

/// The last write of each key, or of one that shares its lane. A read waits for it, so that whoever
/// writes and reads finds what it wrote, without having waited for the write.
#[derive(Debug)]
pub(super) struct Pending {
    lanes: RefCell<[Ticket; LANES]>,
    /// The last write that concerned every key.
    all: Cell<Ticket>,
    hasher: DefaultHashBuilder,
}

impl Pending {
    pub(super) fn new() -> Self {
        Pending {
            lanes: RefCell::new([0; LANES]),
            all: Cell::new(0),
            hasher: DefaultHashBuilder::default(),
        }
    }

    /// The lane of a key.
    pub(super) fn lane(&self, key: &str) -> usize {
        const COUNT: u64 = LANES as u64;
        usize::try_from(self.hasher.hash_one(key) % COUNT).unwrap_or(0)
    }

    /// The write that a read of `key` waits for.
    pub(super) fn of(&self, key: &str) -> Ticket {
        let lane = self.lanes.borrow().get(self.lane(key)).copied();
        lane.unwrap_or_default().max(self.all.get())
    }

    /// Says that the write `ticket` concerns the keys of these lanes.
    pub(super) fn note(&self, lanes: &[usize], ticket: Ticket) {
        let mut tickets = self.lanes.borrow_mut();
        for lane in lanes {
            if let Some(last) = tickets.get_mut(*lane) {
                *last = ticket;
            }
        }
    }

    /// Says that the write `ticket` may concern any key.
    pub(super) fn note_all(&self, ticket: Ticket) {
        self.all.set(ticket);
    }
}
