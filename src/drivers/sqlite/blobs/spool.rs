//! Keeps what a stream writes until it is whole: in memory while it is small, then in a file beside the
//! database that has no name as long as it lives.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, MAIN_DB, params};

use super::PIECE_BYTES;
use crate::drivers::sqlite::row::{Checksum, RowKind};
use crate::drivers::sqlite::schema::{MAX_INLINE_BYTES, Tables};
use crate::error::{Fault, Kind};

/// What the names of spools end in.
const SUFFIX: &str = ".spool";

/// A value that is being written.
#[derive(Debug)]
pub struct Spool {
    /// The database that the file lies beside; `None` for one in memory.
    beside: Option<PathBuf>,
    kind: RowKind,
    most: u64,
    size: u64,
    checksum: Checksum,
    memory: Vec<u8>,
    file: Option<File>,
}

impl Spool {
    /// A spool for a value of `key` of at most `most` bytes.
    #[must_use]
    pub fn new(beside: Option<PathBuf>, key: &str, kind: RowKind, most: u64) -> Self {
        Spool {
            beside,
            kind,
            most: most.min(super::MAX_VALUE_BYTES),
            size: 0,
            checksum: Checksum::new(key, kind),
            memory: Vec::new(),
            file: None,
        }
    }

    /// What the value is.
    #[must_use]
    pub fn kind(&self) -> RowKind {
        self.kind
    }

    /// Bytes that were written.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The checksum of the row that this becomes.
    #[must_use]
    pub fn checksum(&self) -> i64 {
        self.checksum.clone().finish()
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// `LIMIT_EXCEEDED` for a value that is too large; errors of the disk. What was written so far is
    /// good for nothing then.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let size = self.size.saturating_add(bytes.len() as u64);
        if size > self.most {
            let message = format!("a value of more than {} bytes", self.most);
            return Err(Fault::new(Kind::LimitExceeded, message));
        }
        self.checksum.update(bytes);
        self.size = size;
        match (&mut self.file, &self.beside) {
            (Some(file), _) => file.write_all(bytes)?,
            (None, Some(database)) if self.memory.len() + bytes.len() > MAX_INLINE_BYTES => {
                let mut file = unnamed(database)?;
                file.write_all(&self.memory)?;
                file.write_all(bytes)?;
                self.memory = Vec::new();
                self.file = Some(file);
            }
            (None, _) => self.memory.extend_from_slice(bytes),
        }
        Ok(())
    }

    /// The value, if it is small enough to stand in the row itself.
    #[must_use]
    pub fn inline(&self) -> Option<&[u8]> {
        (self.file.is_none() && self.memory.len() <= MAX_INLINE_BYTES).then_some(&*self.memory)
    }

    /// Copies the value into the table of large values and answers with its number. In a transaction
    /// that writes.
    ///
    /// # Errors
    /// Errors of the spool or the database. May be tried again in another transaction.
    pub fn store(&mut self, connection: &Connection, tables: &Tables) -> Result<i64, Fault> {
        let size = i64::try_from(self.size).unwrap_or(i64::MAX);
        let sql = format!(
            "INSERT INTO \"{}\" (content) VALUES (zeroblob(?1))",
            tables.large
        );
        connection.prepare_cached(&sql)?.execute(params![size])?;
        let id = connection.last_insert_rowid();
        let mut blob =
            connection.blob_open(MAIN_DB, tables.large.as_str(), "content", id, false)?;
        let Some(file) = &mut self.file else {
            blob.write_all(&self.memory)?;
            blob.close()?;
            return Ok(id);
        };
        file.seek(SeekFrom::Start(0))?;
        let mut piece = vec![0; PIECE_BYTES];
        let mut left = self.size;
        while left > 0 {
            let length = usize::try_from(left).map_or(PIECE_BYTES, |left| left.min(PIECE_BYTES));
            let piece = piece.get_mut(..length).unwrap_or_default();
            file.read_exact(piece)?;
            blob.write_all(piece)?;
            left -= length as u64;
        }
        blob.close()?;
        Ok(id)
    }
}

/// A file that goes away with its handle, also if the process dies.
fn unnamed(database: &Path) -> Result<File, Fault> {
    let path = name_for(database)?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    restrict(&mut options);
    let file = options.open(&path)?;
    // Windows removes it at the end, because it was asked to; elsewhere an open file needs no name.
    if cfg!(unix) {
        match fs::remove_file(&path) {
            // Another process has taken it for a left-over: that is as good.
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(file)
}

#[cfg(unix)]
fn restrict(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600);
}

#[cfg(windows)]
fn restrict(options: &mut OpenOptions) {
    use std::os::windows::fs::OpenOptionsExt as _;
    const FILE_FLAG_DELETE_ON_CLOSE: u32 = 0x0400_0000;
    const FILE_SHARE_DELETE: u32 = 0x4;
    options
        .custom_flags(FILE_FLAG_DELETE_ON_CLOSE)
        .share_mode(FILE_SHARE_DELETE);
}

fn name_for(database: &Path) -> Result<PathBuf, Fault> {
    let random = getrandom::u64().map_err(|error| {
        let message = format!("the system has no random numbers: {error}");
        Fault::new(Kind::Io, message)
    })?;
    let mut name = database.as_os_str().to_owned();
    name.push(format!("-{random:016x}{SUFFIX}"));
    Ok(PathBuf::from(name))
}

/// Removes spools beside `database` that still have a name: their processes died between two system calls.
/// One that is alive keeps its file, which needs no name.
///
/// # Errors
/// The folder cannot be read, or a file not removed.
pub fn sweep(database: &Path) -> Result<(), Fault> {
    let (Some(folder), Some(name)) = (database.parent(), database.file_name()) else {
        return Ok(());
    };
    let Some(name) = name.to_str() else {
        return Ok(());
    };
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_spool = entry
            .file_name()
            .to_str()
            .is_some_and(|found| is_spool_of(found, name));
        if is_spool {
            match fs::remove_file(entry.path()) {
                // On Windows the file of one that is alive is in use.
                Err(error) if cfg!(unix) && error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error.into());
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// `name-<16 hexadecimal digits>.spool`
fn is_spool_of(found: &str, name: &str) -> bool {
    let middle = found
        .strip_prefix(name)
        .and_then(|rest| rest.strip_prefix('-'))
        .and_then(|rest| rest.strip_suffix(SUFFIX));
    middle.is_some_and(|digits| {
        digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}
