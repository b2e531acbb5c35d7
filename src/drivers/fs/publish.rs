//! Writing values so that readers, and whoever comes after a crash, see the old or the new one.

use std::fs::File;
use std::io::{self, Write as _};

use super::disk::{
    EntryKind, Folder, fault, has_other_names, is_absence, is_folder_there, outside,
};
use super::place::Place;
use super::read::{check_size, retry};
use super::store::Store;
use super::temporary;
use crate::error::Fault;
use crate::watch::Stamp;

/// How often a write starts anew because others removed, moved or created folders on its way.
const MAX_ATTEMPTS: usize = 64;

impl Store {
    /// Stores `bytes` under `key`.
    pub(super) fn set(&self, key: &str, bytes: &[u8]) -> Result<(), Fault> {
        self.check_sound()?;
        check_size(bytes.len() as u64)?;
        let _writing = self.lookups.writing();
        for _ in 1..MAX_ATTEMPTS {
            match self.try_set(key, bytes) {
                // The folder went away, or turned up under the value's name: look again.
                Err(error) if may_pass(&error) => {}
                outcome => return outcome.map_err(fault),
            }
        }
        self.try_set(key, bytes).map_err(fault)
    }

    fn try_set(&self, key: &str, bytes: &[u8]) -> io::Result<()> {
        self.base.renew()?;
        let place = self.place(key)?;
        if self.atomic {
            self.publish(&place, bytes)
        } else {
            self.overwrite(&place, bytes)
        }
    }

    /// Writes a temporary file beside the place and moves it there in one step.
    fn publish(&self, place: &Place, bytes: &[u8]) -> io::Result<()> {
        let (temporary, mut file) = Temporary::create(&place.folder)?;
        // Goes on after a partial write and after a signal.
        file.write_all(bytes)?;
        let stamp = self.finish(&file, bytes.len())?;
        drop(file);
        let own = self.own.writing(&place.path);
        temporary.move_to(place.name())?;
        own.wrote(stamp);
        self.sync_names(&place.folder)
    }

    /// Writes over the file itself: fast, but a crash or a full disk can leave a mixture.
    fn overwrite(&self, place: &Place, bytes: &[u8]) -> io::Result<()> {
        let own = self.own.writing(&place.path);
        let mut file = self.base.write(&place.path)?;
        let before = file.metadata()?;
        if EntryKind::from(before.file_type()) != EntryKind::File {
            return Err(outside());
        }
        if has_other_names(&before) {
            // A hard link: the other names, which may be outside of the base, keep what they have.
            drop((file, own));
            return self.publish(place, bytes);
        }
        file.write_all(bytes)?;
        let length = bytes.len() as u64;
        if before.len() > length {
            retry(|| file.set_len(length))?;
        }
        own.wrote(self.finish(&file, bytes.len())?);
        if place.is_new {
            self.sync_names(&place.folder)
        } else {
            Ok(())
        }
    }

    /// Makes sure that the whole content is in the file.
    fn finish(&self, file: &File, length: usize) -> io::Result<Stamp> {
        let metadata = file.metadata()?;
        if metadata.len() != length as u64 {
            return Err(io::Error::other(
                "the file system stored fewer bytes than were written",
            ));
        }
        if self.power {
            self.synced(retry(|| file.sync_all()))?;
        }
        Ok(Stamp::of(&metadata))
    }

    /// Makes the names in a folder survive a loss of power, if that was promised.
    pub(super) fn sync_names(&self, folder: &Folder) -> io::Result<()> {
        if self.power {
            self.synced(retry(|| folder.sync()))
        } else {
            Ok(())
        }
    }
}

/// True for failures that a new look at the folders may resolve.
fn may_pass(error: &io::Error) -> bool {
    error.kind() != io::ErrorKind::InvalidFilename && (is_absence(error) || is_folder_there(error))
}

/// A file that is not a value yet. Removed when dropped, unless it became one.
struct Temporary<'a> {
    folder: &'a Folder,
    name: String,
    is_placed: bool,
}

impl<'a> Temporary<'a> {
    fn create(folder: &'a Folder) -> io::Result<(Self, File)> {
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

    fn move_to(mut self, name: &str) -> io::Result<()> {
        retry(|| self.folder.rename(&self.name, name))?;
        self.is_placed = true;
        Ok(())
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        if !self.is_placed {
            // The failure that led here is reported; a file that stays is hidden and swept later.
            let _ = self.folder.remove(&self.name);
        }
    }
}
