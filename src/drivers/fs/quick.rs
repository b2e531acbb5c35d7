//! Reading without waiting: what the kernel has in memory is answered on the calling thread, for
//! less than the way to the pool and back costs. `lookups` says when that goes for names, too, that
//! the kernel has to search for.

use std::fs::{File, Metadata};
use std::io;
use std::sync::atomic::Ordering;

use super::disk::{EntryKind, Reach, is_absence, kind_and_size, read_in_memory};
use super::escape::Form;
use super::path::paths;
use super::read::{Content, Facts, facts_of, only_file, with_buffer};
use super::store::Store;
use crate::error::Fault;

/// The largest value read on the calling thread, in bytes: copying more would hold it up.
pub(super) const MAX_QUICK_BYTES: usize = 16 * 1024;

impl Store {
    /// The value of `key` if that is known without waiting for the disk; otherwise nothing is
    /// known, and the pool has to look.
    pub(super) fn get_now<C: Content>(&self, key: &str) -> Option<Result<Option<C>, Fault>> {
        match self.find_now(key, |path, reach| self.base.open_now(path, reach))? {
            Some(file) => self.read_now(&file),
            None => Some(Ok(None)),
        }
    }

    /// Whether `key` has a value, if that is known without waiting for the disk.
    pub(super) fn has_now(&self, key: &str) -> Option<Result<bool, Fault>> {
        let found = self.find_now(key, |path, reach| self.metadata_now(path, reach))?;
        Some(Ok(found.is_some()))
    }

    /// The metadata of `key`, if that is known without waiting for the disk.
    pub(super) fn meta_now(&self, key: &str) -> Option<Result<Option<Facts>, Fault>> {
        let found = self.find_now(key, |path, reach| self.metadata_now(path, reach))?;
        Some(Ok(found.as_ref().map(facts_of)))
    }

    /// Tries every path that `key` can have, the preferred one first, until one is not absent.
    /// Nothing is known if that holds for one of them. Whatever fails is left to the pool.
    fn find_now<T>(
        &self,
        key: &str,
        ask: impl Fn(&str, Reach) -> Option<io::Result<T>>,
    ) -> Option<Option<T>> {
        let form = self.form();
        // In strict form the file's own spelling has to be asked for.
        if form == Form::Strict || !self.quick_reads.load(Ordering::Relaxed) {
            return None;
        }
        let mut remembered = true;
        for path in paths(key, form) {
            let known = remembered.then(|| ask(&path, Reach::Memory)).flatten();
            // Who forgot one name of a key hardly remembers the others.
            remembered = known.is_some();
            let look = || ask(&path, Reach::Folder);
            match known.or_else(|| self.lookups.in_place(look))? {
                Ok(found) => return Some(Some(found)),
                Err(error) if is_absence(&error) => {}
                Err(_) => return None,
            }
        }
        // Absence in a folder that is gone itself says nothing about the one at its path.
        self.base.is_current().then_some(None)
    }

    /// What is known of the file at `path`; anything but a file is no value.
    fn metadata_now(&self, path: &str, reach: Reach) -> Option<io::Result<Metadata>> {
        let metadata = self.base.metadata_now(path, reach)?;
        Some(metadata.and_then(only_file))
    }

    /// The whole content, if it is in memory. Everything unusual is left to the pool.
    fn read_now<C: Content>(&self, file: &File) -> Option<Result<Option<C>, Fault>> {
        let (kind, size) = kind_and_size(file).ok()?;
        let size = usize::try_from(size).ok()?;
        if kind != EntryKind::File || size > MAX_QUICK_BYTES {
            return None;
        }
        with_buffer(|buffer| {
            let length = match read_in_memory(file, buffer) {
                Ok(length) if length == size => length,
                Err(error) if is_unsupported(&error) => {
                    self.quick_reads.store(false, Ordering::Relaxed);
                    return None;
                }
                // On disk only, or being written in place.
                _ => return None,
            };
            Some(C::take(buffer.get(..length)?).map(Some))
        })
    }
}

/// True if the file system or the kernel has no reads that do not wait.
fn is_unsupported(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput
    )
}
