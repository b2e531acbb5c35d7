//! How connections are opened. Nothing else opens any.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::faults::with_errno;
use super::file_system;
use super::options::{Durability, Place, SqliteOptions};
use super::schema::{self, Tables};
use super::sql::Sql;
use super::wal_index::Link;
use crate::error::{Fault, Kind};

/// The pages in the log at which a commit copies them to the main file itself, 64 MB, if nobody else has
/// done it by then: see [`super::checkpoint`].
const MOST_LOG_PAGES: i32 = 16_000;

/// The statements that a connection keeps prepared.
const PREPARED_STATEMENTS: usize = 64;

/// What is left of a log that has grown beyond this once all of it is in the main file, in bytes.
const MAX_IDLE_LOG_BYTES: i64 = 64 * 1024 * 1024;

/// How long to wait before a file is asked again to change its journal mode.
const PAUSE: Duration = Duration::from_millis(2);

/// The name under which SQLite knows a database in memory.
const IN_MEMORY: &str = ":memory:";

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It writes. There is one at a time.
    Writer,
    /// It belongs to the JavaScript thread, and reads when the other readers have no time. There is one.
    Front,
    /// It only reads, and comes first wherever somebody reads. There is one.
    Reader,
    /// It only reads, when the others have no time, or once.
    Spare,
}

impl Role {
    /// The most memory that such a connection uses for pages. All of them, with three spare ones, stay
    /// below 32 MiB. To read a page of the main file again costs as much as all else of a read.
    const fn page_cache_kib(self) -> i32 {
        match self {
            Role::Reader => 21_000,
            Role::Writer => 5000,
            Role::Front | Role::Spare => 1000,
        }
    }
}

/// Where a store is and how it is opened.
#[derive(Debug)]
pub(super) struct Site {
    /// Where the file is.
    pub(super) place: Place,
    /// Its tables.
    pub(super) tables: Tables,
    /// Its statements.
    pub(super) sql: Sql,
    /// Nothing may be written.
    pub(super) read_only: bool,
    /// How long a lock of somebody else is waited for.
    pub(super) busy_timeout: Duration,
    durability: Durability,
}

impl Site {
    /// Nothing is opened yet.
    ///
    /// # Errors
    /// `INVALID_OPTION` for a name that no store can have.
    pub(super) fn new(options: &SqliteOptions) -> Result<Self, Fault> {
        let tables = Tables::of(&options.table)?;
        Ok(Site {
            place: options.place.clone(),
            sql: Sql::new(&tables),
            tables,
            read_only: options.read_only,
            durability: options.durability,
            busy_timeout: options.busy_timeout,
        })
    }

    /// Opens the first connection: makes the file and the tables if they are missing and may be made.
    /// A file that cannot be used is reported, and left as it is.
    ///
    /// # Errors
    /// `CORRUPT` for a damaged file and one that is no database, `INCOMPATIBLE` for that of another
    /// program or a newer version, `BUSY` for one that stays locked, and the system's.
    pub(super) fn prepare(&self) -> Result<Link, Fault> {
        if let Place::File(path) = &self.place {
            if !self.read_only {
                create(path)?;
            }
            refuse_stub(path)?;
        }
        let role = if self.read_only {
            Role::Front
        } else {
            Role::Writer
        };
        let mut connection = self.connect(role)?;
        let prepared = self.prepare_tables(&mut connection);
        prepared.map_err(|fault| with_errno(fault, &connection))?;
        Ok(self.link(connection))
    }

    /// Opens a further connection.
    ///
    /// # Errors
    /// As [`Site::prepare`].
    pub(super) fn open(&self, role: Role) -> Result<Link, Fault> {
        let connection = self.connect(role)?;
        // The journal mode of a connection is known, and its log found, once it has read.
        let version = schema::version_of(&connection, &self.tables);
        match version.map_err(|fault| with_errno(fault, &connection))? {
            Some(_) => Ok(self.link(connection)),
            None => Err(self.no_store()),
        }
    }

    fn link(&self, connection: Connection) -> Link {
        Link::new(connection, self.place != Place::Memory)
    }

    fn prepare_tables(&self, connection: &mut Connection) -> Result<(), Fault> {
        let version = schema::version_of(connection, &self.tables)?;
        if self.read_only {
            return version.map(|_| ()).ok_or_else(|| self.no_store());
        }
        if self.place != Place::Memory {
            write_ahead(connection, self.busy_timeout)?;
        }
        schema::prepare(connection, &self.tables)
    }

    fn no_store(&self) -> Fault {
        let message = format!("The file holds no store `{}`", self.tables.items);
        Fault {
            io: Some(io::Error::from(io::ErrorKind::NotFound)),
            ..Fault::new(Kind::Io, message)
        }
    }

