//! The operations in the order in which they were accepted.
//!
//! The log has three parts, by position: the flight (being written), the queued, and, past the
//! capacity, the waiting, whose callers have not been answered. An operation's number is its place
//! in the order and does not change while it is in the log, except that operations that a flight
//! could not write move up to the end of that flight's numbers. All of this is plain data: nothing
//! here calls a driver, a timer or a waker, so it can be borrowed without thought.

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use futures_channel::oneshot;
use hashlink::DefaultHashBuilder;

use super::operation::{Action, Operation};
use crate::driver::Outcome;
use crate::error::Error;
use crate::value::Value;

/// Held by operations that wait for room. The caller's answer comes when the last one is dropped.
pub(super) type Ticket = Rc<oneshot::Sender<()>>;

/// What the queue knows of a key.
pub(super) enum Sight<'a> {
    /// It holds this value. `fresh` tells that nothing below the queue is about this value.
    Value { value: &'a Value, fresh: bool },
    /// It is removed.
    Gone,
    /// Ask the driver below.
    Below,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) operation: Operation,
    ticket: Option<Ticket>,
    /// Set once the driver below has it; the entry goes when its flight lands.
    written: Option<Outcome>,
    /// Given to the driver below, which has not answered yet.
    issued: bool,
}

#[derive(Debug)]
pub(super) struct Log {
    entries: VecDeque<Entry>,
    /// The number of the first entry.
    first: u64,
    /// How many entries at the front are being written.
    flight: usize,
    /// The number of the newest operation on each key, unless a clear came after it.
    newest: HashMap<Rc<str>, u64, DefaultHashBuilder>,
    /// The bases of the clears in the log.
    clears: Vec<Rc<str>>,
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
            newest: HashMap::default(),
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
        self.entries
            .iter()
            .filter(|entry| entry.written.is_none())
            .map(|entry| &entry.operation)
    }

    /// Operations that the driver below has not been given.
    pub(super) fn unissued(&self) -> impl Iterator<Item = &Operation> {
        let unissued = self
            .entries
            .iter()
            .filter(|entry| entry.written.is_none() && !entry.issued);
        unissued.map(|entry| &entry.operation)
    }

    fn position(&self, number: u64) -> Option<usize> {
        number
            .checked_sub(self.first)
            .and_then(|position| usize::try_from(position).ok())
    }

    fn newest_position(&self, key: &str) -> Option<usize> {
        self.newest
            .get(key)
            .and_then(|number| self.position(*number))
    }

    /// The newest operation on `key`, unless a clear came after it.
    pub(super) fn newest(&self, key: &str) -> Option<&Operation> {
        self.newest_position(key)
            .and_then(|at| self.entries.get(at))
            .map(|entry| &entry.operation)
    }

    pub(super) fn sight(&self, key: &str) -> Sight<'_> {
        if self.entries.is_empty() {
            return Sight::Below;
        }
        match self.newest(key) {
            Some(Operation {
                action: Action::Set { value, .. },
                follows_removal,
                ..
            }) => Sight::Value {
                value,
                fresh: *follows_removal,
            },
            Some(_) => Sight::Gone,
            None if self.is_cleared(key) => Sight::Gone,
            None => Sight::Below,
        }
    }

    fn is_cleared(&self, key: &str) -> bool {
        self.clears.iter().any(|base| key.starts_with(&**base))
    }

    /// The position of the queued operation that a new one on `key` would replace.
    fn replaceable(&self, key: &str) -> Option<usize> {
        self.newest_position(key)
            .filter(|position| self.merge && *position >= self.flight)
    }

    /// True if an operation on `key` would have to wait.
    pub(super) fn lacks_room(&self, key: &str) -> bool {
        self.replaceable(key).unwrap_or(self.entries.len()) >= self.capacity
    }

    /// Accepts an operation on a key and tells whether it waits for room.
    pub(super) fn push(&mut self, mut operation: Operation) -> Pushed {
        let position = self.newest_position(&operation.target);
        operation.follows_removal = match position.and_then(|at| self.entries.get(at)) {
            Some(Entry {
                operation: older, ..
            }) => older.follows_removal || matches!(older.action, Action::Remove),
            None => self.is_cleared(&operation.target),
        };
        let replaced = position.filter(|position| self.merge && *position >= self.flight);
        match replaced.and_then(|at| Some((at, self.entries.get_mut(at)?))) {
            Some((at, entry)) => {
                // The key text is shared with the index, so the older one stays.
                operation.target = Rc::clone(&entry.operation.target);
                let replaced = std::mem::replace(&mut entry.operation, operation);
                Pushed {
                    position: at,
                    waits: at >= self.capacity,
                    replaced: Some(replaced),
                }
            }
            None => {
                self.newest.insert(Rc::clone(&operation.target), self.end());
                self.append(operation)
            }
        }
    }

    /// Accepts a clear: what was queued before it stays, and reads no longer see it.
    pub(super) fn push_clear(&mut self, operation: Operation) -> u64 {
        let number = self.end();
        self.newest
            .retain(|key, _| !key.starts_with(&*operation.target));
        self.clears.push(Rc::clone(&operation.target));
        self.append(operation);
        number
    }

    fn append(&mut self, operation: Operation) -> Pushed {
        let position = self.entries.len();
        self.entries.push_back(Entry {
            operation,
            ticket: None,
            written: None,
            issued: false,
        });
        Pushed {
            position,
            waits: position >= self.capacity,
            replaced: None,
        }
    }

    /// Lets the operation at `position` hold `ticket` until there is room for it.
    pub(super) fn attach(&mut self, position: usize, ticket: &Ticket) {
        if let Some(entry) = self.entries.get_mut(position) {
            entry.ticket = Some(Rc::clone(ticket));
            self.ticketed = true;
        }
    }

    /// Takes up to `limit` operations into the flight and returns those that are still to be
    /// written, with their positions.
    pub(super) fn board(&mut self, limit: usize) -> Vec<(usize, Operation)> {
        self.flight = self.entries.len().min(limit);
        let boarded = self.entries.iter().take(self.flight).enumerate();
        let unwritten = boarded.filter(|(_, entry)| entry.written.is_none());
        unwritten
            .map(|(position, entry)| (position, entry.operation.clone()))
            .collect()
    }

    /// Marks operations of the flight as given to the driver below.
    pub(super) fn issue(&mut self, positions: impl Iterator<Item = usize>) {
        for position in positions {
            if let Some(entry) = self.entries.get_mut(position) {
                entry.issued = true;
            }
        }
    }

    /// Notes the answer to an issued operation of the flight: `None` for a failure.
    pub(super) fn settle(&mut self, position: usize, outcome: Option<Outcome>) {
        let Some(entry) = self.entries.get_mut(position) else {
            return;
        };
        entry.issued = false;
        entry.written = outcome;
        if outcome == Some(Outcome::Done) && entry.operation.is_clear() {
            let base = Rc::clone(&entry.operation.target);
            // What could not be written before the clear would be gone by now.
            let earlier = self.entries.iter_mut().take(position);
            for entry in earlier.filter(|entry| entry.operation.target.starts_with(&*base)) {
                entry.written.get_or_insert(Outcome::Done);
            }
        }
    }

    /// The operation at `position`.
    pub(super) fn operation(&self, position: usize) -> Option<&Operation> {
        self.entries.get(position).map(|entry| &entry.operation)
    }

    /// The same failures under the numbers of their operations.
    pub(super) fn numbered(&self, failures: Vec<(usize, Error)>) -> Vec<(u64, Error)> {
        failures
            .into_iter()
            .map(|(position, error)| (self.first + position as u64, error))
            .collect()
    }

    /// What became of the operation of the flight at `position`.
    pub(super) fn written(&self, position: usize) -> Option<Outcome> {
        self.entries.get(position).and_then(|entry| entry.written)
    }

    /// What became of the operation of the flight with `number`.
    pub(super) fn written_number(&self, number: u64) -> Option<Outcome> {
        self.position(number)
            .and_then(|position| self.written(position))
    }

    /// Ends the flight: written operations leave, the others stay in front, in order, except those
    /// that a newer operation replaces. Returns what left, to be dropped outside of any borrow.
    pub(super) fn land(&mut self) -> Vec<Entry> {
        let flight_end = self.flight_end();
        let flight: Vec<Entry> = self
            .entries
            .drain(..std::mem::take(&mut self.flight))
            .collect();
        let (left, kept): (Vec<Entry>, Vec<Entry>) = flight
            .into_iter()
            .partition(|entry| entry.written.is_some() || self.is_superseded(entry, flight_end));
        self.first = flight_end - kept.len() as u64;
        if kept.is_empty() && self.clears.is_empty() {
            self.forget(&left);
        } else {
            kept.into_iter()
                .rev()
                .for_each(|entry| self.entries.push_front(entry));
            self.reindex();
        }
        left
    }

    fn is_superseded(&self, entry: &Entry, flight_end: u64) -> bool {
        let newest = self.newest.get(&entry.operation.target);
        self.merge
            && !entry.operation.is_clear()
            && newest.is_some_and(|number| *number >= flight_end)
    }

    /// Drops the index entries of operations that left, unless they are about newer operations.
    fn forget(&mut self, left: &[Entry]) {
        if self.entries.is_empty() {
            self.newest.clear();
            return;
        }
        for entry in left {
            if self
                .newest
                .get(&entry.operation.target)
                .is_some_and(|number| *number < self.first)
            {
                self.newest.remove(&entry.operation.target);
            }
        }
    }

    fn reindex(&mut self) {
        self.newest.clear();
        self.clears.clear();
        for (entry, number) in self.entries.iter().zip(self.first..) {
            let target = &entry.operation.target;
            if entry.operation.is_clear() {
                self.newest.retain(|key, _| !key.starts_with(&**target));
                self.clears.push(Rc::clone(target));
            } else {
                self.newest.insert(Rc::clone(target), number);
            }
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
        self.newest.clear();
        self.clears.clear();
        std::mem::take(&mut self.entries)
    }
}

/// Where an accepted operation went.
pub(super) struct Pushed {
    pub(super) position: usize,
    /// True if its caller must wait for room.
    pub(super) waits: bool,
    /// The operation whose place it took, to be dropped outside of any borrow.
    pub(super) replaced: Option<Operation>,
}
