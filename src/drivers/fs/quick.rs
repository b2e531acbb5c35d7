//! Reading without waiting: what the kernel has in memory is answered on the calling thread, for
//! less than the way to the pool and back costs.

use std::fs::File;
use std::io;
use std::sync::atomic::Ordering;

use super::disk::{EntryKind, is_absence, read_in_memory};
use super::escape::Form;
use super::path::{alternatives, path_of};
use super::read::{Content, with_buffer};
use super::store::Store;
use crate::error::Fault;

/// The largest value read on the calling thread, in bytes: copying more would hold it up.
pub(super) const MAX_QUICK_BYTES: usize = 16 * 1024;

impl Store {
    /// The value of `key` if that is known without waiting for the disk; otherwise nothing is
    /// known, and the pool has to look.
    pub(super) fn get_now<C: Content>(&self, key: &str) -> Option<Result<Option<C>, Fault>> {
        let form = self.form();
        // In strict form the file's own spelling has to be asked for.
        if form == Form::Strict || !self.quick_reads.load(Ordering::Relaxed) {
            return None;
        }
        match self.base.open_now(&path_of(key, form))? {
            Ok(file) => return self.read_now(&file),
            Err(error) if is_absence(&error) => {}
            Err(_) => return None,
        }
        for path in alternatives(key, form) {
            match self.base.open_now(&path)? {
                Ok(file) => return self.read_now(&file),
                Err(error) if is_absence(&error) => {}
                Err(_) => return None,
            }
        }
        // Absence in a folder that is gone itself says nothing about the one at its path.
        self.base.is_current().then_some(Ok(None))
    }

    /// The whole content, if it is in memory. Everything unusual is left to the pool.
    fn read_now<C: Content>(&self, file: &File) -> Option<Result<Option<C>, Fault>> {
        let metadata = file.metadata().ok()?;
        let size = usize::try_from(metadata.len()).ok()?;
        if EntryKind::from(metadata.file_type()) != EntryKind::File || size > MAX_QUICK_BYTES {
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
