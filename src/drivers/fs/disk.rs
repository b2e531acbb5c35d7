//! What the driver asks of a file system. One implementation per family of platforms; everything
//! above is free of them.
//!
//! Paths are relative to the base with `/`. No call follows a symbolic link out of the base: such
//! a path fails with [`outside`]. The base itself may be a link, and need not exist.

use std::io;

#[cfg(any(not(unix), stowage_plain_files))]
pub(super) use super::plain::{Base, Folder, has_other_names, kind_and_size, read_in_memory};
#[cfg(all(unix, not(stowage_plain_files)))]
pub(super) use super::unix::{Base, Folder, has_other_names, kind_and_size, read_in_memory};
use crate::error::{Fault, Kind};

/// What stands under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryKind {
    /// A regular file: the only thing that can be a value.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A pipe, a device, a socket: never opened for its content.
    Other,
}

impl From<std::fs::FileType> for EntryKind {
    fn from(kind: std::fs::FileType) -> Self {
        match kind {
            kind if kind.is_file() => EntryKind::File,
            kind if kind.is_dir() => EntryKind::Folder,
            kind if kind.is_symlink() => EntryKind::Link,
            _ => EntryKind::Other,
        }
    }
}

/// How far a call on the calling thread may look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// What the kernel remembers of names: it never waits.
    Memory,
    /// Also the folder itself, if it is on the file system of the base: it waits for the disk unless
    /// the folder is in memory.
    Folder,
}

/// One entry of a folder. Names that are not UTF-8 are left out: no key maps to them.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The name in its folder.
    pub(super) name: String,
    /// What it is, links not followed.
    pub(super) kind: EntryKind,
}

/// The failure of a path that leaves the base, or that is not a regular file.
pub(super) fn outside() -> io::Error {
    io::ErrorKind::CrossesDevices.into()
}

/// A failure of this module in the words of the API.
pub(super) fn fault(error: io::Error) -> Fault {
    if error.kind() == io::ErrorKind::CrossesDevices {
        let message = "the path leaves the base folder or is not a regular file";
        return Fault {
            kind: Kind::OutsideBase,
            message: message.into(),
            io: None,
        };
    }
    Fault::from(error)
}

/// True for failures that mean that there is no such file: a parent that is a file itself, or a
/// name that the file system cannot hold, is absence too.
pub(super) fn is_absence(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(
        error.kind(),
        K::NotFound | K::NotADirectory | K::IsADirectory | K::InvalidFilename
    )
}

/// True if a name is taken by a folder.
pub(super) fn is_folder_there(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(
        error.kind(),
        K::IsADirectory | K::DirectoryNotEmpty | K::AlreadyExists
    )
}

/// True if links lead to each other in a circle.
pub(super) fn is_link_loop(error: &io::Error) -> bool {
    crate::error::errno_name(error) == "ELOOP"
}

/// Splits a path into its folder and its last name.
pub(super) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}
