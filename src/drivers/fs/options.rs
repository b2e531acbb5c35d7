//! How a driver keeps its files.

use std::path::PathBuf;

use super::ignore::Ignore;
use crate::watch::WatchOptions;

/// What an acknowledged write survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// The death of the process.
    #[default]
    Process,
    /// Also a loss of power, on a disk that honours a flush.
    Power,
}

/// Who may do what with what is created: permission bits of Unix, before the process's umask takes
/// some away. Windows has no such bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Modes {
    /// Of files. Default 0600: only the user reads and writes them.
    pub file: u16,
    /// Of folders. Default 0700: only the user enters them.
    pub folder: u16,
}

impl Default for Modes {
    fn default() -> Self {
        Modes {
            file: 0o600,
            folder: 0o700,
        }
    }
}

/// How the files are kept.
#[derive(Debug)]
pub struct FsOptions {
    /// The name of the driver: `fs` or `fs-lite`.
    pub name: &'static str,
    /// The folder of the files, as an absolute path. Created at the first write.
    pub base: PathBuf,
    /// What listings and watches leave out.
    pub ignore: Ignore,
    /// Writes, removals and `clear` do nothing.
    pub read_only: bool,
    /// `clear` does nothing.
    pub no_clear: bool,
    /// Values are replaced as a whole, by a temporary file and a rename. Otherwise they are written
    /// over in place: faster, but a crash, a full disk or a reader at the wrong moment can find a
    /// mixture.
    pub atomic: bool,
    /// What an acknowledged write survives.
    pub durability: Durability,
    /// The permissions of the files and folders that are created.
    pub modes: Modes,
    /// How changes by others are watched; `None` if the driver cannot watch.
    pub watch: Option<WatchOptions>,
}