    fn connect(&self, role: Role) -> Result<Connection, Fault> {
        // A connection is never used by two threads at once, so SQLite need not lock it. A reader may
        // have to repair the log after a crash, so it can write, and is told not to.
        let access = match self.read_only {
            true => OpenFlags::SQLITE_OPEN_READ_ONLY,
            false => OpenFlags::SQLITE_OPEN_READ_WRITE,
        };
        let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = match &self.place {
            Place::File(path) => match file_system::name() {
                Some(name) => Connection::open_with_flags_and_vfs(path, flags, name),
                None => Connection::open_with_flags(path, flags),
            }
            .map_err(|error| diagnose(path, self.read_only, error.into()))?,
            Place::Memory => Connection::open_with_flags(IN_MEMORY, flags)?,
        };
        self.configure(&connection, role)
            .map_err(|error| with_errno(error.into(), &connection))?;
        Ok(connection)
    }

    fn configure(&self, connection: &Connection, role: Role) -> rusqlite::Result<()> {
        connection.busy_timeout(self.busy_timeout)?;
        connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
        // What stands in the file must not be able to do anything but hold data.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        // A file that somebody truncates must be an error, not a signal that ends the process.
        connection.pragma(None, "mmap_size", 0, |_| Ok(()))?;
        connection.pragma_update(None, "cache_size", -role.page_cache_kib())?;
        connection.pragma(None, "journal_size_limit", MAX_IDLE_LOG_BYTES, |_| Ok(()))?;
        let synchronous = match self.durability {
            Durability::Process => "NORMAL",
            Durability::Power => "FULL",
        };
        connection.pragma_update(None, "synchronous", synchronous)?;
        connection.pragma(None, "wal_autocheckpoint", MOST_LOG_PAGES, |_| Ok(()))?;
        if role != Role::Writer {
            connection.pragma_update(None, "query_only", true)?;
        }
        Ok(())
    }
}

/// Lets readers and a writer work side by side, for good. While another process does the same, SQLite
/// may say that the file is busy without having waited.
fn write_ahead(connection: &Connection, patience: Duration) -> Result<(), Fault> {
    let end = Instant::now() + patience;
    loop {
        let mode = connection
            .pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0));
        match mode.map_err(Fault::from) {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(_) => {
                let message =
                    "The file system cannot share memory between processes, which SQLite needs";
                return Err(Fault::new(Kind::NotSupported, message));
            }
            Err(fault) if fault.kind == Kind::Busy && Instant::now() < end => thread::sleep(PAUSE),
            Err(fault) => return Err(fault),
        }
    }
}

/// While a file is made here nobody else in this process may open it: closing it would drop the locks
/// that SQLite had on it by then. So whoever comes second waits until it is closed.
static MAKING: Mutex<()> = Mutex::new(());

/// Makes the file if it is missing, for the user alone, and the folders above it. A file that exists is
/// not opened. What SQLite makes beside it gets the same permissions.
fn create(path: &Path) -> io::Result<()> {
    let _alone = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(folder) = path.parent() {
        create_folder(folder)?;
    }
    match create_file(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        created => created.map(drop),
    }
}

/// SQLite takes a file of one byte for an empty one, and would write over it. One without any is that of
/// a process that died before it could write.
fn refuse_stub(path: &Path) -> Result<(), Fault> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() && metadata.len() == 1 => {
            Err(Fault::new(Kind::Corrupt, "The file is no database"))
        }
        // Whatever else is wrong with it is found out by opening it.
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn create_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

#[cfg(not(unix))]
fn create_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

#[cfg(unix)]
fn create_file(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

#[cfg(not(unix))]
fn create_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Why SQLite could not open a file, which it does not tell by itself. The file is not opened to find
/// out: closing it would drop the locks of other connections.
fn diagnose(path: &Path, read_only: bool, fault: Fault) -> Fault {
    let reason = match fs::metadata(path) {
        Err(error) => Some(error),
        Ok(metadata) if metadata.is_dir() => Some(io::ErrorKind::IsADirectory.into()),
        Ok(_) => access(path, read_only).err(),
    };
    Fault {
        io: reason.or(fault.io),
        ..fault
    }
}

#[cfg(unix)]
fn access(path: &Path, read_only: bool) -> io::Result<()> {
    use rustix::fs::Access;
    let wanted = match read_only {
        true => Access::READ_OK,
        false => Access::READ_OK | Access::WRITE_OK,
    };
    Ok(rustix::fs::access(path, wanted)?)
}

#[cfg(not(unix))]
fn access(path: &Path, read_only: bool) -> io::Result<()> {
    match fs::metadata(path)?.permissions().readonly() && !read_only {
        true => Err(io::ErrorKind::PermissionDenied.into()),
        false => Ok(()),
    }
}
