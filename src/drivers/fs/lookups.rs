//! Whether a name that the kernel does not remember is worth looking up on the calling thread.
//!
//! A missing key is a name that nobody asked for before, so the kernel has to search the folder. If
//! the folder is in memory that takes two microseconds, the way to the pool and back seven or more.
//! The kernel does not tell which it is. But names that were just looked up fast show that the
//! folders in use are in memory, and one that takes long shows that they no longer are.
//!
//! So the calling thread looks up names only right after several fast ones in a row, only on file
//! systems on a disk of this machine, never while this driver changes a folder (which locks it), and
//! after a slow one not for [`MISTRUST`] times as long as that took. So it spends a tenth of its time
//! waiting for the disk at most.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// No disk answers faster; what takes less was in memory.
const FAST: Duration = Duration::from_micros(50);

/// How many fast lookups in a row show that folders are in memory.
const PROOF: u32 = 4;

/// For how long the last fast lookup counts: what was in memory then may be gone later, and a disk
/// may have stopped turning.
const FRESH: Duration = Duration::from_secs(1);

/// For how many times its own length nothing is tried after a slow lookup on the calling thread. In
/// proportion, because a short delay is mostly another thread's turn, and a long one the disk.
const MISTRUST: u32 = 10;

/// What the lookups of one driver have shown.
#[derive(Debug, Default)]
pub(super) struct Lookups {
    history: Mutex<History>,
    is_local: OnceLock<bool>,
    /// Changes of folders that are under way.
    writers: AtomicUsize,
}

/// A change of a folder that is under way; see [`Lookups::writing`].
#[derive(Debug)]
pub(super) struct Writing<'a>(&'a AtomicUsize);

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Debug, Default)]
struct History {
    /// Fast lookups since the last slow one.
    fast: u32,
    /// When the last fast lookup ended.
    last: Option<Instant>,
    mistrusted_until: Option<Instant>,
}

impl Lookups {
    /// Marks a change of a folder, until dropped. A lookup that starts just before one is unlikely,
    /// waits for this one change at most, and then counts as slow.
    pub(super) fn writing(&self) -> Writing<'_> {
        self.writers.fetch_add(1, Ordering::Relaxed);
        Writing(&self.writers)
    }

    /// Looks a name up in the pool, where it may take as long as it wants, and learns from that.
    /// `is_local` is asked once.
    pub(super) fn watched<T>(
        &self,
        is_local: impl FnOnce() -> bool,
        look: impl FnOnce() -> T,
    ) -> T {
        if !*self.is_local.get_or_init(is_local) {
            return look();
        }
        let start = Instant::now();
        let found = look();
        let end = Instant::now();
        self.lock().note(end, end - start);
        found
    }

    /// Looks a name up on the calling thread, unless that may take long: then it is `None`.
    pub(super) fn in_place<T>(&self, look: impl FnOnce() -> Option<T>) -> Option<T> {
        if self.is_local.get() != Some(&true) || self.writers.load(Ordering::Relaxed) > 0 {
            return None;
        }
        let start = Instant::now();
        if !self.lock().is_trusted(start) {
            return None;
        }
        let found = look();
        let end = Instant::now();
        self.lock().note_in_place(end, end - start);
        found
    }

    /// Nothing runs under the lock, so a poisoned lock holds a consistent state.
    fn lock(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl History {
    fn note(&mut self, end: Instant, took: Duration) {
        if took > FAST {
            self.fast = 0;
        } else {
            self.fast = self.fast.saturating_add(1);
            self.last = Some(end);
        }
    }

    fn note_in_place(&mut self, end: Instant, took: Duration) {
        self.note(end, took);
        if took > FAST {
            self.mistrusted_until = Some(end + took * MISTRUST);
        }
    }

    fn is_trusted(&self, now: Instant) -> bool {
        let is_fresh = |last| now.saturating_duration_since(last) < FRESH;
        self.fast >= PROOF
            && self.last.is_some_and(is_fresh)
            && self.mistrusted_until.is_none_or(|until| now >= until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Duration = Duration::from_micros(2);
    const SLOW: Duration = Duration::from_millis(1);

    fn proven(now: Instant) -> History {
        let mut history = History::default();
        for _ in 0..PROOF {
            history.note(now, QUICK);
        }
        history
    }

    #[test]
    fn several_fast_lookups_in_a_row_are_a_proof() {
        let now = Instant::now();
        let mut history = History::default();
        for _ in 0..PROOF {
            assert!(!history.is_trusted(now));
            history.note(now, QUICK);
        }
        assert!(history.is_trusted(now));
        history.note(now, SLOW);
        assert!(!history.is_trusted(now));
    }

    #[test]
    fn a_proof_is_soon_out_of_date() {
        let now = Instant::now();
        let history = proven(now);
        assert!(history.is_trusted(now + FRESH / 2));
        assert!(!history.is_trusted(now + FRESH));
    }

    #[test]
    fn nothing_is_tried_for_a_while_after_a_slow_one() {
        let now = Instant::now();
        let mut history = proven(now);
        history.note_in_place(now, SLOW);
        for _ in 0..PROOF {
            history.note(now, QUICK);
        }
        assert!(!history.is_trusted(now + SLOW * MISTRUST / 2));
        assert!(history.is_trusted(now + SLOW * MISTRUST));
    }

    #[test]
    fn a_folder_that_is_being_written_to_is_not_asked() {
        let lookups = Lookups::default();
        lookups.watched(|| true, || ());
        *lookups.lock() = proven(Instant::now());
        let writing = lookups.writing();
        assert_eq!(lookups.in_place(|| Some(1)), None);
        drop(writing);
        assert_eq!(lookups.in_place(|| Some(1)), Some(1));
    }

    #[test]
    fn a_slow_one_on_the_calling_thread_ends_the_trust() {
        let lookups = Lookups::default();
        lookups.watched(|| true, || ());
        *lookups.lock() = proven(Instant::now());
        assert_eq!(lookups.in_place(|| Some(1)), Some(1));
        *lookups.lock() = proven(Instant::now());
        let slow = lookups.in_place(|| {
            let start = Instant::now();
            while start.elapsed() <= FAST {
                std::hint::spin_loop();
            }
            Some(())
        });
        assert_eq!(slow, Some(()));
        let history = lookups.lock();
        assert!(history.mistrusted_until.is_some() && history.fast == 0);
    }

    #[test]
    fn other_machines_are_never_asked_in_place() {
        let lookups = Lookups::default();
        for _ in 0..=PROOF {
            lookups.watched(|| false, || ());
        }
        assert_eq!(lookups.in_place(|| Some(1)), None);
    }
}
