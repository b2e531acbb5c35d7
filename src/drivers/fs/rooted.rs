//! Folders whose own names survive a loss of power.
//!
//! A value is only as durable as the names of the folders above it. A folder that is found may have
//! been made a moment ago, by another thread, by a process that was killed before it could flush the
//! name, or by a store that does not flush. So the first write into a folder flushes the names on
//! the way to it, whoever made them, and later ones know that this is done.

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::disk::split;
use super::read::retry;
use super::seam::Volume;
use super::store::Store;

/// How many folders are remembered. Past it all are forgotten: the next write into each flushes the
/// names on the way again.
const MAX_FOLDERS: usize = 10_000;

/// The folders of a store whose names are known to survive, the base included, by their paths.
#[derive(Debug, Default)]
pub(super) struct Rooted(Mutex<HashSet<Box<str>>>);

impl Rooted {
    fn lock(&self) -> MutexGuard<'_, HashSet<Box<str>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets everything: another folder may stand at the path of the base.
    pub(super) fn forget_all(&self) {
        self.lock().clear();
    }

    /// Runs `make`, which makes the base, and forgets everything. Nobody can add anything meanwhile.
    fn making_base<T>(&self, make: impl FnOnce() -> T) -> T {
        let mut folders = self.lock();
        folders.clear();
        make()
    }

    /// Runs `make`, which makes the folder at `path`. Nobody can take its name for a flushed one,
    /// because it is forgotten before the folder is there and nobody can add it meanwhile.
    pub(super) fn making<T>(&self, path: &str, make: impl FnOnce() -> T) -> T {
        let mut folders = self.lock();
        folders.remove(path);
        make()
    }
}

impl<V: Volume> Store<V> {
    /// Makes the names on the way to the folder at `path` survive a loss of power, if that was
    /// promised. The folder exists.
    pub(super) fn root(&self, path: &str) -> io::Result<()> {
        if !self.power {
            return Ok(());
        }
        let mut folders = self.rooted.lock();
        if folders.contains(path) {
            return Ok(());
        }
        if folders.len() >= MAX_FOLDERS {
            folders.clear();
        }
        if !folders.contains("") {
            self.sync_above_base()?;
            folders.insert("".into());
        }
        for (end, _) in path.match_indices('/').chain([(path.len(), "")]) {
            let prefix = path.get(..end).unwrap_or(path);
            if !folders.contains(prefix) {
                let parent = self.base.folder(split(prefix).0)?;
                self.sync_names(&parent)?;
                folders.insert(prefix.into());
            }
        }
        Ok(())
    }

    /// Creates the base with all that is missing above it. The first write flushes their names.
    pub(super) fn create_base(&self) -> io::Result<()> {
        let is_missing = |path: &&Path| !self.base.is_there(path);
        let mut missing: Vec<&Path> = self
            .base
            .path()
            .ancestors()
            .take_while(is_missing)
            .collect();
        self.rooted.making_base(|| {
            while let Some(path) = missing.pop() {
                retry(|| self.base.make_folder(path))?;
            }
            Ok(())
        })
    }

    /// Flushes the names of the base and of all folders above it: another store that does not flush
    /// may have made any of them.
    fn sync_above_base(&self) -> io::Result<()> {
        for folder in self.base.path().ancestors().skip(1) {
            match retry(|| self.base.sync_folder(folder)) {
                Err(error) if cannot_be_flushed(&error) => {}
                result => self.synced(result)?,
            }
        }
        Ok(())
    }
}

/// True for folders that this user, or nobody, could just have changed, and for file systems that
/// have nothing to flush.
fn cannot_be_flushed(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(
        error.kind(),
        K::PermissionDenied | K::ReadOnlyFilesystem | K::InvalidInput | K::Unsupported
    )
}
