//! What this process itself changes in a watched folder, so that it is not reported a second time.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::stamp::Stamp;

/// Parts that a ledger is split into, so that pool threads rarely wait for each other.
const SHARDS: usize = 16;

/// The most changes that one part remembers. Beyond it the oldest is forgotten, and would then be
/// reported as a change by somebody else.
const MAX_ENTRIES_PER_SHARD: usize = 8_192;

/// Where a driver announces its own changes. Shared by all its jobs; one per driver.
///
/// The driver holds a guard around the step that publishes, so that an event that arrives before
/// the stamp is known waits for it:
///
/// ```text
/// let own = changes.writing("folder/file");       // before the rename (or the in-place write)
/// let stamp = Stamp::of(&temporary.metadata()?);  // of the open file, after its last write
/// rename(temporary, target)?;
/// own.wrote(stamp);                               // or own.removed(), after an unlink
/// ```
///
/// A guard that is dropped without either stands for a write that failed. While no watch is
/// active all of this does nothing and allocates nothing. Paths are relative to the base, with `/`.
#[derive(Clone, Debug, Default)]
pub struct OwnChanges(Arc<Registry>);

#[derive(Debug, Default)]
struct Registry {
    /// The number of ledgers, to be read without the lock.
    active: AtomicUsize,
    /// One ledger per running watch of the driver.
    ledgers: RwLock<Vec<Arc<Ledger>>>,
}

impl OwnChanges {
    /// True while a watch wants to know. Without one the other calls do nothing.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.0.active.load(Ordering::Acquire) > 0
    }

    /// Announces a write or removal of `relative`, until the guard is dropped.
    pub fn writing(&self, relative: &str) -> OwnWrite {
        if !self.is_active() {
            return OwnWrite {
                changes: self.clone(),
                path: None,
            };
        }
        self.each(|ledger| ledger.begin(relative));
        OwnWrite {
            changes: self.clone(),
            path: Some(relative.into()),
        }
    }

    /// This process has put the file into the state `stamp`.
    pub fn wrote(&self, relative: &str, stamp: Stamp) {
        self.record(relative, Own::Wrote(stamp));
    }

    /// This process has removed the file.
    pub fn removed(&self, relative: &str) {
        self.record(relative, Own::Removed);
    }

    fn record(&self, relative: &str, own: Own) {
        if self.is_active() {
            self.each(|ledger| ledger.record(relative, own));
        }
    }

    fn each(&self, act: impl Fn(&Ledger)) {
        let ledgers = self
            .0
            .ledgers
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        ledgers.iter().for_each(|ledger| act(ledger));
    }

    /// Starts a ledger for one watch. What the watch does not ask for is forgotten after
    /// `retention`.
    pub(super) fn subscribe(&self, retention: Duration) -> Subscription {
        let ledger = Arc::new(Ledger::new(retention));
        let mut ledgers = self
            .0
            .ledgers
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        ledgers.push(Arc::clone(&ledger));
        self.0.active.store(ledgers.len(), Ordering::Release);
        drop(ledgers);
        Subscription {
            changes: self.clone(),
            ledger,
        }
    }

    fn unsubscribe(&self, ledger: &Arc<Ledger>) {
        let mut ledgers = self
            .0
            .ledgers
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        ledgers.retain(|other| !Arc::ptr_eq(other, ledger));
        self.0.active.store(ledgers.len(), Ordering::Release);
    }
}

/// A write of this process that is under way. See [`OwnChanges`].
#[derive(Debug)]
#[must_use = "the write is under way only as long as the guard lives"]
pub struct OwnWrite {
    changes: OwnChanges,
    path: Option<Box<str>>,
}

impl OwnWrite {
    /// The write has put the file into the state `stamp`.
    pub fn wrote(self, stamp: Stamp) {
        self.record(Own::Wrote(stamp));
    }

    /// The file was removed.
    pub fn removed(self) {
        self.record(Own::Removed);
    }

    fn record(&self, own: Own) {
        if let Some(path) = &self.path {
            self.changes.record(path, own);
        }
    }
}

impl Drop for OwnWrite {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            self.changes.each(|ledger| ledger.end(path));
        }
    }
}

