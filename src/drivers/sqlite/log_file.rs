//! The log as SQLite writes it, with a [`LogBuffer`] in front.
//!
//! SQLite reaches files through a table of functions, its virtual file system. Here is one that hands
//! everything on to that of the system, except that the file of a log is wrapped: its writes go through
//! the buffer, and whatever else is asked of it comes after what waits there has been written.
//!
//! Something waits only within [`held`], that is, within `COMMIT`, which has the lock of whoever writes for
//! as long as it writes. Afterwards others may add to the log at the same place.
//!
//! The argument for it:
//! - SQLite allocates `szOsFile` zeroed bytes for a file, opens it through `xOpen`, uses it on one thread
//!   at a time, and closes it if `pMethods` was set. A [`LogFile`] lies at the beginning of these bytes,
//!   the file of the system behind it, at a multiple of eight bytes as SQLite places files itself.
//! - The table of the system is a constant for as long as the process lives; so is the one that is made
//!   here from it. Functions of it are called with the file of the system only, as it expects, or with
//!   our table where they take one, of which they read what was copied from their own.
//! - A wrapped file is used where SQLite uses logs: it maps no memory, and no version of SQLite calls
//!   more than the first version of the methods for it.

#![expect(unsafe_code, reason = "see the module")]

use std::ffi::{CStr, c_int, c_void};
use std::ptr::{self, NonNull};
use std::sync::OnceLock;

use rusqlite::Connection;
use rusqlite::ffi::{
    self, SQLITE_IOERR_NOMEM, SQLITE_IOERR_WRITE, SQLITE_OK, SQLITE_OPEN_WAL, sqlite3_file,
    sqlite3_io_methods, sqlite3_vfs,
};

use super::log_buffer::{LogBuffer, Step};
use super::open_file::{OpenFile, Which, open_file};
use crate::pool;

/// The name of the file system.
const NAME: &CStr = c"stowage";

/// The file system, with that of the system.
#[repr(C)]
struct FileSystem {
    head: sqlite3_vfs,
    inner: *mut sqlite3_vfs,
}

/// The file of a log. That of the system comes right behind it.
#[repr(C)]
struct LogFile {
    head: sqlite3_file,
    buffer: LogBuffer,
}

const _: () = assert!(size_of::<LogFile>().is_multiple_of(8) && align_of::<LogFile>() <= 8);

/// The name of the file system; `None` if SQLite does not take it, and every page is written by itself.
pub(super) fn name() -> Option<&'static CStr> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    REGISTERED.get_or_init(register).then_some(NAME)
}

fn register() -> bool {
    // SAFETY: a null name asks for the file system that SQLite would use.
    let inner = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
    // SAFETY: it is null or valid for ever.
    let Some(lower) = (unsafe { inner.as_ref() }) else {
        return false;
    };
    let Some(bytes) = c_int::try_from(size_of::<LogFile>())
        .ok()
        .and_then(|bytes| bytes.checked_add(lower.szOsFile))
    else {
        return false;
    };
    let upper = Box::leak(Box::new(FileSystem {
        head: sqlite3_vfs {
            szOsFile: bytes,
            zName: NAME.as_ptr(),
            pNext: ptr::null_mut(),
            xOpen: Some(open),
            ..*lower
        },
        inner,
    }));
    // SAFETY: it lives for ever, and is not made the default.
    unsafe { ffi::sqlite3_vfs_register(&raw mut upper.head, 0) == SQLITE_OK }
}

/// Commits by `commit`, writing what it adds to the log at once.
pub(super) fn held<T>(connection: &Connection, commit: impl FnOnce() -> T) -> T {
    tell(connection, LogBuffer::hold);
    let _released = Released(connection);
    commit()
}

/// Lets nothing wait any more, even after a panic.
struct Released<'c>(&'c Connection);

impl Drop for Released<'_> {
    fn drop(&mut self) {
        tell(self.0, LogBuffer::release);
    }
}

fn tell(connection: &Connection, change: fn(&mut LogBuffer)) {
    if let Some(buffer) = buffer_of(connection) {
        // SAFETY: the log stays open while the connection does nothing, which belongs to this thread, and
        // nothing refers to the buffer between two calls of the methods.
        change(unsafe { &mut *buffer.as_ptr() });
    }
}

/// The buffer of a connection's log, if that is open.
fn buffer_of(connection: &Connection) -> Option<NonNull<LogBuffer>> {
    let OpenFile { file, methods } = open_file(connection, Which::Log)?;
    // SAFETY: only a `LogFile` has these methods.
    ptr::eq(methods, &raw const METHODS).then(|| unsafe {
        NonNull::new_unchecked(&raw mut (*file.cast::<LogFile>().as_ptr()).buffer)
    })
}

