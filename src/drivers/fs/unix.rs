//! Files relative to a held descriptor of the base, so that a folder that is moved or replaced by
//! a link while a call runs never leads it elsewhere.

use std::fs::{File, Metadata};
use std::io;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;

pub(super) use super::beneath::read_in_memory;
use super::beneath::{LOOK, is_local, open_beneath, open_within};
use super::disk::{Entry, EntryKind, Reach, outside};
use super::options::Modes;

/// Opens never wait for the other end of a pipe and never make a terminal ours.
const READ: OFlags = OFlags::RDONLY
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

const WRITE: OFlags = OFlags::WRONLY
    .union(OFlags::CREATE)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);

/// The base folder.
#[derive(Debug)]
pub(super) struct Base {
    path: PathBuf,
    modes: Modes,
    held: RwLock<Option<Arc<OwnedFd>>>,
    /// How often the folder was opened.
    opened: AtomicU64,
}

impl Base {
    /// The base at an absolute path. Nothing is opened yet.
    pub(super) fn new(path: PathBuf, modes: Modes) -> Self {
        Base {
            path,
            modes,
            held: RwLock::new(None),
            opened: AtomicU64::new(0),
        }
    }

    /// The absolute path, as it was given.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Creates the folder at an absolute path, which must not exist.
    pub(super) fn make_folder(&self, path: &Path) -> io::Result<()> {
        let mode = self.modes.folder.into();
        std::fs::DirBuilder::new().mode(mode).create(path)
    }

    /// Lets go of the held folder.
    pub(super) fn release(&self) {
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Lets go of the held folder if another one, or none, stands at its path now.
    pub(super) fn renew(&self) -> io::Result<()> {
        let Some(held) = self.held() else {
            return Ok(());
        };
        let mine = rustix::fs::fstat(held)?;
        let same = rustix::fs::stat(&self.path)
            .is_ok_and(|there| there.st_ino == mine.st_ino && there.st_dev == mine.st_dev);
        if !same {
            self.release();
        }
        Ok(())
    }

    /// A number that changes when another folder is opened at the path of the base.
    pub(super) fn generation(&self) -> u64 {
        self.opened.load(Ordering::Acquire)
    }

    /// Runs `search`; once more if it found nothing because the held folder was removed, as another
    /// may stand at its path.
    pub(super) fn search<T>(
        &self,
        search: impl Fn() -> io::Result<Option<T>>,
    ) -> io::Result<Option<T>> {
        let held = self.held();
        match search() {
            Ok(None) if held.is_some_and(|held| is_removed(&held)) => {
                self.release();
                search()
            }
            found => found,
        }
    }

    /// The file at `path`, for reading. A folder opens too; the caller looks at the metadata.
    pub(super) fn read(&self, path: &str) -> io::Result<File> {
        self.open(self.root()?.as_fd(), path, READ)
    }

    /// The file at `path`, for reading, if the kernel can tell within `reach`.
    pub(super) fn open_now(&self, path: &str, reach: Reach) -> Option<io::Result<File>> {
        self.open_within(path, READ, reach)
    }

    /// What is known of `path`, if the kernel can tell within `reach`. Links inside the base are
    /// followed.
    pub(super) fn metadata_now(&self, path: &str, reach: Reach) -> Option<io::Result<Metadata>> {
        let opened = self.open_within(path, LOOK, reach)?;
        // The kernel keeps what it knows of an open file in memory.
        Some(opened.and_then(|file| file.metadata()))
    }

    fn open_within(&self, path: &str, flags: OFlags, reach: Reach) -> Option<io::Result<File>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let opened = open_within(held.as_ref()?.as_fd(), path, flags, reach)?;
        Some(opened.map(File::from).map_err(io::Error::from))
    }

    /// True if the base is on a disk of this machine, as far as can be told.
    pub(super) fn is_local(&self) -> bool {
        self.root().is_ok_and(|root| is_local(root.as_fd()))
    }

    /// False if the held folder was removed.
    pub(super) fn is_current(&self) -> bool {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().is_some_and(|root| !is_removed(root))
    }

    /// The file at `path`, for writing in place; created if it is missing.
    pub(super) fn write(&self, path: &str) -> io::Result<File> {
        self.on_root(|root| self.open(root, path, WRITE))
    }

    /// The file at `path`, to look at its metadata only. Links inside the base are followed.
    pub(super) fn look(&self, path: &str) -> io::Result<File> {
        self.open(self.root()?.as_fd(), path, LOOK)
    }

