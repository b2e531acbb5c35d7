//! Writing values so that readers, and whoever comes after a crash, see the old or the new one.

use std::io::{self, Write as _};

use super::disk::{EntryKind, fault, is_absence, is_folder_there, outside, split};
use super::place::Place;
use super::read::{check_size, retry};
use super::seam::{Directory, Volume, Writable as _};
use super::store::Store;
use super::temporary;
use crate::error::Fault;
use crate::watch::Stamp;

/// How often a write starts anew because others removed, moved or created folders on its way.
const MAX_ATTEMPTS: usize = 64;

impl<V: Volume> Store<V> {
    /// Stores `bytes` under `key`.
    pub(super) fn set(&self, key: &str, bytes: &[u8]) -> Result<(), Fault> {
        self.check_sound()?;
        check_size(bytes.len() as u64)?;
        let _writing = self.lookups.writing();
        again(|| self.try_set(key, bytes)).map_err(fault)
    }

    fn try_set(&self, key: &str, bytes: &[u8]) -> io::Result<()> {
        self.base.renew()?;
        let place = self.place(key)?;
        self.root(split(&place.path).0)?;
        if self.atomic {
            self.publish(&place, bytes)
        } else {
            self.overwrite(&place, bytes)
        }
    }

    /// Writes a temporary file beside the place and moves it there in one step.
    fn publish(&self, place: &Place<V::Folder>, bytes: &[u8]) -> io::Result<()> {
        let (temporary, mut file) = Temporary::create(place.folder.clone())?;
        // Goes on after a partial write and after a signal.
        file.write_all(bytes)?;
        self.put_in_place(place, temporary, file, bytes.len() as u64)
    }

    /// Moves a temporary file, which is whole and in the folder of `place`, there.
    pub(super) fn put_in_place(
        &self,
        place: &Place<V::Folder>,
        temporary: Temporary<V::Folder>,
        file: V::File,
        length: u64,
    ) -> io::Result<()> {
        let stamp = self.finish(&file, length)?;
        drop(file);
        let own = self.own.writing(&place.path);
        temporary.move_to(place.name())?;
        own.wrote(stamp);
        self.sync_names(&place.folder)
    }

    /// Writes over the file itself: fast, but a crash or a full disk can leave a mixture.
    fn overwrite(&self, place: &Place<V::Folder>, bytes: &[u8]) -> io::Result<()> {
        let own = self.own.writing(&place.path);
        let mut file = self.base.write(&place.path)?;
        let before = file.facts()?;
        if before.kind != EntryKind::File {
            return Err(outside());
        }
        if before.has_other_names {
            // A hard link: the other names, which may be outside of the base, keep what they have.
            drop((file, own));
            return self.publish(place, bytes);
        }
        file.write_all(bytes)?;
        let length = bytes.len() as u64;
        if before.stamp.size > length {
            retry(|| file.cut(length))?;
        }
        own.wrote(self.finish(&file, length)?);
        // Also of a file that was found: whoever created it may not have come to flush its name.
        self.sync_names(&place.folder)
    }

    /// Makes sure that the whole content is in the file.
    fn finish(&self, file: &V::File, length: u64) -> io::Result<Stamp> {
        let stamp = file.facts()?.stamp;
        if stamp.size != length {
            return Err(io::Error::other(
                "the file system stored fewer bytes than were written",
            ));
        }
        if self.power {
            self.synced(retry(|| file.sync()))?;
        }
        Ok(stamp)
    }

    /// Makes the names in a folder survive a loss of power, if that was promised.
    pub(super) fn sync_names(&self, folder: &V::Folder) -> io::Result<()> {
        if self.power {
            self.synced(retry(|| folder.sync()))
        } else {
            Ok(())
        }
    }
}

/// Tries again what folders that went away, or turned up under the value's name, have stopped.
pub(super) fn again<T>(attempt: impl Fn() -> io::Result<T>) -> io::Result<T> {
    for _ in 1..MAX_ATTEMPTS {
        match attempt() {
            Err(error) if may_pass(&error) => {}
            outcome => return outcome,
        }
    }
    attempt()
}

/// True for failures that a new look at the folders may resolve.
fn may_pass(error: &io::Error) -> bool {
    error.kind() != io::ErrorKind::InvalidFilename && (is_absence(error) || is_folder_there(error))
}

/// A file that is not a value yet. Removed when dropped, unless it became one.
pub(super) struct Temporary<F: Directory> {
    folder: F,
    name: String,
    is_placed: bool,
}

impl<F: Directory> Temporary<F> {
    pub(super) fn create(folder: F) -> io::Result<(Self, F::File)> {
        let name = temporary::new_name();
        let file = retry(|| folder.create(&name))?;
        Ok((
            Temporary {
                folder,
                name,
                is_placed: false,
            },
            file,
        ))
    }

    pub(super) fn move_to(mut self, name: &str) -> io::Result<()> {
        retry(|| self.folder.rename_to(&self.name, &self.folder, name))?;
        self.is_placed = true;
        Ok(())
    }
}

impl<F: Directory> Drop for Temporary<F> {
    fn drop(&mut self) {
        if !self.is_placed {
            // The failure that led here is reported; a file that stays is hidden and swept later.
            let _ = self.folder.remove(&self.name);
        }
    }
}
