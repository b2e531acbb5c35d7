//! The log as SQLite writes it, with a [`LogBuffer`] in front.
//!
//! The file of a log is wrapped: its writes go through the buffer, and whatever else is asked of it comes
//! after what waits there has been written, and then goes to the file of the system.
//!
//! Something waits only within [`held`], that is, within `COMMIT`, which has the lock of whoever writes for
//! as long as it writes. Afterwards others may add to the log at the same place.
//!
//! The argument for it:
//! - SQLite allocates `szOsFile` zeroed bytes for a file, opens it through `xOpen`, uses it on one thread
//!   at a time, and closes it if `pMethods` was set. A [`LogFile`] lies at the beginning of these bytes,
//!   the file of the system behind it, at a multiple of eight bytes as SQLite places files itself.
//! - A wrapped file is used where SQLite uses logs: it maps no memory, and no version of SQLite calls
//!   more than the first version of the methods for it.

#![expect(unsafe_code, reason = "see the module")]

use std::ffi::{c_int, c_void};
use std::ptr::{self, NonNull};

use rusqlite::Connection;
use rusqlite::ffi::{
    self, SQLITE_IOERR_NOMEM, SQLITE_IOERR_WRITE, SQLITE_OK, sqlite3_file, sqlite3_io_methods,
};

use super::log_buffer::{LogBuffer, Step};
use super::open_file::{OpenFile, Which, open_file};
use super::resident;
use crate::pool;

/// The file of a log. That of the system comes right behind it.
#[repr(C)]
struct LogFile {
    head: sqlite3_file,
    buffer: LogBuffer,
}

const _: () = assert!(size_of::<LogFile>().is_multiple_of(8) && align_of::<LogFile>() <= 8);

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

/// How many bytes stand before the file of the system.
pub(super) const HEAD_BYTES: usize = size_of::<LogFile>();

/// Opens a log behind a [`LogFile`] by `open`, which opens it as the system does.
///
/// # Safety
/// There are [`HEAD_BYTES`] for it at `file`, and behind them as many as the system's file takes.
pub(super) unsafe fn open(
    file: *mut sqlite3_file,
    open: impl FnOnce(*mut sqlite3_file) -> c_int,
) -> c_int {
    // SAFETY: the bytes suffice for both.
    let inner = unsafe { inner_of(file) };
    let opened = open(inner);
    // SAFETY: the file of the system has methods if it has to be closed, also after a failure.
    let is_open = unsafe { !(*inner).pMethods.is_null() };
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
    resident::unless_refused(|| {
        // Whoever copies the log reads all of it within one call of SQLite.
        pool::give_way();
        // SAFETY: the arguments are those of the same method.
        unsafe { read_settled(file, data, length, offset) }
    })
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
