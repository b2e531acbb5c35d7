//! Jobs for the pool that are not due yet.
//!
//! One thread for the process, which only waits: the threads of the pool would have to wake each other
//! to keep one of them waiting for the next time that is due.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::pool;

struct Later {
    waiting: Mutex<BinaryHeap<Due>>,
    /// Told of a job that is due before all others.
    earlier: Condvar,
}

struct Due {
    at: Instant,
    job: Box<dyn FnOnce() + Send>,
}

/// The greatest is due first, as a heap wants it.
impl Ord for Due {
    fn cmp(&self, other: &Self) -> Ordering {
        other.at.cmp(&self.at)
    }
}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Due {}

/// `None` if its thread could not be started.
static LATER: OnceLock<Option<Later>> = OnceLock::new();

/// Gives `job` to the pool after `delay`; at once if nobody can wait for that.
pub(crate) fn submit_after(delay: Duration, job: impl FnOnce() + Send + 'static) {
    let later = LATER.get_or_init(|| {
        let started = thread::Builder::new()
            .name("stowage-later".into())
            .spawn(work);
        started.ok().map(|_| Later {
            waiting: Mutex::default(),
            earlier: Condvar::new(),
        })
    });
    let Some(later) = later else {
        return pool::submit(job);
    };
    let at = Instant::now() + delay;
    let mut waiting = later.lock();
    let is_next = waiting.peek().is_none_or(|next| at < next.at);
    waiting.push(Due {
        at,
        job: Box::new(job),
    });
    drop(waiting);
    if is_next {
        later.earlier.notify_one();
    }
}

fn work() {
    // It is there as soon as whoever started this thread goes on.
    let Some(later) = LATER.wait() else { return };
    loop {
        pool::submit(later.next());
    }
}

impl Later {
    /// No job runs under the lock, so a poisoned lock holds a consistent heap.
    fn lock(&self) -> MutexGuard<'_, BinaryHeap<Due>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the next job that is due.
    fn next(&self) -> Box<dyn FnOnce() + Send> {
        let mut waiting = self.lock();
        loop {
            let now = Instant::now();
            let Some(next) = waiting.peek() else {
                waiting = self
                    .earlier
                    .wait(waiting)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let rest = next.at.saturating_duration_since(now);
            if rest.is_zero()
                && let Some(due) = waiting.pop()
            {
                return due.job;
            }
            let woken = self.earlier.wait_timeout(waiting, rest);
            waiting = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_run_once_each_and_never_early() {
        let (sender, receiver) = std::sync::mpsc::channel();
        let begin = Instant::now();
        for delay in [30, 10, 20] {
            let sender = sender.clone();
            submit_after(Duration::from_millis(delay), move || {
                sender.send((delay, begin.elapsed())).ok();
            });
        }
        drop(sender);
        let ran: Vec<(u64, Duration)> = receiver.iter().collect();
        assert_eq!(ran.len(), 3);
        assert!(
            ran.iter()
                .all(|(delay, after)| *after >= Duration::from_millis(*delay)),
            "{ran:?}"
        );
    }
}
