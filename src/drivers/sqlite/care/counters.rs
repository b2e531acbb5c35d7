//! What a driver counts while it works.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::reservoir::Reservoir;
use super::stats::Groups;

/// Counted since the driver was opened. Shared by everybody who does the work.
#[derive(Debug, Default)]
pub struct Counters {
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
    /// A transaction carried out `writes` requests, in `duration` from its beginning to its end.
    pub fn committed(&self, writes: usize, duration: Duration) {
        let mut commits = self.commits();
        commits.count += 1;
        commits.writes += writes as u64;
        commits.largest = commits.largest.max(writes as u64);
        commits.durations.record(duration);
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
