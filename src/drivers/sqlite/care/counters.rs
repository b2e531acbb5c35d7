//! What a driver counts while it works.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::reservoir::Reservoir;
use super::stats::Groups;

/// Counted since the driver was opened. Shared by everybody who does the work.
#[derive(Debug, Default)]
pub struct Counters {
    cache_hits: AtomicU64,
    cache_misses: AtomicU64,
    commits: Mutex<Commits>,
}

#[derive(Debug, Default)]
struct Commits {
    count: u64,
    writes: u64,
    largest: u64,
    durations: Reservoir,
}

impl Counters {
    /// A read was answered by the value cache.
    pub fn hit(&self) {
        self.cache_hits.fetch_add(1, Ordering::Relaxed);
    }

    /// A read had to ask the database.
    pub fn missed(&self) {
        self.cache_misses.fetch_add(1, Ordering::Relaxed);
    }

    /// A transaction carried out `writes` requests, in `duration` from its beginning to its end.
    pub fn committed(&self, writes: usize, duration: Duration) {
        let mut commits = self.commits();
        commits.count += 1;
        commits.writes += writes as u64;
        commits.largest = commits.largest.max(writes as u64);
        commits.durations.record(duration);
    }

    pub(super) fn cache(&self) -> (u64, u64) {
        (
            self.cache_hits.load(Ordering::Relaxed),
            self.cache_misses.load(Ordering::Relaxed),
        )
    }

    pub(super) fn groups(&self) -> Groups {
        let commits = self.commits();
        let [p50, p99] = commits.durations.percentiles([0.5, 0.99]);
        #[expect(clippy::cast_precision_loss, reason = "a mean for people")]
        let mean = commits.writes as f64 / commits.count.max(1) as f64;
        Groups {
            commits: commits.count,
            mean,
            max: commits.largest,
            p50_ms: p50,
            p99_ms: p99,
        }
    }

    /// Counting cannot fail half way, so a poisoned lock holds consistent figures.
    fn commits(&self) -> MutexGuard<'_, Commits> {
        self.commits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
