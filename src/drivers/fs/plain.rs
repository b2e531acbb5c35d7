//! Files by their paths, for platforms without relative descriptors.
//!
//! A path is made canonical before it is used and must then still lie below the base. A folder that
//! is replaced by a link between the two steps could be followed; creating links needs a privilege
//! on Windows, where this is used.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use super::disk::{Entry, EntryKind, Reach, outside, split};
use super::options::Modes;

/// How often a rename or removal that a virus scanner or indexer gets in the way of is tried.
const MAX_TRIES: u32 = 10;

/// The wait after the first try; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(1);

/// The base folder.
#[derive(Debug)]
pub(super) struct Base {
    path: PathBuf,
}

impl Base {
    /// The base at an absolute path. Nothing is opened yet. Windows has no permission bits: what is
    /// created takes over the rights of its folder.
    pub(super) fn new(path: PathBuf, _modes: Modes) -> Self {
        Base { path }
    }

    /// The absolute path, as it was given.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Creates the folder at an absolute path, which must not exist.
    #[expect(clippy::unused_self, reason = "the interface of all platforms")]
    pub(super) fn make_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    /// Nothing is held.
    pub(super) fn release(&self) {}

    /// Nothing is held, so nothing can be stale.
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "the interface of all platforms"
    )]
    pub(super) fn renew(&self) -> io::Result<()> {
        Ok(())
    }

    /// Nothing is flushed, so nothing about it is remembered.
    #[expect(clippy::unused_self, reason = "the interface of all platforms")]
    pub(super) fn generation(&self) -> u64 {
        0
    }

    /// Runs `search`. Nothing is held, so once is enough.
    #[expect(clippy::unused_self, reason = "the interface of all platforms")]
    pub(super) fn search<T>(
        &self,
        search: impl Fn() -> io::Result<Option<T>>,
    ) -> io::Result<Option<T>> {
        search()
    }

    /// The file at `path`, for reading. A folder fails as one.
    pub(super) fn read(&self, path: &str) -> io::Result<File> {
        self.look(path)
    }

    /// There is no way to ask without waiting.
    #[expect(clippy::unused_self, reason = "the interface of all platforms")]
    pub(super) fn open_now(&self, _path: &str, _reach: Reach) -> Option<io::Result<File>> {
        None
    }

    /// There is no way to ask without waiting.
    #[expect(clippy::unused_self, reason = "the interface of all platforms")]
    pub(super) fn metadata_now(&self, _path: &str, _reach: Reach) -> Option<io::Result<Metadata>> {
        None
    }

    /// Nothing is tried on the calling thread, so there is nothing to know.
    #[expect(clippy::unused_self, reason = "the interface of all platforms")]
    pub(super) fn is_local(&self) -> bool {
        false
    }

    /// Nothing is held, so nothing can be stale.
    #[expect(clippy::unused_self, reason = "the interface of all platforms")]
    pub(super) fn is_current(&self) -> bool {
        true
    }

    /// The file at `path`, for writing in place; created if it is missing.
    pub(super) fn write(&self, path: &str) -> io::Result<File> {
        let (parent, name) = split(path);
        let target = match self.resolve(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.folder(parent)?.0.join(name)
            }
            target => target?,
        };
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(target)
    }

    /// The file at `path`, to look at its metadata. Links inside the base are followed.
    pub(super) fn look(&self, path: &str) -> io::Result<File> {
        let target = self.resolve(path)?;
        let kind = EntryKind::from(fs::metadata(&target)?.file_type());
        match kind {
            EntryKind::File => File::open(target),
            EntryKind::Folder => Err(io::ErrorKind::IsADirectory.into()),
            EntryKind::Link | EntryKind::Other => Err(outside()),
        }
    }

    /// What is known of `path`, links inside the base followed.
    pub(super) fn metadata(&self, path: &str) -> io::Result<Metadata> {
        fs::metadata(self.resolve(path)?)
    }

    /// What stands at `path`, links inside the base followed.
    pub(super) fn kind(&self, path: &str) -> io::Result<EntryKind> {
        Ok(self.metadata(path)?.file_type().into())
    }

    /// The folder at `path`; empty for the base.
    pub(super) fn folder(&self, path: &str) -> io::Result<Folder> {
        let folder = self.resolve(path)?;
        match fs::metadata(&folder)?.is_dir() {
            true => Ok(Folder(folder)),
            false => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    /// The path that the file system itself gives the file that `path` leads to.
    pub(super) fn spelling(&self, _file: &File, path: &str) -> Option<String> {
        self.resolve(path).ok()?.into_os_string().into_string().ok()
    }

    /// True if both paths lead to the same file or folder.
    pub(super) fn is_same(&self, one: &str, other: &str) -> io::Result<bool> {
        Ok(self.resolve(one)? == self.resolve(other)?)
    }

    /// The canonical form of `path`, which must lie below the base.
    fn resolve(&self, path: &str) -> io::Result<PathBuf> {
        let base = self.path.canonicalize()?;
        let mut target = base.clone();
        target.extend(path.split('/').filter(|name| !name.is_empty()));
        let target = target.canonicalize()?;
        if target.starts_with(&base) {
            Ok(target)
        } else {
            Err(outside())
        }
    }
}

/// A folder below the base, or the base, by its canonical path.
#[derive(Clone, Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// The folder `name` in this one. A link is not followed; like a file, it is `NotADirectory`.
    pub(super) fn folder(&self, name: &str) -> io::Result<Folder> {
        match self.kind(name)? {
            EntryKind::Folder => Ok(Folder(self.0.join(name))),
            _ => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    /// What stands under `name`, links not followed.
    pub(super) fn kind(&self, name: &str) -> io::Result<EntryKind> {
        Ok(fs::symlink_metadata(self.0.join(name))?.file_type().into())
    }

    /// Creates the file `name`, which must not exist, not even as a link.
    pub(super) fn create(&self, name: &str) -> io::Result<File> {
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(self.0.join(name))
    }

    /// Creates the folder `name`; an existing one is fine.
    pub(super) fn create_folder(&self, name: &str) -> io::Result<()> {
        match fs::create_dir(self.0.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            result => result,
        }
    }

    /// Moves the file `from` to another folder under the name `to`, replacing a file that has it.
    pub(super) fn rename_to(&self, from: &str, folder: &Folder, to: &str) -> io::Result<()> {
        patiently(|| match folder.kind(to) {
            Ok(EntryKind::Folder) => Err(io::ErrorKind::IsADirectory.into()),
            _ => fs::rename(self.0.join(from), folder.0.join(to)),
        })
    }

    /// Removes the file or link `name`. A folder is `IsADirectory` on every platform.
    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        if self.kind(name)? == EntryKind::Folder {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        patiently(|| fs::remove_file(self.0.join(name)))
    }

    /// Removes the folder `name` if it is empty.
    pub(super) fn remove_folder(&self, name: &str) -> io::Result<()> {
        fs::remove_dir(self.0.join(name))
    }

    /// Windows keeps names with the files; there is nothing to flush.
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "the interface of all platforms"
    )]
    pub(super) fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    /// When the file `name` was last changed.
    pub(super) fn modified(&self, name: &str) -> io::Result<SystemTime> {
        fs::symlink_metadata(self.0.join(name))?.modified()
    }

    /// The entries, without the names that no key can have.
    pub(super) fn entries(&self) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            if let Ok(name) = entry.file_name().into_string() {
                entries.push(Entry {
                    name,
                    kind: entry.file_type()?.into(),
                });
            }
        }
        Ok(entries)
    }
}

/// There is no stable way to ask.
pub(super) fn has_other_names(_metadata: &Metadata) -> bool {
    false
}

/// What an open file is, and its size in bytes.
pub(super) fn kind_and_size(file: &File) -> io::Result<(EntryKind, u64)> {
    let metadata = file.metadata()?;
    Ok((metadata.file_type().into(), metadata.len()))
}

/// There is no way to ask without waiting.
pub(super) fn read_in_memory(_file: &File, _buffer: &mut [u8]) -> io::Result<usize> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Tries again while another program has the file open for a moment.
fn patiently(mut call: impl FnMut() -> io::Result<()>) -> io::Result<()> {
    let mut wait = FIRST_WAIT;
    for _ in 1..MAX_TRIES {
        match call() {
            Err(error) if is_passing(&error) => thread::sleep(wait),
            result => return result,
        }
        wait *= 2;
    }
    call()
}

/// Access denied, sharing violation, lock violation: what scanners and indexers cause.
fn is_passing(error: &io::Error) -> bool {
    cfg!(windows) && matches!(error.raw_os_error(), Some(5 | 32 | 33))
}
