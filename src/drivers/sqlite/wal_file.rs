//! The length of the log.
//!
//! A transaction that fails leaves what it has written behind the last commit in the log. SQLite writes
//! over it later, and never shortens the file for it: on a full disk it can hold the very room that is
//! needed to empty the log. So it is cut off here.
//!
//! The argument for cutting:
//! - It is done by the connection that may write, within a transaction of its own, so nobody else adds to
//!   the log meanwhile, and the header of the wal-index does not change.
//! - Frames behind the last one that the header names belong to no commit. No reader looks at them, and
//!   whoever repairs the log after a crash stops before them.
//! - The file is asked of SQLite (`SQLITE_FCNTL_JOURNAL_POINTER`) and cut by its own method. Opening it a
//!   second time is not needed.

#![expect(unsafe_code, reason = "see the module")]

use std::ffi::c_void;
use std::ptr::{self, NonNull};

use rusqlite::Connection;
use rusqlite::ffi;

/// Cuts the log off after so many bytes. Only within a transaction that may write. False if it could not.
pub(super) fn cut(connection: &Connection, bytes: i64) -> bool {
    let mut file: *mut ffi::sqlite3_file = ptr::null_mut();
    // SAFETY: the connection is open, and this operation stores a pointer to its log in `file`.
    let asked = unsafe {
        ffi::sqlite3_file_control(
            connection.handle(),
            c"main".as_ptr(),
            ffi::SQLITE_FCNTL_JOURNAL_POINTER,
            (&raw mut file).cast::<c_void>(),
        )
    };
    let Some(file) = NonNull::new(file).filter(|_| asked == ffi::SQLITE_OK) else {
        return false;
    };
    // SAFETY: the file belongs to the connection; it has methods, which are constants, while it is open.
    let Some(methods) = (unsafe { file.as_ref().pMethods.as_ref() }) else {
        return false;
    };
    let (Some(size_of), Some(truncate)) = (methods.xFileSize, methods.xTruncate) else {
        return false;
    };
    let mut size = 0;
    // SAFETY: both are called as SQLite calls them, by the only thread that uses the connection.
    unsafe {
        size_of(file.as_ptr(), &raw mut size) == ffi::SQLITE_OK
            && (size <= bytes || truncate(file.as_ptr(), bytes) == ffi::SQLITE_OK)
    }
}
