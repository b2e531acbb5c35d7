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
//! - The file is asked of SQLite ([`open_file`]) and cut by its own method. Opening it a second time is not
//!   needed.

#![expect(unsafe_code, reason = "see the module")]

use rusqlite::Connection;
use rusqlite::ffi;

use super::open_file::{OpenFile, Which, open_file};

/// Cuts the log off after so many bytes. Only within a transaction that may write. False if it could not.
pub(super) fn cut(connection: &Connection, bytes: i64) -> bool {
    let Some(OpenFile { file, methods }) = open_file(connection, Which::Log) else {
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
