//! Gives a finished copy its name, in one step that never takes the place of a file unasked.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::backup::BackupOptions;
use crate::error::{Fault, Kind};

/// Refuses a target that would be overwritten, or that a database in use would suffer from.
///
/// # Errors
/// `EEXIST` without `overwrite`; `INVALID_OPTION` for the database itself, for a folder, and beside a log
/// that would be taken for the copy's.
pub(super) fn check_target(source: Option<&Path>, options: &BackupOptions) -> Result<(), Fault> {
    let BackupOptions { to, overwrite } = options;
    for suffix in ["-wal", "-journal"] {
        if fs::symlink_metadata(beside(to, suffix)).is_ok() {
            let message = format!(
                "a database at the target is in use, or was: there is a file `{suffix}` beside it"
            );
            return Err(Fault::new(Kind::InvalidOption, message));
        }
    }
    let Ok(found) = fs::symlink_metadata(to) else {
        return Ok(());
    };
    let is_source = source.is_some_and(|source| is_same(source, to));
    if is_source || found.is_dir() {
        let message = "a backup needs a file of its own";
        return Err(Fault::new(Kind::InvalidOption, message));
    }
    if *overwrite {
        return Ok(());
    }
    Err(io::Error::from(ErrorKind::AlreadyExists).into())
}

fn is_same(one: &Path, other: &Path) -> bool {
    match (fs::canonicalize(one), fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

/// An empty file beside `to`, which only its owner may read.
///
/// # Errors
/// Errors of the folder.
pub(super) fn temporary_beside(to: &Path) -> Result<PathBuf, Fault> {
    let random = getrandom::u64().map_err(|error| {
        let message = format!("the system has no random numbers: {error}");
        Fault::new(Kind::Io, message)
    })?;
    let path = beside(to, &format!("-{random:016x}.backup"));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(&path)?;
    Ok(path)
}

/// Syncs the copy and moves it to its place.
///
/// # Errors
/// `EEXIST` if a file was put there meanwhile; errors of the disk.
pub(super) fn publish(temporary: &Path, options: &BackupOptions) -> Result<(), Fault> {
    let BackupOptions { to, overwrite } = options;
    OpenOptions::new().write(true).open(temporary)?.sync_all()?;
    if *overwrite {
        fs::rename(temporary, to)?;
    } else {
        move_without_replacing(temporary, to)?;
    }
    sync_folder(to)?;
    Ok(())
}

/// A link fails if the name is taken. Where there are no links, the name is reserved first: a reader
/// would meet an empty file for a moment.
fn move_without_replacing(temporary: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(temporary, to) {
        Ok(()) => fs::remove_file(temporary),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(error),
        Err(_) => {
            OpenOptions::new().write(true).create_new(true).open(to)?;
            fs::rename(temporary, to)
        }
    }
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Windows makes renames durable along with the file.
#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
