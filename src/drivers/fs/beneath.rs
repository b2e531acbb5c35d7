//! Opens a path below a folder without ever leaving it.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::{Errno, Result};

use super::disk::Reach;

/// Opens a file for looking at its metadata only. Where that exists it needs no permission to read
/// and does nothing to a device.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) const LOOK: OFlags = OFlags::PATH.union(OFlags::CLOEXEC);
/// Opens a file for looking at its metadata: for reading, without waiting for a pipe's other end.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) const LOOK: OFlags = OFlags::RDONLY
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

/// Opens a folder only to go on from it.
const STEP: OFlags = LOOK.union(OFlags::DIRECTORY);

/// The longest path given to the kernel at once, in bytes. Kernels refuse more than 1024 (macOS)
/// or 4096 (Linux); longer ones are walked in parts.
const MAX_PATH_BYTES: usize = 1_000;

/// Opens `path` below `folder`. A path that leaves it, or whose links this system cannot bound, is
/// `EXDEV`. With `NOFOLLOW` a link at the end is not followed.
pub(super) fn open_beneath(
    folder: BorrowedFd<'_>,
    path: &str,
    flags: OFlags,
    mode: Mode,
) -> Result<OwnedFd> {
    let mut held: Option<OwnedFd> = None;
    let mut rest = path;
    while let Some((part, after)) = first_part(rest) {
        let from = held.as_ref().map_or(folder, |held| held.as_fd());
        held = Some(open_short(from, part, STEP, Mode::empty())?);
        rest = after;
    }
    let from = held.as_ref().map_or(folder, |held| held.as_fd());
    open_short(from, rest, flags, mode)
}

/// Splits off the first part of a path that is too long for one call.
fn first_part(path: &str) -> Option<(&str, &str)> {
    if path.len() <= MAX_PATH_BYTES {
        return None;
    }
    let end = path
        .as_bytes()
        .get(..MAX_PATH_BYTES)?
        .iter()
        .rposition(|byte| *byte == b'/')?;
    Some((path.get(..end)?, path.get(end + 1..)?))
}

/// As [`open_beneath`], if the kernel can answer within `reach`; `None` if it cannot tell.
pub(super) fn open_within(
    folder: BorrowedFd<'_>,
    path: &str,
    flags: OFlags,
    reach: Reach,
) -> Option<Result<OwnedFd>> {
    if path.len() > MAX_PATH_BYTES {
        None
    } else {
        kernel::open_within(folder, path, flags, reach)
    }
}

/// True if the folder is on a file system that keeps its folders on a disk of this machine, or in
/// memory. One that is not known may wait for anything.
pub(super) fn is_local(folder: BorrowedFd<'_>) -> bool {
    kernel::is_local(folder)
}

/// Reads from the start of a file, if the content is in memory; `WouldBlock` if it is not,
/// `Unsupported` if the system cannot tell.
pub(super) fn read_in_memory(file: &std::fs::File, buffer: &mut [u8]) -> std::io::Result<usize> {
    Ok(kernel::read_in_memory(file, buffer)?)
}

/// Links cannot be bounded by the system: without `openat2` every step is opened by itself.
fn open_short(folder: BorrowedFd<'_>, path: &str, flags: OFlags, mode: Mode) -> Result<OwnedFd> {
    match kernel::open(folder, path, flags, mode) {
        Err(Errno::NOSYS) => open_by_steps(folder, path, flags, mode),
        result => result,
    }
}

fn open_by_steps(folder: BorrowedFd<'_>, path: &str, flags: OFlags, mode: Mode) -> Result<OwnedFd> {
    let mut held: Option<OwnedFd> = None;
    let mut rest = path;
    while let Some((name, after)) = rest.split_once('/') {
        let from = held.as_ref().map_or(folder, |held| held.as_fd());
        held = Some(open_name(from, name, STEP, Mode::empty(), false)?);
        rest = after;
    }
    let from = held.as_ref().map_or(folder, |held| held.as_fd());
    let link_is_fine = flags.contains(OFlags::NOFOLLOW);
    open_name(from, rest, flags, mode, link_is_fine)
}