    /// What is known of `path`, links inside the base followed.
    pub(super) fn metadata(&self, path: &str) -> io::Result<Metadata> {
        self.look(path)?.metadata()
    }

    /// What stands at `path`, links inside the base followed.
    pub(super) fn kind(&self, path: &str) -> io::Result<EntryKind> {
        if !path.contains('/') {
            let kind = entry_kind(self.root()?.as_fd(), path)?;
            if kind != EntryKind::Link {
                return Ok(kind);
            }
        }
        Ok(self.metadata(path)?.file_type().into())
    }

    /// The folder at `path`; empty for the base.
    pub(super) fn folder(&self, path: &str) -> io::Result<Folder> {
        if path.is_empty() {
            return Ok(self.hold(self.root()?));
        }
        let folder = self.on_root(|root| self.open(root, path, FOLDER))?;
        Ok(self.hold(Arc::new(folder.into())))
    }

    fn hold(&self, held: Arc<OwnedFd>) -> Folder {
        let modes = self.modes;
        Folder { held, modes }
    }

    /// The path that the file system itself gives an open file, if it tells.
    #[expect(clippy::unused_self, reason = "the interface of all platforms")]
    pub(super) fn spelling(&self, file: &File, _path: &str) -> Option<String> {
        spelling(file)
    }

    /// True if both paths lead to the same file or folder.
    pub(super) fn is_same(&self, one: &str, other: &str) -> io::Result<bool> {
        use std::os::unix::fs::MetadataExt as _;
        let identity = |path: &str| -> io::Result<(u64, u64)> {
            let folder = self.folder(path)?;
            let metadata = File::from(folder.held.try_clone()?).metadata()?;
            Ok((metadata.dev(), metadata.ino()))
        };
        Ok(identity(one)? == identity(other)?)
    }

    fn open(&self, root: BorrowedFd<'_>, path: &str, flags: OFlags) -> io::Result<File> {
        let opened = match open_beneath(root, path, flags, file_mode(self.modes)) {
            Err(Errno::XDEV) => self.open_through_links(root, path, flags)?,
            result => result?,
        };
        Ok(opened.into())
    }

    /// A path with links that are absolute, or that this system cannot bound: follows them by
    /// name, and then opens what they lead to without following any.
    fn open_through_links(
        &self,
        root: BorrowedFd<'_>,
        path: &str,
        flags: OFlags,
    ) -> io::Result<OwnedFd> {
        let base = self.path.canonicalize()?;
        let target = self.path.join(path).canonicalize()?;
        let inside = target.strip_prefix(base).ok().and_then(Path::to_str);
        let inside = inside
            .filter(|inside| !inside.is_empty())
            .ok_or_else(outside)?;
        Ok(open_beneath(
            root,
            inside,
            flags | OFlags::NOFOLLOW,
            file_mode(self.modes),
        )?)
    }

    /// Acts on the held folder; once more if that one was removed meanwhile.
    fn on_root<T>(&self, act: impl Fn(BorrowedFd<'_>) -> io::Result<T>) -> io::Result<T> {
        let root = self.root()?;
        match act(root.as_fd()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && is_removed(&root) => {
                self.release();
                act(self.root()?.as_fd())
            }
            result => result,
        }
    }

    fn held(&self) -> Option<Arc<OwnedFd>> {
        self.held
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn root(&self) -> io::Result<Arc<OwnedFd>> {
        if let Some(held) = self.held() {
            return Ok(held);
        }
        let root = Arc::new(rustix::fs::open(&self.path, FOLDER, Mode::empty())?);
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        *held = Some(Arc::clone(&root));
        self.opened.fetch_add(1, Ordering::Release);
        Ok(root)
    }
}

fn file_mode(modes: Modes) -> Mode {
    raw_mode(modes.file)
}

fn raw_mode(mode: u16) -> Mode {
    Mode::from_raw_mode(mode.into())
}

/// True if another name leads to the same file.
pub(super) fn has_other_names(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    metadata.nlink() > 1
}

/// True if no path leads to the folder any more.
fn is_removed(folder: &OwnedFd) -> bool {
    rustix::fs::fstat(folder).is_ok_and(|stat| stat.st_nlink == 0)
}

/// An open folder below the base, or the base. Names are single names.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    held: Arc<OwnedFd>,
    modes: Modes,
}

impl Folder {
    /// The folder `name` in this one. A link is not followed; like a file, it is `NotADirectory`.
    pub(super) fn folder(&self, name: &str) -> io::Result<Folder> {
        match open_beneath(
            self.held.as_fd(),
            name,
            FOLDER | OFlags::NOFOLLOW,
            Mode::empty(),
        ) {
            Err(Errno::LOOP | Errno::MLINK) => Err(Errno::NOTDIR.into()),
            result => Ok(Folder {
                held: Arc::new(result?),
                modes: self.modes,
            }),
        }
    }

