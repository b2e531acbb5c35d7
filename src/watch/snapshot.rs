//! The last state of every file that listeners know of.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use super::stamp::Stamp;

/// The most files that one watch keeps track of. Each costs about 150 bytes.
pub(super) const MAX_FILES: usize = 1 << 20;

/// The state of one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) stamp: Stamp,
    /// The stamp was so young that a later change may have left it as it is.
    pub(super) fresh: bool,
    /// This process itself wrote the state.
    pub(super) own: bool,
    /// The number of the last scan that found the file.
    pub(super) scan: u64,
}

impl Known {
    /// True if an equal stamp proves nothing, because it was young when it was taken and the content
    /// was `written` since.
    pub(super) fn may_hide_change(&self, written: bool) -> bool {
        written && self.fresh && !self.own
    }
}

/// Files by their path relative to the base, ordered, so that a folder is a range.
#[derive(Debug)]
pub(super) struct Snapshot {
    files: BTreeMap<Arc<str>, Known>,
    limit: usize,
}

impl Snapshot {
    pub(super) fn new(limit: usize) -> Self {
        Snapshot {
            files: BTreeMap::new(),
            limit,
        }
    }

    pub(super) fn get(&self, path: &str) -> Option<&Known> {
        self.files.get(path)
    }

    pub(super) fn get_mut(&mut self, path: &str) -> Option<&mut Known> {
        self.files.get_mut(path)
    }

    pub(super) fn contains(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// False if the file is new and there is no room for it.
    #[must_use]
    pub(super) fn insert(&mut self, path: &str, known: Known) -> bool {
        if let Some(slot) = self.files.get_mut(path) {
            *slot = known;
            return true;
        }
        if self.files.len() >= self.limit {
            return false;
        }
        self.files.insert(path.into(), known);
        true
    }

    /// True if the file was known.
    pub(super) fn remove(&mut self, path: &str) -> bool {
        self.files.remove(path).is_some()
    }

    /// The files below a folder; `""` is the base.
    pub(super) fn below(&self, folder: &str) -> impl Iterator<Item = (&Arc<str>, &Known)> {
        let prefix = if folder.is_empty() {
            String::new()
        } else {
            format!("{folder}/")
        };
        self.files
            .range::<str, _>((Bound::Included(prefix.as_str()), Bound::Unbounded))
            .take_while(move |(path, _)| path.starts_with(&prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(limit: usize, paths: &[&str]) -> (Snapshot, bool) {
        let mut snapshot = Snapshot::new(limit);
        let fits = paths
            .iter()
            .all(|path| snapshot.insert(path, Known::default()));
        (snapshot, fits)
    }

    #[test]
    fn a_folder_is_what_lies_below_it_and_nothing_beside_it() {
        let (snapshot, _) = filled(9, &["a", "a-b", "a/x", "a/y/z", "a0", "b/x"]);
        let below = |folder| -> Vec<String> {
            snapshot
                .below(folder)
                .map(|(path, _)| path.to_string())
                .collect()
        };
        assert_eq!(below("a"), ["a/x", "a/y/z"]);
        assert_eq!(below("c"), [""; 0]);
        assert_eq!(below("").len(), 6);
    }

    #[test]
    fn the_limit_counts_new_files_only() {
        let (mut snapshot, fits) = filled(2, &["a", "b", "a"]);
        assert!(fits);
        assert!(!snapshot.insert("c", Known::default()));
        assert!(snapshot.remove("a"));
        assert!(snapshot.insert("c", Known::default()));
    }
}
