//! Removing values.

use std::io;

use super::disk::{fault, is_absence, split};
use super::escape::Form;
use super::path::{alternatives, path_of};
use super::place::absent;
use super::store::Store;
use super::twins::is_misspelt;
use crate::error::Fault;

impl Store {
    /// Removes every file that stands for `key`. A missing one is fine; any other failure is
    /// reported after the rest was tried.
    pub(super) fn remove(&self, key: &str) -> Result<(), Fault> {
        self.check_sound()?;
        self.base.renew()?;
        let form = self.form();
        let mut outcome = self.remove_file(&path_of(key, form));
        for path in alternatives(key, form) {
            outcome = outcome.and(self.remove_file(&path));
        }
        outcome.map_err(fault)
    }

    fn remove_file(&self, path: &str) -> io::Result<()> {
        let (parent, name) = split(path);
        let Some(folder) = absent(self.base.folder(parent))? else {
            return Ok(());
        };
        if self.form() == Form::Strict && self.is_other_name(path)? {
            return Ok(());
        }
        let own = self.own.writing(path);
        match folder.remove(name) {
            Err(error) if is_absence(&error) => return Ok(()),
            result => result?,
        }
        own.removed();
        self.sync_names(&folder)?;
        self.remove_empty(parent);
        Ok(())
    }

    /// True if what stands at `path` is a file that this file system only takes for it.
    fn is_other_name(&self, path: &str) -> io::Result<bool> {
        let file = absent(self.base.look(path))?;
        let actual = file.and_then(|file| self.base.spelling(&file, path));
        Ok(actual.is_some_and(|actual| is_misspelt(&actual, path)))
    }

    /// Removes the folder at `path` and those above it as long as they are empty. That is tidiness
    /// only, so a failure changes nothing; a writer who needs the folder creates it again.
    pub(super) fn remove_empty(&self, path: &str) {
        let mut path = path;
        while !path.is_empty() {
            let (parent, name) = split(path);
            let removed = self
                .base
                .folder(parent)
                .and_then(|folder| folder.remove_folder(name));
            if removed.is_err() {
                return;
            }
            path = parent;
        }
    }
}
