//! The operations in the order in which they were accepted.
//!
//! The log has three parts, by position: the flight (being written), the queued, and, past the
//! capacity, the waiting, whose callers have not been answered. An operation's number is its place
//! in the order and does not change while it is in the log, except that operations that a flight
//! could not write move up to the end of that flight's numbers. All of this is plain data: nothing
//! here calls a driver, a timer or a waker, so it can be borrowed without thought.

use std::collections::VecDeque;

use compact_str::CompactString;

use super::entry::{Entry, Ticket};
use super::index::{Index, KeyHash, ShortNumber};
use super::operation::{Action, Operation};
use crate::driver::{Expiry, Outcome};
use crate::value::Value;

/// How many operations an empty log keeps room for, so that a burst does not hold its memory.
const KEPT_CAPACITY: usize = 4096;

/// What the queue knows of a key.
pub(super) enum Sight<'a> {
    /// It holds this value. `fresh` tells that nothing below the queue is about this value.
    Value {
        value: &'a Value,
        fresh: bool,
        expiry: Expiry,
    },
    /// It is removed.
    Gone,
    /// Ask the driver below.
    Below,
}

#[derive(Debug)]
pub(super) struct Log {
    entries: VecDeque<Entry>,
    /// The number of the first entry.
    first: u64,
    /// How many entries at the front are being written.
    flight: usize,
    /// The newest operation on each key, unless a clear came after it.
    newest: Index,
    /// The bases of the clears in the log.
    clears: Vec<CompactString>,
    capacity: usize,
    merge: bool,
    /// True if some entry may hold a ticket.
    ticketed: bool,
}

