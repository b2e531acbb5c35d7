//! Removes what dead processes left, when a store is opened.

use std::collections::VecDeque;
use std::io;

use super::disk::EntryKind;
use super::escape::is_temporary;
use super::path::is_too_deep;
use super::store::Store;
use super::temporary;

/// The most entries looked at when a store is opened. Listings sweep what they pass, so a larger
/// tree is cleaned as it is used.
const MAX_ENTRIES: usize = 100_000;

impl Store {
    /// Removes left-over temporary files. Failures do not matter: the files stay hidden, and the
    /// next listing tries again.
    pub(super) fn sweep(&self) {
        let mut left = MAX_ENTRIES;
        let mut folders = VecDeque::from([String::new()]);
        while let Some(folder) = folders.pop_front() {
            if self.sweep_folder(&folder, &mut folders, &mut left).is_err() || left == 0 {
                return;
            }
        }
    }

    fn sweep_folder(
        &self,
        path: &str,
        folders: &mut VecDeque<String>,
        left: &mut usize,
    ) -> io::Result<()> {
        let folder = self.base.folder(path)?;
        for entry in folder.entries()? {
            *left = left.saturating_sub(1);
            if is_temporary(&entry.name) {
                temporary::sweep(&folder, &entry.name);
            } else if entry.kind == EntryKind::Folder && folders.len() < *left {
                let separator = if path.is_empty() { "" } else { "/" };
                let below = format!("{path}{separator}{}", entry.name);
                if !is_too_deep(&below) {
                    folders.push_back(below);
                }
            }
        }
        Ok(())
    }
}