/// Opens one name. A link is `EXDEV`, unless the caller asked not to follow it.
fn open_name(
    folder: BorrowedFd<'_>,
    name: &str,
    flags: OFlags,
    mode: Mode,
    link_is_fine: bool,
) -> Result<OwnedFd> {
    if matches!(name, "" | "..") {
        return Err(Errno::XDEV);
    }
    let opened = rustix::fs::openat(folder, name, flags | OFlags::NOFOLLOW, mode);
    if link_is_fine {
        return opened;
    }
    let is_link = match &opened {
        // `O_PATH` opens the link itself.
        Ok(file) if flags.contains(LOOK) => rustix::fs::fstat(file).map(|stat| stat.st_mode).ok(),
        Ok(_) => None,
        Err(Errno::LOOP | Errno::NOTDIR | Errno::MLINK) => {
            let stat = rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW);
            stat.map(|stat| stat.st_mode).ok()
        }
        Err(_) => None,
    };
    if is_link.is_some_and(|mode| FileType::from_raw_mode(mode) == FileType::Symlink) {
        return Err(Errno::XDEV);
    }
    opened
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod kernel {
    use std::fs::File;
    use std::os::fd::{BorrowedFd, OwnedFd};
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, Ordering};

    use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, fstatfs, openat2};
    use rustix::io::{Errno, Result};

    use super::Reach;

    const RESOLVE: ResolveFlags = ResolveFlags::BENEATH.union(ResolveFlags::NO_MAGICLINKS);

    /// How often the kernel may ask to try again because something was renamed on the way.
    const MAX_RETRIES: usize = 32;

    /// `openat2`; `ENOSYS` where the kernel is too old or a sandbox refuses it.
    pub(super) fn open(
        folder: BorrowedFd<'_>,
        path: &str,
        flags: OFlags,
        mode: Mode,
    ) -> Result<OwnedFd> {
        // The kernel refuses a mode where nothing is created.
        let mode = if flags.contains(OFlags::CREATE) {
            mode
        } else {
            Mode::empty()
        };
        if !is_available() {
            return Err(Errno::NOSYS);
        }
        for _ in 0..MAX_RETRIES {
            match openat2(folder, path, flags, mode, RESOLVE) {
                Err(Errno::AGAIN | Errno::INTR) => {}
                result => return result,
            }
        }
        Err(Errno::AGAIN)
    }

    /// Set once the kernel (before Linux 5.12) turns out not to support it.
    static NO_MEMORY_ONLY: AtomicBool = AtomicBool::new(false);

    /// Opens what is in the kernel's cache of names or, with more reach, in a folder of the same file
    /// system.
    pub(super) fn open_within(
        folder: BorrowedFd<'_>,
        path: &str,
        flags: OFlags,
        reach: Reach,
    ) -> Option<Result<OwnedFd>> {
        if NO_MEMORY_ONLY.load(Ordering::Relaxed) || !is_available() {
            return None;
        }
        let bounds = RESOLVE
            | match reach {
                Reach::Memory => ResolveFlags::CACHED,
                Reach::Folder => ResolveFlags::NO_XDEV,
            };
        match openat2(folder, path, flags, Mode::empty(), bounds) {
            Err(Errno::AGAIN | Errno::INTR) => None,
            Err(Errno::INVAL | Errno::NOSYS | Errno::PERM) => {
                NO_MEMORY_ONLY.store(true, Ordering::Relaxed);
                None
            }
            opened => Some(opened),
        }
    }

    /// ext2 to ext4, XFS, Btrfs, F2FS and tmpfs, by their numbers in `statfs`.
    const LOCAL: [i128; 5] = [0xEF53, 0x5846_5342, 0x9123_683E, 0xF2F5_2010, 0x0102_1994];

    pub(super) fn is_local(folder: BorrowedFd<'_>) -> bool {
        // The type of the number differs between platforms, its value does not.
        fstatfs(folder).is_ok_and(|stat| LOCAL.contains(&i128::from(stat.f_type)))
    }

    /// Reads what is in the kernel's cache of pages.
    #[cfg(target_os = "linux")]
    pub(super) fn read_in_memory(file: &File, buffer: &mut [u8]) -> Result<usize> {
        use rustix::io::{ReadWriteFlags, preadv2};
        preadv2(
            file,
            &mut [std::io::IoSliceMut::new(buffer)],
            0,
            ReadWriteFlags::NOWAIT,
        )
    }

    /// The C library of Android has no such call.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn read_in_memory(_: &File, _: &mut [u8]) -> Result<usize> {
        Err(Errno::OPNOTSUPP)
    }

    /// Sandboxes refuse unknown calls with various codes, so it is tried once on a path that
    /// always works.
    pub(super) fn is_available() -> bool {
        static AVAILABLE: OnceLock<bool> = OnceLock::new();
        *AVAILABLE.get_or_init(|| {
            openat2(
                CWD,
                ".",
                OFlags::PATH | OFlags::CLOEXEC,
                Mode::empty(),
                RESOLVE,
            )
            .is_ok()
        })
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod kernel {
    use std::os::fd::{BorrowedFd, OwnedFd};

    use rustix::fs::{Mode, OFlags};
    use rustix::io::{Errno, Result};

    use super::Reach;

    /// There is no such call on this system.
    pub(super) fn open(_: BorrowedFd<'_>, _: &str, _: OFlags, _: Mode) -> Result<OwnedFd> {
        Err(Errno::NOSYS)
    }

    /// There is no such call on this system.
    pub(super) fn open_within(
        _: BorrowedFd<'_>,
        _: &str,
        _: OFlags,
        _: Reach,
    ) -> Option<Result<OwnedFd>> {
        None
    }

    /// Nothing is tried on the calling thread, so there is nothing to know.
    pub(super) fn is_local(_: BorrowedFd<'_>) -> bool {
        false
    }

    /// There is no such call on this system.
    pub(super) fn read_in_memory(_: &std::fs::File, _: &mut [u8]) -> Result<usize> {
        Err(Errno::OPNOTSUPP)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    type Open = fn(BorrowedFd<'_>, &str, OFlags, Mode) -> Result<OwnedFd>;

    fn base() -> (tempfile::TempDir, OwnedFd) {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().join("base");
        fs::create_dir_all(base.join("in/deep")).unwrap();
        fs::write(base.join("in/file"), "x").unwrap();
        fs::write(folder.path().join("secret"), "x").unwrap();
        symlink("../secret", base.join("up")).unwrap();
        symlink(folder.path(), base.join("out")).unwrap();
        let held = rustix::fs::open(base, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).unwrap();
        (folder, held)
    }

    #[test]
    fn both_ways_stay_below_the_folder() {
        let ways: [Open; 2] = [open_short, open_by_steps];
        for open in ways {
            let (_folder, base) = base();
            for flags in [LOOK, OFlags::RDONLY | OFlags::CLOEXEC] {
                let open = |path: &str| open(base.as_fd(), path, flags, Mode::empty()).err();
                assert_eq!(open("in/file"), None);
                assert_eq!(open("in/missing"), Some(Errno::NOENT));
                assert_eq!(open("in/file/x"), Some(Errno::NOTDIR));
                for path in [
                    "up",
                    "out/secret",
                    "out",
                    "../secret",
                    "in/../../secret",
                    "/etc/hostname",
                ] {
                    assert_eq!(open(path), Some(Errno::XDEV), "{path}");
                }
            }
        }
    }

    #[test]
    fn a_link_at_the_end_is_not_followed_if_asked() {
        let ways: [Open; 2] = [open_short, open_by_steps];
        for open in ways {
            let (_folder, base) = base();
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            assert_eq!(
                open(base.as_fd(), "up", flags, Mode::empty()).err(),
                Some(Errno::LOOP)
            );
        }
    }

    #[test]
    fn paths_longer_than_the_kernel_takes_are_walked() {
        let (_folder, base) = base();
        let mut path = String::new();
        let mut held = rustix::io::dup(&base).unwrap();
        let name = "n".repeat(200);
        for _ in 0..40 {
            rustix::fs::mkdirat(&held, &name, Mode::RWXU).unwrap();
            held = open_short(held.as_fd(), &name, STEP, Mode::empty()).unwrap();
            path = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}/{name}")
            };
        }
        assert!(path.len() > 4096);
        assert!(open_beneath(base.as_fd(), &path, STEP, Mode::empty()).is_ok());
        let missing = format!("{path}/missing");
        assert_eq!(
            open_beneath(base.as_fd(), &missing, LOOK, Mode::empty()).err(),
            Some(Errno::NOENT)
        );
    }
}
