//! The commits of this driver, for the cache that has to tell them from those of others.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use compact_str::CompactString;

use super::wal_index::Stamp;

/// The most commits and keys that wait for the cache to look; with more, it forgets everything.
const MAX_WAITING: usize = 32 * 1024;

/// One commit of this driver, and nobody else's.
#[derive(Debug)]
pub(super) struct OwnCommit {
    pub(super) before: Stamp,
    pub(super) after: Stamp,
    /// What it changed; `None` for anything.
    pub(super) keys: Option<Vec<CompactString>>,
}

/// What the writer has committed and the cache has not looked at.
#[derive(Debug)]
pub(super) struct OwnCommits {
    /// There is a cache.
    is_wanted: bool,
    waiting: Mutex<Waiting>,
    /// A commit is on its way, and will be told of.
    committing: AtomicBool,
}

#[derive(Debug, Default)]
struct Waiting {
    commits: Vec<OwnCommit>,
    /// What they take: one for each, and one for each of their keys.
    size: usize,
}

impl OwnCommits {
    /// Tells nobody anything unless `is_wanted`.
    pub(super) fn new(is_wanted: bool) -> Self {
        OwnCommits {
            is_wanted,
            waiting: Mutex::default(),
            committing: AtomicBool::new(false),
        }
    }

    /// Says that a commit begins.
    pub(super) fn begin(&self) {
        self.committing.store(true, Ordering::SeqCst);
    }

    /// Says what became of it; `None` if it changed nothing, or nobody can tell what.
    pub(super) fn end(&self, commit: impl FnOnce() -> Option<OwnCommit>) {
        if self.is_wanted
            && let Some(commit) = commit()
        {
            let mut waiting = self.lock();
            waiting.size += 1 + commit.keys.as_ref().map_or(0, Vec::len);
            if waiting.size > MAX_WAITING {
                // The cache sees a change that nobody explains.
                *waiting = Waiting::default();
            } else {
                waiting.commits.push(commit);
            }
        }
        self.committing.store(false, Ordering::SeqCst);
    }

    /// True while a change may be seen that is not told of yet.
    pub(super) fn is_committing(&self) -> bool {
        self.committing.load(Ordering::SeqCst)
    }

    /// Takes what waits, oldest first.
    pub(super) fn take(&self) -> Vec<OwnCommit> {
        std::mem::take(&mut *self.lock()).commits
    }

    /// Nothing else runs under the lock, so a poisoned lock holds a consistent list.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
