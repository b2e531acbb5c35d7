//! The commits of this driver, for the cache that has to tell them from those of others.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use compact_str::CompactString;

use super::wal_index::Stamp;

/// The most keys that wait for the cache to look; with more, it forgets everything.
const MAX_WAITING_KEYS: usize = 32 * 1024;

/// One commit of this driver, and nobody else's.
#[derive(Debug)]
pub(super) struct OwnCommit {
    pub(super) before: Stamp,
    pub(super) after: Stamp,
    /// What it changed; `None` for anything.
    pub(super) keys: Option<Vec<CompactString>>,
}

/// What the writer has committed and the cache has not looked at.
#[derive(Debug, Default)]
pub(super) struct OwnCommits {
    waiting: Mutex<Vec<OwnCommit>>,
    /// A commit is on its way, and will be told of.
    committing: AtomicBool,
}

impl OwnCommits {
    /// Says that a commit begins.
    pub(super) fn begin(&self) {
        self.committing.store(true, Ordering::SeqCst);
    }

    /// Says what became of it; `None` if it changed nothing, or nobody can tell what.
    pub(super) fn end(&self, commit: Option<OwnCommit>) {
        if let Some(commit) = commit {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let keys = |commit: &OwnCommit| commit.keys.as_ref().map_or(0, Vec::len);
            if waiting.iter().map(keys).sum::<usize>() + keys(&commit) > MAX_WAITING_KEYS {
                // The cache sees a change that nobody explains.
                waiting.clear();
            } else {
                waiting.push(commit);
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
        std::mem::take(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