/// Opens a file: that of a log behind a [`LogFile`], any other as the system does.
unsafe extern "C" fn open(
    upper: *mut sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    given: *mut c_int,
) -> c_int {
    // SAFETY: SQLite calls this with the table that was registered.
    let inner = unsafe { (*upper.cast::<FileSystem>()).inner };
    // SAFETY: as above, in `register`.
    let Some(open) = (unsafe { (*inner).xOpen }) else {
        return ffi::SQLITE_CANTOPEN;
    };
    if flags & SQLITE_OPEN_WAL == 0 {
        // SAFETY: the bytes suffice for a file of the system.
        return unsafe { open(inner, name, file, flags, given) };
    }
    // SAFETY: the bytes of a file suffice for both.
    let opened = unsafe { open(inner, name, inner_of(file), flags, given) };
    // SAFETY: the file of the system has methods if it has to be closed, also after a failure.
    let is_open = unsafe { !(*inner_of(file)).pMethods.is_null() };
    let head = sqlite3_file {
        pMethods: if is_open {
            &raw const METHODS
        } else {
            ptr::null()
        },
    };
    let buffer = LogBuffer::default();
    // SAFETY: the bytes are ours to fill. Nothing is forgotten if the file is not closed: an empty
    // buffer holds no memory.
    unsafe { file.cast::<LogFile>().write(LogFile { head, buffer }) };
    opened
}

/// The file of the system behind that of a log.
unsafe fn inner_of(file: *mut sqlite3_file) -> *mut sqlite3_file {
    // SAFETY: whoever calls this has a file that was allocated for both.
    unsafe { file.cast::<LogFile>().add(1).cast() }
}

/// The file of the system, with its methods. What waits has been written if this is `Ok`.
unsafe fn settled(
    file: *mut sqlite3_file,
) -> Result<(*mut sqlite3_file, &'static sqlite3_io_methods), c_int> {
    // SAFETY: SQLite calls methods for open files only, each on one thread at a time.
    unsafe {
        let inner = inner_of(file);
        let methods = (*inner).pMethods.as_ref().ok_or(SQLITE_IOERR_WRITE)?;
        let buffer = &mut (*file.cast::<LogFile>()).buffer;
        buffer.write(|bytes, start| write_through(inner, methods, bytes, start))?;
        Ok((inner, methods))
    }
}

unsafe fn write_through(
    inner: *mut sqlite3_file,
    methods: &sqlite3_io_methods,
    bytes: &[u8],
    offset: i64,
) -> Result<(), c_int> {
    let (Some(write), Ok(length)) = (methods.xWrite, c_int::try_from(bytes.len())) else {
        return Err(SQLITE_IOERR_WRITE);
    };
    // SAFETY: the file is open and the bytes are there.
    match unsafe { write(inner, bytes.as_ptr().cast(), length, offset) } {
        SQLITE_OK => Ok(()),
        failed => Err(failed),
    }
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    data: *const c_void,
    length: c_int,
    offset: i64,
) -> c_int {
    let Ok(length) = usize::try_from(length) else {
        return SQLITE_IOERR_WRITE;
    };
    // SAFETY: SQLite gives as many bytes.
    let data = unsafe { std::slice::from_raw_parts(data.cast::<u8>(), length) };
    // SAFETY: as in `settled`; nothing else refers to the buffer meanwhile.
    let step = unsafe { (*file.cast::<LogFile>()).buffer.add(data, offset) };
    let written = match step {
        Err(_) => Err(SQLITE_IOERR_NOMEM),
        Ok(Step::Wait) => Ok(()),
        // SAFETY: as in `settled`.
        Ok(Step::Write) => unsafe { settled(file) }.map(|_| ()),
        Ok(Step::WriteApart) => {
            // SAFETY: as in `settled`.
            unsafe { settled(file) }
                .and_then(|(inner, methods)| unsafe { write_through(inner, methods, data, offset) })
        }
    };
    written.err().unwrap_or(SQLITE_OK)
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: as in `settled`. The buffer is gone after this, and SQLite does not use the file again.
    unsafe {
        let settled = settled(file);
        let inner = inner_of(file);
        let close = (*inner)
            .pMethods
            .as_ref()
            .and_then(|methods| methods.xClose);
        let closed = close.map_or(SQLITE_OK, |close| close(inner));
        ptr::drop_in_place(&raw mut (*file.cast::<LogFile>()).buffer);
        settled.err().unwrap_or(closed)
    }
}

unsafe extern "C" fn read(
    file: *mut sqlite3_file,
    data: *mut c_void,
    length: c_int,
    offset: i64,
) -> c_int {
    // Whoever copies the log reads all of it within one call of SQLite.
    pool::give_way();
    // SAFETY: the arguments are those of the same method.
    unsafe { read_settled(file, data, length, offset) }
}

/// Defines a method that hands a call on, once what waits has been written.
macro_rules! hand_on {
    ($($name:ident = $method:ident($($argument:ident: $type:ty),*);)*) => {$(
        unsafe extern "C" fn $name(file: *mut sqlite3_file $(, $argument: $type)*) -> c_int {
            // SAFETY: as in `settled`; the arguments are those of the same method.
            unsafe {
                match settled(file) {
                    Ok((inner, methods)) => match methods.$method {
                        Some(method) => method(inner $(, $argument)*),
                        None => ffi::SQLITE_IOERR,
                    },
                    Err(failed) => failed,
                }
            }
        }
    )*};
}

hand_on! {
    read_settled = xRead(data: *mut c_void, length: c_int, offset: i64);
    truncate = xTruncate(size: i64);
    sync = xSync(flags: c_int);
    file_size = xFileSize(size: *mut i64);
    lock = xLock(level: c_int);
    unlock = xUnlock(level: c_int);
    check_reserved_lock = xCheckReservedLock(is_reserved: *mut c_int);
    file_control = xFileControl(operation: c_int, argument: *mut c_void);
    sector_size = xSectorSize();
    device_characteristics = xDeviceCharacteristics();
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};
