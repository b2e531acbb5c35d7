//! Folders whose own names survive a loss of power.
//!
//! A value is only as durable as the names of the folders above it. A folder that is found may have
//! been made a moment ago, by another thread, by a process that was killed before it could flush the
//! name, or by a store that does not flush. So the first write into a folder flushes the names on
//! the way to it, whoever made them, and later ones know that this is done.

use std::collections::HashMap;
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
pub(super) struct Rooted(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    folders: HashMap<Box<str>, Flush>,
    /// The base that they are in.
    generation: u64,
    /// How many flushes were started.
    started: u64,
}

/// The flush of a folder's name.
#[derive(Debug, PartialEq)]
enum Flush {
    /// The number of the flush: one that another thread started later, or that was forgotten
    /// meanwhile, is not taken for this one.
    UnderWay(u64),
    Done,
}

impl Rooted {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True if the name of the folder at `path` was flushed, in this generation of the base.
    fn is_done(&self, path: &str, generation: u64) -> bool {
        let mut known = self.lock();
        if known.generation != generation {
            known.generation = generation;
            known.folders.clear();
        }
        known.folders.get(path) == Some(&Flush::Done)
    }

    /// Notes that a flush starts. The lock is not held during it: others write meanwhile.
    fn start(&self, path: &str) -> Flush {
        let mut known = self.lock();
        if known.folders.len() >= MAX_FOLDERS {
            known.folders.clear();
        }
        known.started += 1;
        let number = known.started;
        known.folders.insert(path.into(), Flush::UnderWay(number));
        Flush::UnderWay(number)
    }

    /// Notes that a flush succeeded, unless the folder was made again since it started.
    fn finish(&self, path: &str, flush: &Flush) {
        match self.lock().folders.get_mut(path) {
            Some(noted) if noted == flush => *noted = Flush::Done,
            _ => {}
        }
    }

    /// Runs `make`, which makes the folder at `path`. Nobody can take its name for a flushed one,
    /// because it is forgotten before the folder is there, and no flush can start meanwhile.
    fn making<T>(&self, path: &str, make: impl FnOnce() -> T) -> T {
        let mut known = self.lock();
        known.folders.remove(path);
        make()
    }
}

impl<V: Volume> Store<V> {
    /// Makes the names on the way to the folder at `path` survive a loss of power, if that was
    /// promised. The folder exists.
    pub(super) fn root(&self, path: &str) -> io::Result<()> {
        if !self.power || self.rooted.is_done(path, self.base.generation()) {
            return Ok(());
        }
        self.root_one("")?;
        for (end, _) in path.match_indices('/') {
            self.root_one(path.get(..end).unwrap_or(path))?;
        }
        self.root_one(path)
    }

    /// The same for the name of this folder only.
    fn root_one(&self, path: &str) -> io::Result<()> {
        if self.rooted.is_done(path, self.base.generation()) {
            return Ok(());
        }
        let flush = self.rooted.start(path);
        if path.is_empty() {
            self.sync_above_base()?;
        } else {
            self.sync_names(&self.base.folder(split(path).0)?)?;
        }
        self.rooted.finish(path, &flush);
        Ok(())
    }

    /// Runs `make`, which makes the folder at `path`, whose name nobody has flushed.
    pub(super) fn making<T>(&self, path: &str, make: impl FnOnce() -> T) -> T {
        match self.power {
            true => self.rooted.making(path, make),
            false => make(),
        }
    }

    /// Creates the base with all that is missing above it. The first write flushes their names.
    pub(super) fn create_base(&self) -> io::Result<()> {
        let is_missing = |path: &&Path| !self.base.is_there(path);
        let ancestors = self.base.path().ancestors();
        let missing: Vec<&Path> = ancestors.take_while(is_missing).collect();
        let mut from_the_top = missing.iter().rev();
        from_the_top.try_for_each(|path| retry(|| self.base.make_folder(path)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flush_of_a_folder_that_is_made_again_meanwhile_does_not_count() {
        let rooted = Rooted::default();
        let flush = rooted.start("d");
        rooted.making("d", || ());
        rooted.finish("d", &flush);
        assert!(!rooted.is_done("d", 0));
        let (first, second) = (rooted.start("d"), rooted.start("d"));
        rooted.finish("d", &first);
        assert!(!rooted.is_done("d", 0));
        rooted.finish("d", &second);
        assert!(rooted.is_done("d", 0));
    }

    #[test]
    fn a_flush_in_another_base_does_not_count() {
        let rooted = Rooted::default();
        let flush = rooted.start("d");
        assert!(!rooted.is_done("d", 1));
        rooted.finish("d", &flush);
        assert!(!rooted.is_done("d", 1));
    }

    #[test]
    fn folders_past_the_limit_are_flushed_again() {
        let rooted = Rooted::default();
        for number in 0..=MAX_FOLDERS {
            let path = number.to_string();
            rooted.finish(&path, &rooted.start(&path));
        }
        assert!(!rooted.is_done("0", 0));
        assert!(rooted.is_done(&MAX_FOLDERS.to_string(), 0));
    }

    #[cfg(all(unix, not(stowage_plain_files)))]
    #[test]
    #[expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    fn whoever_finds_that_the_base_was_replaced_makes_what_is_known_void() {
        use super::super::disk::Base;
        use super::super::options::Modes;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("base");
        let base = Base::new(path.clone(), Modes::default());
        std::fs::create_dir(&path).unwrap();
        base.folder("").unwrap();
        let generation = base.generation();
        std::fs::rename(&path, folder.path().join("old")).unwrap();
        std::fs::create_dir(&path).unwrap();
        // As a listing does, which looks for a new base and then opens it.
        base.renew().unwrap();
        base.folder("").unwrap();
        assert_ne!(base.generation(), generation);
    }
}
