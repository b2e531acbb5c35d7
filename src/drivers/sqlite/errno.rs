//! What the operating system said to SQLite.
//!
//! The argument: `sqlite3_system_errno` only reads a number from a connection that is open, which the
//! borrow proves, and no other thread uses the connection meanwhile, because it is not `Sync`.

#![expect(unsafe_code, reason = "see the module")]

use std::io;

use rusqlite::{Connection, ffi};

/// The last failure of a system call made for this connection.
pub(super) fn last_errno(connection: &Connection) -> Option<io::Error> {
    // SAFETY: see the module.
    let number = unsafe { ffi::sqlite3_system_errno(connection.handle()) };
    (number != 0).then(|| io::Error::from_raw_os_error(number))
}