/// The last thing that this process did to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Own {
    /// It was written and then looked like this.
    Wrote(Stamp),
    /// It was removed.
    Removed,
}

/// What the ledger knows of a file at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct View {
    /// Changes with every announcement for the file.
    pub(super) sequence: u64,
    /// A write is under way: what the file looks like now may still be ours.
    pub(super) in_flight: bool,
    /// The last finished change that no look has consumed.
    pub(super) last: Option<Own>,
}

/// The ledger of one watch; ends with it.
#[derive(Debug)]
pub(super) struct Subscription {
    changes: OwnChanges,
    ledger: Arc<Ledger>,
}

impl Subscription {
    /// What is known of `path`.
    pub(super) fn view(&self, path: &str) -> View {
        self.ledger.view(path)
    }

    /// Forgets what `seen` told, unless something was announced since.
    pub(super) fn consume(&self, path: &str, seen: View) {
        if seen.last.is_some() {
            self.ledger.consume(path, seen.sequence);
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.changes.unsubscribe(&self.ledger);
    }
}

/// The announcements that one watch has not consumed.
#[derive(Debug)]
struct Ledger {
    retention: Duration,
    sequence: AtomicU64,
    hasher: RandomState,
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Debug, Default)]
struct Shard {
    files: HashMap<Arc<str>, File>,
    /// Finished changes, oldest first; one that was overtaken bears an older number.
    order: VecDeque<(Instant, u64, Arc<str>)>,
}

#[derive(Debug, Default)]
struct File {
    /// The number of the last announcement.
    sequence: u64,
    /// The number under which `last` stands in the order of age.
    recorded: u64,
    in_flight: u32,
    last: Option<Own>,
}

impl Ledger {
    fn new(retention: Duration) -> Self {
        Ledger {
            retention,
            sequence: AtomicU64::new(1),
            hasher: RandomState::new(),
            shards: Default::default(),
        }
    }

    fn next(&self) -> u64 {
        self.sequence.fetch_add(1, Ordering::Relaxed)
    }

    /// The part that is responsible for `path`. Nothing runs under its lock that could panic half
    /// way, so a poisoned lock holds a consistent part.
    fn shard(&self, path: &str) -> MutexGuard<'_, Shard> {
        const COUNT: u64 = SHARDS as u64;
        let index = usize::try_from(self.hasher.hash_one(path) % COUNT).unwrap_or(0);
        let [first, ..] = &self.shards;
        self.shards
            .get(index)
            .unwrap_or(first)
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, path: &str) {
        let sequence = self.next();
        self.shard(path).update(path, |file| {
            file.in_flight += 1;
            file.sequence = sequence;
        });
    }

    fn end(&self, path: &str) {
        let mut shard = self.shard(path);
        let Some(file) = shard.files.get_mut(path) else {
            return;
        };
        file.in_flight = file.in_flight.saturating_sub(1);
        if file.in_flight == 0 && file.last.is_none() {
            shard.files.remove(path);
        }
    }

    fn record(&self, path: &str, own: Own) {
        let sequence = self.next();
        let now = Instant::now();
        let mut shard = self.shard(path);
        shard.update(path, |file| {
            file.last = Some(own);
            file.sequence = sequence;
            file.recorded = sequence;
        });
        shard.remember(now, sequence, path);
        shard.forget_old(now, self.retention);
    }

    fn view(&self, path: &str) -> View {
        let shard = self.shard(path);
        shard
            .files
            .get(path)
            .map_or_else(View::default, |file| View {
                sequence: file.sequence,
                in_flight: file.in_flight > 0,
                last: file.last,
            })
    }

    fn consume(&self, path: &str, sequence: u64) {
        let mut shard = self.shard(path);
        if shard
            .files
            .get(path)
            .is_some_and(|file| file.sequence == sequence)
        {
            shard.forget(path);
        }
    }
}

impl Shard {
    fn update(&mut self, path: &str, change: impl FnOnce(&mut File)) {
        if let Some(file) = self.files.get_mut(path) {
            return change(file);
        }
        let mut file = File::default();
        change(&mut file);
        self.files.insert(path.into(), file);
    }

    fn remember(&mut self, now: Instant, recorded: u64, path: &str) {
        // The allocation of the map's key is shared.
        if let Some((path, _)) = self.files.get_key_value(path) {
            self.order.push_back((now, recorded, Arc::clone(path)));
        }
    }

