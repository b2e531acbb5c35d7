//! Walks the tree: to learn it, to take in a new folder, and to find what events did not tell.

use std::sync::Arc;
use std::time::SystemTime;

use super::coalesce::Hint;
use super::engine::{BASE_RETRY, Engine, RESCAN_RETRY, is_permission, too_many_files};
use super::snapshot::Known;
use super::source::child;
use super::stamp::Stamp;
use super::tree::{Node, is_absence};
use crate::error::{Fault, Kind};

/// Whether what a walk finds was there before the watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// It was: listeners are told only if they ask for it.
    First,
    /// It is compared with what listeners know.
    Later,
}

impl Engine {
    /// Learns the whole tree.
    ///
    /// # Errors
    /// A folder cannot be watched or read, or there are too many files.
    pub(super) fn first_scan(&mut self) -> Result<(), Fault> {
        self.walk("", Phase::First).map(drop)
    }

    /// Starts anew with the whole tree: every folder is watched again, and every file compared.
    pub(super) fn rescan(&mut self) {
        self.progress.rescan_due = None;
        self.source.leave("");
        self.scan("");
    }

    /// Watches a folder and all below it, and compares what is there with what is known.
    pub(super) fn scan(&mut self, root: &str) {
        match self.walk(root, Phase::Later) {
            Ok(unread) => self.hint_missing(root, &unread),
            Err(fault) => self.complain(fault),
        }
    }

    /// Visits the folders at and below `root`; answers with those that could not be read.
    fn walk(&mut self, root: &str, phase: Phase) -> Result<Vec<Arc<str>>, Fault> {
        self.progress.scan += 1;
        let mut unread = Vec::new();
        let mut folders = vec![Arc::from(root)];
        while let Some(folder) = folders.pop() {
            if self.mailbox.is_closed() {
                // Nobody cares any more; what was not visited must not count as missing.
                return Ok(vec!["".into()]);
            }
            match self.visit(&folder, phase) {
                Ok(below) => {
                    self.progress.unreadable.remove(&folder);
                    folders.extend(below);
                }
                Err(fault) if phase == Phase::First && !self.is_tolerated(&fault) => {
                    return Err(fault);
                }
                Err(fault) => {
                    self.note_unread(&folder, fault);
                    unread.push(folder);
                }
            }
        }
        Ok(unread)
    }

    /// Watches one folder, then lists it, so that nothing can happen in between unseen. Answers
    /// with the folders in it.
    fn visit(&mut self, folder: &Arc<str>, phase: Phase) -> Result<Vec<Arc<str>>, Fault> {
        let mut nodes = Vec::new();
        if folder.is_empty() {
            // Before it is watched: one that is replaced meanwhile must differ.
            self.progress.base = self.tree.identity();
        }
        let entered = self.source.enter(&self.tree.path(folder), folder)?;
        let listed = self
            .tree
            .list(folder, |name, node| nodes.push((child(folder, name), node)));
        match listed {
            Ok(()) if entered => {}
            Err(error) if !is_absence(&error) => return Err(error.into()),
            _ if folder.is_empty() => self.rescan_within(BASE_RETRY),
            // A folder that vanished again.
            _ => return Ok(Vec::new()),
        }
        let mut below = Vec::new();
        for (path, node) in nodes {
            match node {
                Node::Folder if self.filter.admits_folder(&path) => below.push(path.into()),
                Node::File(stamp) if self.filter.admits_file(&path) => {
                    self.found(&path, stamp, phase)?
                }
                Node::Unknown => self.mark_found(&path),
                Node::Folder | Node::File(_) | Node::Nothing => {}
            }
        }
        Ok(self.not_ignored(below))
    }

    fn found(&mut self, path: &str, stamp: Stamp, phase: Phase) -> Result<(), Fault> {
        let fresh = stamp.is_fresh(SystemTime::now());
        if phase == Phase::First {
            let known = Known {
                stamp,
                fresh,
                own: false,
                scan: self.progress.scan,
            };
            let fits = self.coalescer.known.insert(path, known);
            return if fits { Ok(()) } else { Err(too_many_files()) };
        }
        self.mark_found(path);
        if self
            .coalescer
            .known
            .get(path)
            .is_none_or(|known| known.stamp != stamp)
        {
            let now = self.now();
            // An empty young file is one whose writer has only just begun.
            let hint = if fresh && stamp.size == 0 {
                Hint::Touched
            } else {
                Hint::Found { fresh }
            };
            self.coalescer.hint(path, hint, now);
        }
        Ok(())
    }

    fn mark_found(&mut self, path: &str) {
        if let Some(known) = self.coalescer.known.get_mut(path) {
            known.scan = self.progress.scan;
        }
    }

    /// What the last walk did not find is gone, unless it lies where the walk could not look.
    fn hint_missing(&mut self, root: &str, unread: &[Arc<str>]) {
        let (scan, now) = (self.progress.scan, self.now());
        let known = self.coalescer.known.below(root);
        let missing = known.filter(|(path, known)| {
            known.scan != scan && !unread.iter().any(|folder| is_below(path, folder))
        });
        let missing: Vec<_> = missing.map(|(path, _)| Arc::clone(path)).collect();
        missing
            .iter()
            .for_each(|path| self.coalescer.hint(path, Hint::Gone, now));
    }

    fn note_unread(&mut self, folder: &Arc<str>, fault: Fault) {
        // Permissions and limits do not change by waiting; a lack of descriptors does.
        if !is_permission(&fault) && fault.kind != Kind::LimitExceeded {
            self.rescan_within(RESCAN_RETRY);
        }
        if self.progress.unreadable.insert(Arc::clone(folder)) {
            self.complain(fault);
        }
    }
}

fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
}
