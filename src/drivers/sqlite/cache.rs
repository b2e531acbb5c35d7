//! Values in front of the file, on the orchestrating thread.
//!
//! Everything in it is what the file held at one moment, which has a [`Stamp`]. Whoever asks compares it
//! with the stamp of now. If they differ, the commits of this driver since then say which keys to
//! forget, if they lead from the one to the other; anybody else's commit forgets everything.

use compact_str::CompactString;
use hashlink::LinkedHashMap;

use super::own::OwnCommits;
use super::reads::Found;
use super::wal_index::{Link, Stamp};
use crate::key::KeyList;

/// What one entry takes beside its key and its content, in bytes.
const ENTRY_BYTES: usize = 160;

/// An entry may take this part of the whole, so that a large value does not drive out all others.
const LARGEST_PART: usize = 8;

/// The values that were read or missed, the least used first.
#[derive(Debug)]
pub(super) struct Cache {
    entries: LinkedHashMap<CompactString, Option<Found>>,
    /// What the entries are of.
    stamp: Option<Stamp>,
    bytes: usize,
    max_bytes: usize,
    asked: u64,
    hits: u64,
}

impl Cache {
    /// Holds at most so many bytes.
    pub(super) fn new(max_bytes: usize) -> Self {
        Cache {
            entries: LinkedHashMap::new(),
            stamp: None,
            bytes: 0,
            max_bytes,
            asked: 0,
            hits: 0,
        }
    }

    /// How often it knew the answer.
    pub(super) fn hits(&self) -> u64 {
        self.hits
    }

    /// How often it did not.
    pub(super) fn misses(&self) -> u64 {
        self.asked - self.hits
    }

    /// What is known of `key`: an item, whose time may be over since, or that there is none; `None` if
    /// nothing is known.
    pub(super) fn get(
        &mut self,
        key: &str,
        link: &Link,
        own: &OwnCommits,
    ) -> Option<Option<Found>> {
        self.asked += 1;
        if !self.is_current(link, own) {
            return None;
        }
        let found = self.entries.to_back(key)?.clone();
        self.hits += 1;
        Some(found)
    }

    /// The same of several keys, as they were together at one moment; `None` if it lacks one of them.
    pub(super) fn get_all(
        &mut self,
        keys: &KeyList,
        link: &Link,
        own: &OwnCommits,
    ) -> Option<Vec<Option<Found>>> {
        self.asked += keys.len() as u64;
        if !self.is_current(link, own) {
            return None;
        }
        let known = keys
            .iter()
            .map(|key| self.entries.to_back(key).cloned())
            .collect::<Option<Vec<_>>>()?;
        self.hits += keys.len() as u64;
        Some(known)
    }

    /// Keeps what was read when the file had this stamp, if it still has.
    pub(super) fn keep<'k>(
        &mut self,
        read: impl Iterator<Item = (&'k str, Option<&'k Found>)>,
        stamp: Option<Stamp>,
        link: &Link,
        own: &OwnCommits,
    ) {
        if stamp.is_none() || !self.is_current(link, own) || stamp != self.stamp {
            return;
        }
        for (key, found) in read {
            let size = size_of_entry(key, found);
            if size <= self.max_bytes / LARGEST_PART {
                self.forget(key);
                self.entries.insert(key.into(), found.cloned());
                self.bytes += size;
            }
        }
        while self.bytes > self.max_bytes
            && let Some((key, found)) = self.entries.pop_front()
        {
            self.bytes -= size_of_entry(&key, found.as_ref());
        }
    }

    fn is_current(&mut self, link: &Link, own: &OwnCommits) -> bool {
        self.max_bytes > 0 && self.catch_up(link, own)
    }

    /// Brings the entries to what the file holds now; false if that is not known this moment.
    fn catch_up(&mut self, link: &Link, own: &OwnCommits) -> bool {
        let Some(now) = link.stamp() else {
            return false;
        };
        if self.stamp == Some(now) {
            return true;
        }
        if own.is_committing() {
            // Who changed the file will be known in an instant.
            return false;
        }
        self.apply_own(own);
        let latest = link.stamp();
        if self.stamp != latest {
            self.entries.clear();
            self.bytes = 0;
            self.stamp = latest;
        }
        latest.is_some()
    }

    /// Forgets what the own commits changed, as far as they lead on from what the entries are of.
    fn apply_own(&mut self, own: &OwnCommits) {
        for commit in own.take() {
            if self.stamp != Some(commit.before) {
                continue;
            }
            match commit.keys {
                Some(keys) => keys.iter().for_each(|key| self.forget(key)),
                None => {
                    self.entries.clear();
                    self.bytes = 0;
                }
            }
            self.stamp = Some(commit.after);
        }
    }

    fn forget(&mut self, key: &str) {
        if let Some(found) = self.entries.remove(key) {
            self.bytes -= size_of_entry(key, found.as_ref());
        }
    }
}

fn size_of_entry(key: &str, found: Option<&Found>) -> usize {
    let content = found.map_or(0, |found| found.content.as_bytes().len());
    ENTRY_BYTES + key.len() + content
}