impl Log {
    pub(super) fn new(capacity: usize, merge: bool) -> Self {
        Log {
            entries: VecDeque::new(),
            first: 0,
            flight: 0,
            newest: Index::default(),
            clears: Vec::new(),
            capacity,
            merge,
            ticketed: false,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The operations held: never more than the capacity, because the rest waits.
    pub(super) fn size(&self) -> usize {
        self.entries.len().min(self.capacity)
    }

    /// All operations, waiting ones included.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The number that the next operation will get.
    pub(super) fn end(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    /// The number after the last operation of the flight.
    pub(super) fn flight_end(&self) -> u64 {
        self.first + self.flight as u64
    }

    pub(super) fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.entries.iter().map(|entry| &entry.operation)
    }

    /// Operations that the driver below has not been given, or has not confirmed.
    pub(super) fn unwritten(&self) -> impl Iterator<Item = &Operation> {
        let unwritten = self.entries.iter().filter(|entry| !entry.is_written());
        unwritten.map(|entry| &entry.operation)
    }

    /// Operations that the driver below has not been given.
    pub(super) fn unissued(&self) -> impl Iterator<Item = &Operation> {
        let unissued = |entry: &&Entry| !entry.is_written() && !entry.is_issued();
        let entries = self.entries.iter().filter(unissued);
        entries.map(|entry| &entry.operation)
    }

    fn position(&self, number: u64) -> Option<usize> {
        let position = number.checked_sub(self.first)?;
        usize::try_from(position).ok()
    }

    fn entry(&self, number: u64) -> Option<&Entry> {
        self.position(number).and_then(|at| self.entries.get(at))
    }

    /// The entry with `number`, if it is part of the flight.
    pub(super) fn in_flight(&mut self, number: u64) -> Option<&mut Entry> {
        let position = self.position(number).filter(|at| *at < self.flight)?;
        self.entries.get_mut(position)
    }

    /// The position of the newest operation on a key, unless a clear came after it.
    fn newest_position(&self, key: &str, hash: KeyHash) -> Option<usize> {
        let is_it = |number| {
            let entry = self.entries.get(position_of(self.first, number));
            entry.is_some_and(|entry| entry.operation.target == key)
        };
        let number = self.newest.find(hash, is_it)?;
        Some(position_of(self.first, number))
    }

    /// The newest operation on `key`, unless a clear came after it.
    pub(super) fn newest(&self, key: &str) -> Option<&Operation> {
        self.newest_position(key, self.newest.hash(key))
            .and_then(|at| self.entries.get(at))
            .map(|entry| &entry.operation)
    }

    /// `clock` says what time it is, if items end; it is asked only where one can.
    pub(super) fn sight(&self, key: &str, clock: impl Fn() -> Option<f64>) -> Sight<'_> {
        if self.entries.is_empty() {
            return Sight::Below;
        }
        match self.newest(key) {
            Some(operation) if operation.is_over(clock) => Sight::Gone,
            Some(Operation {
                action: Action::Set { value, .. },
                follows_removal,
                options,
                ..
            }) => Sight::Value {
                value,
                fresh: *follows_removal,
                expiry: options.expiry(),
            },
            Some(_) => Sight::Gone,
            None if self.is_cleared(key) => Sight::Gone,
            None => Sight::Below,
        }
    }

    fn is_cleared(&self, key: &str) -> bool {
        self.clears
            .iter()
            .any(|base| key.starts_with(base.as_str()))
    }

    /// True if a queued operation at this position gives way to a newer one on its key.
    fn is_replaceable(&self, position: usize) -> bool {
        self.merge && position >= self.flight
    }

    /// True if an operation on `key` would have to wait.
    pub(super) fn lacks_room(&self, key: &str) -> bool {
        let newest = self.newest_position(key, self.newest.hash(key));
        let replaceable = newest.filter(|position| self.is_replaceable(*position));
        replaceable.unwrap_or(self.entries.len()) >= self.capacity
    }

    /// Accepts an operation on a key and tells whether it waits for room.
    pub(super) fn push(&mut self, mut operation: Operation) -> Pushed {
        let hash = self.newest.hash(&operation.target);
        let newest = self.newest_position(&operation.target, hash);
        operation.follows_removal = match newest.and_then(|at| self.entries.get(at)) {
            Some(entry) => {
                let older = &entry.operation;
                older.follows_removal || matches!(older.action, Action::Remove)
            }
            None => self.is_cleared(&operation.target),
        };
        let replaced = newest.filter(|position| self.is_replaceable(*position));
        match replaced.and_then(|at| Some((at, self.entries.get_mut(at)?))) {
            Some((position, entry)) => Pushed {
                position,
                waits: position >= self.capacity,
                replaced: Some(std::mem::replace(&mut entry.operation, operation)),
            },
            None => {
                let older = newest.map(|at| short(self.first, at));
                let number = short(self.first, self.entries.len());
                self.newest.keep(hash, number, older);
                self.append(operation, hash)
            }
        }
    }

    /// Accepts a clear: what was queued before it stays, and reads no longer see it.
    pub(super) fn push_clear(&mut self, operation: Operation) -> u64 {
        let number = self.end();
        self.hide_below(&operation.target);
        self.clears.push(operation.target.clone());
        let hash = self.newest.hash(&operation.target);
        self.append(operation, hash);
        number
    }

    /// Forgets what is known of the keys below `base`.
    fn hide_below(&mut self, base: &str) {
        let (entries, first) = (&self.entries, self.first);
        self.newest.retain(|number| {
            let entry = entries.get(position_of(first, number));
            entry.is_some_and(|entry| !entry.operation.target.starts_with(base))
        });
    }

    fn append(&mut self, operation: Operation, hash: KeyHash) -> Pushed {
        let position = self.entries.len();
        self.entries.push_back(Entry::new(operation, hash));
        Pushed {
            position,
            waits: position >= self.capacity,
            replaced: None,
        }
    }

    /// Lets the operation at `position` hold `ticket` until there is room for it.
    pub(super) fn attach(&mut self, position: usize, ticket: &Ticket) {
        if let Some(entry) = self.entries.get_mut(position) {
            entry.ticket = Some(Ticket::clone(ticket));
            self.ticketed = true;
        }
    }

    /// Takes up to `limit` operations into the flight and returns the number of the first.
    pub(super) fn board(&mut self, limit: usize) -> u64 {
        self.flight = self.entries.len().min(limit);
        self.first
    }

    /// Notes the answer to an issued operation of the flight: `None` for a failure.
    pub(super) fn settle(&mut self, number: u64, outcome: Option<Outcome>) {
        let Some(position) = self.position(number) else {
            return;
        };
        let Some(entry) = self.entries.get_mut(position) else {
            return;
        };
        entry.settle(outcome);
        if outcome == Some(Outcome::Done) && entry.operation.is_clear() {
            let base = entry.operation.target.clone();
            let earlier = self.entries.iter_mut().take(position);
            earlier
                .filter(|entry| entry.operation.target.starts_with(base.as_str()))
                .for_each(Entry::was_cleared);
        }
    }

    /// The operation with `number`.
    pub(super) fn operation(&self, number: u64) -> Option<&Operation> {
        self.entry(number).map(|entry| &entry.operation)
    }

    /// What became of the operation with `number`.
    pub(super) fn written(&self, number: u64) -> Option<Outcome> {
        self.entry(number).and_then(Entry::written)
    }

    /// Takes out what is written at the front of the flight, up to a clear: what is known of the
    /// keys must be made anew when that leaves.
    fn take_written(&mut self) -> Vec<Entry> {
        let is_done = |entry: &&Entry| entry.is_written() && !entry.operation.is_clear();
        let flight = self.entries.iter().take(self.flight);
        let count = flight.take_while(is_done).count();
        let left: Vec<Entry> = self.entries.drain(..count).collect();
        self.flight -= count;
        if self.entries.is_empty() {
            self.rest();
        } else {
            for (position, entry) in left.iter().enumerate() {
                self.newest
                    .forget(entry.hash(), short(self.first, position));
            }
        }
        self.first += count as u64;
        left
    }

    /// Ends the flight: written operations leave, the others stay in front, in order, except those
    /// that a newer operation replaces. Returns what left, to be dropped outside of any borrow.
    pub(super) fn land(&mut self) -> Vec<Entry> {
        let mut left = self.take_written();
        if self.flight == 0 {
            return left;
        }
        self.first = self.flight_end();
        let flight: Vec<Entry> = self
            .entries
            .drain(..std::mem::take(&mut self.flight))
            .collect();
        let (gone, kept): (Vec<Entry>, Vec<Entry>) = flight
            .into_iter()
            .partition(|entry| entry.is_written() || self.is_superseded(entry));
        self.first -= kept.len() as u64;
        kept.into_iter()
            .rev()
            .for_each(|entry| self.entries.push_front(entry));
        self.reindex();
        left.extend(gone);
        left
    }

    /// True if an operation that is left in the log takes the place of this one, which was taken
    /// out of it.
    fn is_superseded(&self, entry: &Entry) -> bool {
        let target = &entry.operation.target;
        self.merge
            && !entry.operation.is_clear()
            && self.newest_position(target, entry.hash()).is_some()
    }

    fn reindex(&mut self) {
        self.rest();
        for position in 0..self.entries.len() {
            let Some(entry) = self.entries.get(position) else {
                continue;
            };
            let (target, hash) = (&entry.operation.target, entry.hash());
            if entry.operation.is_clear() {
                let target = target.clone();
                self.hide_below(&target);
                self.clears.push(target);
            } else {
                let newest = self.newest_position(target, hash);
                let older = newest.map(|at| short(self.first, at));
                self.newest.keep(hash, short(self.first, position), older);
            }
        }
    }

    /// Forgets what is known of every key. An empty log gives its memory back.
    fn rest(&mut self) {
        self.newest.clear(KEPT_CAPACITY.max(self.entries.len()));
        self.clears.clear();
        if self.entries.is_empty() {
            self.entries.shrink_to(KEPT_CAPACITY);
        }
    }

    /// Takes the tickets of the operations that there is room for now. Dropping them answers their
    /// callers.
    pub(super) fn admit(&mut self) -> Vec<Ticket> {
        if !self.ticketed {
            return Vec::new();
        }
        self.ticketed = self.entries.len() > self.capacity;
        let admitted = self.entries.iter_mut().take(self.capacity);
        admitted.filter_map(|entry| entry.ticket.take()).collect()
    }

    /// Gives up the flight without an answer: its operations are queued as before.
    pub(super) fn abort(&mut self) {
        self.flight = 0;
    }

    /// Gives up everything.
    pub(super) fn abandon(&mut self) -> VecDeque<Entry> {
        self.first = self.end();
        self.flight = 0;
        let entries = std::mem::take(&mut self.entries);
        self.rest();
        entries
    }
}

/// The number of the operation at `position`, as the index keeps it.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the low half is what is kept"
)]
fn short(first: u64, position: usize) -> ShortNumber {
    ShortNumber((first + position as u64) as u32)
}

/// The position of an operation; beyond the end for one that has left.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the low half is what is kept"
)]
fn position_of(first: u64, number: ShortNumber) -> usize {
    number.0.wrapping_sub(first as u32) as usize
}

/// Where an accepted operation went.
pub(super) struct Pushed {
    pub(super) position: usize,
    /// True if its caller must wait for room.
    pub(super) waits: bool,
    /// The operation whose place it took, to be dropped outside of any borrow.
    pub(super) replaced: Option<Operation>,
}
