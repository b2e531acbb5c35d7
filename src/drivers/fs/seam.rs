//! What writing asks of a disk. The driver's own disk is the only one in the product; tests put a
//! simulated one in its place that loses power at any call. Everything is resolved at compile time.

use std::fs::File;
use std::io;
use std::path::Path;

use super::disk::{self, EntryKind};
use crate::watch::Stamp;

/// The base folder and the disk it is on. Paths are relative to the base, unless a method says
/// otherwise.
pub(super) trait Volume {
    /// A folder that is held open.
    type Folder: Directory<File = Self::File>;
    /// A file that is held open.
    type File: Writable;

    /// The absolute path of the base.
    fn path(&self) -> &Path;
    /// True if something stands at an absolute path.
    fn is_there(&self, path: &Path) -> bool;
    /// Creates the folder at an absolute path; an existing one is fine.
    fn make_folder(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in the folder at an absolute path survive a loss of power.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
    /// Looks whether another folder stands at the path of the base now.
    fn renew(&self) -> io::Result<()>;
    /// A number that changes when another folder is found at the path of the base.
    fn generation(&self) -> u64;
    /// The folder at `path`; empty for the base.
    fn folder(&self, path: &str) -> io::Result<Self::Folder>;
    /// The file at `path`, for writing in place; created if it is missing.
    fn write(&self, path: &str) -> io::Result<Self::File>;
    /// The file at `path`, to look at what is known of it. Links inside the base are followed.
    fn look(&self, path: &str) -> io::Result<Self::File>;
    /// The path that the file system itself gives an open file, if it tells.
    fn spelling(&self, file: &Self::File, path: &str) -> Option<String>;
}

/// A folder that is held open. A method that takes a name never follows a link of that name.
pub(super) trait Directory: Clone {
    /// A file in it.
    type File;

    /// The folder `name` in this one.
    fn folder(&self, name: &str) -> io::Result<Self>;
    /// What stands under `name`.
    fn kind(&self, name: &str) -> io::Result<EntryKind>;
    /// Creates the file `name`, which must not exist.
    fn create(&self, name: &str) -> io::Result<Self::File>;
    /// Creates the folder `name`; an existing one is fine.
    fn create_folder(&self, name: &str) -> io::Result<()>;
    /// Gives the file `from` the name `to` in `folder`, replacing a file that has it.
    fn rename_to(&self, from: &str, folder: &Self, to: &str) -> io::Result<()>;
    /// Removes the file or link `name`.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Removes the folder `name` if it is empty.
    fn remove_folder(&self, name: &str) -> io::Result<()>;
    /// Makes the names in this folder survive a loss of power.
    fn sync(&self) -> io::Result<()>;
}

/// What is known of an open file.
pub(super) struct Facts {
    pub(super) kind: EntryKind,
    /// Its state; the size is that of the whole file.
    pub(super) stamp: Stamp,
    /// True if another name leads to it too.
    pub(super) has_other_names: bool,
}

/// A file that is held open.
pub(super) trait Writable: io::Write {
    /// What is known of it.
    fn facts(&self) -> io::Result<Facts>;
    /// Cuts off what is beyond `length` bytes.
    fn cut(&self, length: u64) -> io::Result<()>;
    /// Makes the content and the size survive a loss of power.
    fn sync(&self) -> io::Result<()>;
}

impl Volume for disk::Base {
    type Folder = disk::Folder;
    type File = File;

    fn path(&self) -> &Path {
        self.path()
    }

    fn is_there(&self, path: &Path) -> bool {
        path.exists()
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        match self.make_folder(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
            result => result,
        }
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        // Windows keeps names with the files, and opens no folder so.
        if cfg!(unix) {
            File::open(path)?.sync_all()?;
        }
        Ok(())
    }

    fn renew(&self) -> io::Result<()> {
        self.renew()
    }

    fn generation(&self) -> u64 {
        self.generation()
    }

    fn folder(&self, path: &str) -> io::Result<disk::Folder> {
        self.folder(path)
    }

    fn write(&self, path: &str) -> io::Result<File> {
        self.write(path)
    }

    fn look(&self, path: &str) -> io::Result<File> {
        self.look(path)
    }

    fn spelling(&self, file: &File, path: &str) -> Option<String> {
        self.spelling(file, path)
    }
}

impl Directory for disk::Folder {
    type File = File;

    fn folder(&self, name: &str) -> io::Result<Self> {
        self.folder(name)
    }

    fn kind(&self, name: &str) -> io::Result<EntryKind> {
        self.kind(name)
    }

    fn create(&self, name: &str) -> io::Result<File> {
        self.create(name)
    }

    fn create_folder(&self, name: &str) -> io::Result<()> {
        self.create_folder(name)
    }

    fn rename_to(&self, from: &str, folder: &Self, to: &str) -> io::Result<()> {
        self.rename_to(from, folder, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.remove(name)
    }

    fn remove_folder(&self, name: &str) -> io::Result<()> {
        self.remove_folder(name)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync()
    }
}

impl Writable for File {
    fn facts(&self) -> io::Result<Facts> {
        let metadata = self.metadata()?;
        Ok(Facts {
            kind: metadata.file_type().into(),
            stamp: Stamp::of(&metadata),
            has_other_names: disk::has_other_names(&metadata),
        })
    }

    fn cut(&self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_all()
    }
}
