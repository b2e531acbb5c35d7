//! Removing many values.

use super::store::Store;
use super::walk::Listing;
use crate::error::Fault;
use crate::key::KeyList;

impl Store {
    /// Removes every key that starts with `prefix` and is listed.
    pub(super) fn clear(&self, prefix: &str) -> Result<(), Fault> {
        let listing = self.list(prefix, None, false)?;
        self.remove_all(&listing.keys, &listing.folder_paths())
    }

    /// Removes all keys, then the folders of the walk that are empty. Goes on after a failure and
    /// reports the first.
    pub(super) fn remove_all(&self, keys: &KeyList, folders: &[String]) -> Result<(), Fault> {
        self.check_sound()?;
        self.base.renew()?;
        let mut outcome = Ok(());
        for key in keys.iter() {
            // The folders have their turn once all keys are gone.
            outcome = outcome.and(self.remove_files(key, |_| {}));
        }
        // Parents were seen first, so they are empty by the time it is their turn.
        folders
            .iter()
            .rev()
            .for_each(|folder| self.remove_empty(folder));
        outcome
    }
}

impl Listing {
    /// The paths of the folders that were entered, parents first.
    pub(super) fn folder_paths(&self) -> Vec<String> {
        self.folders
            .iter()
            .map(|folder| folder.path.clone())
            .collect()
    }
}