    fn forget_old(&mut self, now: Instant, retention: Duration) {
        while let Some((since, _, _)) = self.order.front() {
            if self.order.len() <= MAX_ENTRIES_PER_SHARD && now.duration_since(*since) < retention {
                return;
            }
            let Some((_, recorded, path)) = self.order.pop_front() else {
                return;
            };
            if self
                .files
                .get(&path)
                .is_some_and(|file| file.recorded == recorded)
            {
                self.forget(&path);
            }
        }
    }

    /// Drops the last finished change of `path`; writes under way stay announced.
    fn forget(&mut self, path: &str) {
        let Some(file) = self.files.get_mut(path) else {
            return;
        };
        file.last = None;
        if file.in_flight == 0 {
            self.files.remove(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(600);

    fn stamp(size: u64) -> Stamp {
        Stamp {
            size,
            ..Stamp::default()
        }
    }

    #[test]
    fn nothing_is_kept_without_a_watch() {
        let own = OwnChanges::default();
        let early = own.writing("a");
        let watch = own.subscribe(LONG);
        drop(early);
        assert_eq!(watch.view("a"), View::default());
        own.wrote("a", stamp(1));
        assert_eq!(watch.view("a").last, Some(Own::Wrote(stamp(1))));
        drop(watch);
        assert!(!own.is_active());
    }

    #[test]
    fn a_write_under_way_shows_until_its_guard_ends() {
        let own = OwnChanges::default();
        let watch = own.subscribe(LONG);
        let guard = own.writing("a");
        let before = watch.view("a");
        assert!(before.in_flight);
        guard.wrote(stamp(2));
        let after = watch.view("a");
        assert!(!after.in_flight);
        assert_ne!(before.sequence, after.sequence);
        assert_eq!(after.last, Some(Own::Wrote(stamp(2))));
    }

    #[test]
    fn a_failed_write_leaves_nothing() {
        let own = OwnChanges::default();
        let watch = own.subscribe(LONG);
        drop(own.writing("a"));
        assert_eq!(watch.view("a"), View::default());
    }

    #[test]
    fn consuming_forgets_only_what_was_seen() {
        let own = OwnChanges::default();
        let watch = own.subscribe(LONG);
        own.wrote("a", stamp(1));
        let seen = watch.view("a");
        own.removed("a");
        watch.consume("a", seen);
        assert_eq!(watch.view("a").last, Some(Own::Removed));
        watch.consume("a", watch.view("a"));
        assert_eq!(watch.view("a"), View::default());
    }

    #[test]
    fn every_watch_has_its_own_ledger() {
        let own = OwnChanges::default();
        let (one, two) = (own.subscribe(LONG), own.subscribe(LONG));
        own.removed("a");
        one.consume("a", one.view("a"));
        assert_eq!(one.view("a").last, None);
        assert_eq!(two.view("a").last, Some(Own::Removed));
    }

    #[test]
    fn memory_is_bounded_by_number_and_by_age() {
        let own = OwnChanges::default();
        let watch = own.subscribe(LONG);
        let short = own.subscribe(Duration::ZERO);
        let total = SHARDS * MAX_ENTRIES_PER_SHARD;
        for index in 0..total + total / 4 {
            own.wrote(&format!("file-{index}"), stamp(1));
        }
        let kept = |ledger: &Ledger| -> usize {
            ledger
                .shards
                .iter()
                .map(|shard| shard.lock().map_or(0, |shard| shard.files.len()))
                .sum()
        };
        assert!(kept(&watch.ledger) <= total);
        assert!(kept(&watch.ledger) > total / 2);
        assert!(kept(&short.ledger) <= SHARDS);
    }

    #[test]
    fn a_rewritten_file_is_remembered_once() {
        let own = OwnChanges::default();
        let watch = own.subscribe(LONG);
        for size in 0..3 * MAX_ENTRIES_PER_SHARD as u64 {
            own.wrote("hot", stamp(size));
        }
        let shard = watch.ledger.shard("hot");
        assert_eq!(shard.files.len(), 1);
        assert!(shard.order.len() <= MAX_ENTRIES_PER_SHARD);
    }
}
