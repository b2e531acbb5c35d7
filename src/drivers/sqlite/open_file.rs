//! The files that SQLite has opened for a connection, for what can only be asked of them directly.
//!
//! The argument for handing them out:
//! - SQLite tells of them by `sqlite3_file_control`, which stores a pointer to the file. Only the two
//!   operations that do so can be named here.
//! - A file belongs to its connection, which [`OpenFile`] borrows. Its methods are constants of SQLite from
//!   when it is opened; one that is not open has none, and is not handed out.
//! - What a method does to the file, and on which thread, is up to whoever calls it: each call is `unsafe`
//!   and needs an argument of its own.

#![expect(unsafe_code, reason = "see the module")]

use std::ffi::{c_int, c_void};
use std::ptr::{self, NonNull};

use rusqlite::Connection;
use rusqlite::ffi;

/// Which of the files.
#[derive(Clone, Copy, Debug)]
pub(super) enum Which {
    /// The database itself.
    Main,
    /// The log, in WAL mode.
    Log,
}

impl Which {
    const fn operation(self) -> c_int {
        match self {
            Which::Main => ffi::SQLITE_FCNTL_FILE_POINTER,
            Which::Log => ffi::SQLITE_FCNTL_JOURNAL_POINTER,
        }
    }
}

/// A file that is open, with its methods.
#[derive(Clone, Copy)]
pub(super) struct OpenFile<'c> {
    /// What the methods take.
    pub(super) file: NonNull<ffi::sqlite3_file>,
    pub(super) methods: &'c ffi::sqlite3_io_methods,
}

/// A file of `connection`; `None` if it has none that is open.
pub(super) fn open_file(connection: &Connection, which: Which) -> Option<OpenFile<'_>> {
    let mut file: *mut ffi::sqlite3_file = ptr::null_mut();
    // SAFETY: the connection is open, and the operation stores a pointer to a file in `file`.
    let asked = unsafe {
        ffi::sqlite3_file_control(
            connection.handle(),
            c"main".as_ptr(),
            which.operation(),
            (&raw mut file).cast::<c_void>(),
        )
    };
    let file = NonNull::new(file).filter(|_| asked == ffi::SQLITE_OK)?;
    // SAFETY: the file belongs to the connection, which is borrowed; see the module for its methods.
    let methods = unsafe { file.as_ref().pMethods.as_ref() }?;
    Some(OpenFile { file, methods })
}
