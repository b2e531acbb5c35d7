//! Removing many values.

use super::store::Store;
use super::walk::Listing;
use crate::error::Fault;
use crate::key::KeyList;

impl Store {
    /// Removes all keys, then the folders of the walk that are empty. Goes on after a failure and
    /// reports the first.
    pub(super) fn remove_all(&self, keys: &KeyList, folders: &[String]) -> Result<(), Fault> {
        let mut outcome = Ok(());
        for key in keys.iter() {
            outcome = outcome.and(self.remove(key));
        }
        // Parents were seen first, so they are empty by the time it is their turn.
        folders.iter().rev().for_each(|folder| self.remove_empty(folder));
        outcome
    }
}

impl Listing {
    /// The paths of the folders that were entered, parents first.
    pub(super) fn folder_paths(&self) -> Vec<String> {
        self.folders.iter().map(|folder| folder.path.clone()).collect()
    }
}