    /// What stands under `name`, links not followed.
    pub(super) fn kind(&self, name: &str) -> io::Result<EntryKind> {
        Ok(entry_kind(self.held.as_fd(), name)?)
    }

    /// Creates the file `name`, which must not exist, not even as a link.
    pub(super) fn create(&self, name: &str) -> io::Result<File> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(File::from(rustix::fs::openat(
            &self.held,
            name,
            flags,
            file_mode(self.modes),
        )?))
    }

    /// Creates the folder `name`; an existing one is fine.
    pub(super) fn create_folder(&self, name: &str) -> io::Result<()> {
        match rustix::fs::mkdirat(&self.held, name, raw_mode(self.modes.folder)) {
            Err(Errno::EXIST) => Ok(()),
            result => Ok(result?),
        }
    }

    /// Moves the file `from` to another folder under the name `to`, replacing a file that has it.
    pub(super) fn rename_to(&self, from: &str, folder: &Folder, to: &str) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.held, from, &folder.held, to)?)
    }

    /// Removes the file or link `name`. A folder is `IsADirectory` on every platform.
    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        match rustix::fs::unlinkat(&self.held, name, AtFlags::empty()) {
            Err(Errno::PERM) if self.kind(name)? == EntryKind::Folder => Err(Errno::ISDIR.into()),
            result => Ok(result?),
        }
    }

    /// Removes the folder `name` if it is empty.
    pub(super) fn remove_folder(&self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.held, name, AtFlags::REMOVEDIR)?)
    }

    /// Makes the names in this folder survive a loss of power.
    pub(super) fn sync(&self) -> io::Result<()> {
        Ok(rustix::fs::fsync(&self.held)?)
    }

    /// When the file `name` was last changed.
    pub(super) fn modified(&self, name: &str) -> io::Result<std::time::SystemTime> {
        let open = open_beneath(
            self.held.as_fd(),
            name,
            LOOK | OFlags::NOFOLLOW,
            Mode::empty(),
        )?;
        File::from(open).metadata()?.modified()
    }

    /// The entries, without the names that no key can have.
    pub(super) fn entries(&self) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in Dir::read_from(&self.held)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else {
                continue;
            };
            if name == "." || name == ".." {
                continue;
            }
            let kind = match entry.file_type() {
                // Some file systems do not tell; a file that is gone again was never there.
                FileType::Unknown => match self.kind(name) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    kind => kind?,
                },
                known => kind_of(known),
            };
            entries.push(Entry {
                name: name.to_owned(),
                kind,
            });
        }
        Ok(entries)
    }
}

/// What an open file is, and its size in bytes: the least that the kernel can be asked for.
pub(super) fn kind_and_size(file: &File) -> io::Result<(EntryKind, u64)> {
    let stat = rustix::fs::fstat(file)?;
    let kind = kind_of(FileType::from_raw_mode(stat.st_mode));
    Ok((kind, u64::try_from(stat.st_size).unwrap_or_default()))
}

fn entry_kind(folder: BorrowedFd<'_>, name: &str) -> rustix::io::Result<EntryKind> {
    let stat = rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(kind_of(FileType::from_raw_mode(stat.st_mode)))
}

fn kind_of(kind: FileType) -> EntryKind {
    match kind {
        FileType::RegularFile => EntryKind::File,
        FileType::Directory => EntryKind::Folder,
        FileType::Symlink => EntryKind::Link,
        _ => EntryKind::Other,
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn spelling(file: &File) -> Option<String> {
    use std::os::fd::AsRawFd as _;
    let link = std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).ok()?;
    link.into_os_string().into_string().ok()
}

#[cfg(target_vendor = "apple")]
fn spelling(file: &File) -> Option<String> {
    rustix::fs::getpath(file).ok()?.into_string().ok()
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn spelling(_file: &File) -> Option<String> {
    None
}
