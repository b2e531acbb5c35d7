//! Removing values.

use std::io;

use super::disk::{fault, is_absence, split};
use super::escape::Form;
use super::path::paths;
use super::place::absent;
use super::seam::{Directory as _, Volume};
use super::store::Store;
use super::twins::is_misspelt;
use crate::error::Fault;

impl<V: Volume> Store<V> {
    /// Removes every file that stands for `key`, and the folders that are empty then. A missing one
    /// is fine; any other failure is reported after the rest was tried.
    pub(super) fn remove(&self, key: &str) -> Result<(), Fault> {
        self.check_sound()?;
        self.base.renew()?;
        self.remove_files(key, |parent| self.remove_empty(parent))
    }

    /// Removes every file that stands for `key`; `emptier` is given the folders that lost one.
    pub(super) fn remove_files(&self, key: &str, emptier: impl Fn(&str)) -> Result<(), Fault> {
        let _writing = self.lookups.writing();
        let mut outcome = Ok(());
        let paths: Vec<String> = paths(key, self.form()).collect();
        // Mostly all of them are in one folder, which is opened once.
        for group in paths.chunk_by(|one, other| split(one).0 == split(other).0) {
            let parent = group.first().map_or("", |path| split(path).0);
            match self.remove_from(parent, group) {
                Ok(true) => emptier(parent),
                Ok(false) => {}
                Err(error) => outcome = outcome.and(Err(error)),
            }
        }
        outcome.map_err(fault)
    }

    /// Removes the files at `paths`, which are in the folder `parent`. True if there was one.
    fn remove_from(&self, parent: &str, paths: &[String]) -> io::Result<bool> {
        // The folder that is left after a loss of power must be this one.
        let rooted = |folder| self.root(parent).map(|()| folder);
        let Some(folder) = absent(self.base.folder(parent).and_then(rooted))? else {
            self.sync_above(parent)?;
            return Ok(false);
        };
        let (mut any, mut outcome) = (false, Ok(()));
        for path in paths {
            match self.remove_file(&folder, path) {
                Ok(removed) => any |= removed,
                Err(error) => outcome = outcome.and(Err(error)),
            }
        }
        // Also if there was none: whoever removed it may not have come to flush that.
        outcome = outcome.and(self.sync_names(&folder));
        outcome.map(|()| any)
    }

    /// Makes the absence of the folder at `path` survive a loss of power, if that was promised:
    /// whoever removed it may not have come to flush that.
    fn sync_above(&self, path: &str) -> io::Result<()> {
        let mut path = path;
        while self.power && !path.is_empty() {
            path = split(path).0;
            if let Some(folder) = absent(self.base.folder(path))? {
                return self.sync_names(&folder);
            }
        }
        Ok(())
    }

    /// True if there was a file.
    fn remove_file(&self, folder: &V::Folder, path: &str) -> io::Result<bool> {
        if self.form() == Form::Strict && self.is_other_name(path)? {
            return Ok(false);
        }
        let own = self.own.writing(path);
        match folder.remove(split(path).1) {
            Err(error) if is_absence(&error) => return Ok(false),
            result => result?,
        }
        own.removed();
        Ok(true)
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
