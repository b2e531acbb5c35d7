//! The one place that holds on to a blob handle of SQLite, along with the connection that it needs.
//!
//! rusqlite's own handle borrows its connection, so the two cannot be kept together between the calls of
//! a stream. Opening a handle anew for each piece is no way out: finding a place in a large content means
//! to walk its pages from the first one, and only a handle remembers them.
//!
//! Why this is sound:
//! - The handle is made from the connection beside it, which is not closed before the handle: `Drop` and
//!   `into_connection` close the handle first, and nothing else takes the connection out.
//! - A connection may be used by any thread, by one at a time. Both move together, and `&mut self` keeps two
//!   calls from running at once.
//! - Whatever lends the connection lends the same one each time, also after it was moved: SQLite's own object
//!   lies on the heap. (A type whose `borrow` gives another one would be none of this crate's.)
//! - The pointer is never null once the value exists, and never given away.

#![expect(
    unsafe_code,
    reason = "a handle and its connection have to live together: see the module"
)]

use std::borrow::Borrow;
use std::ffi::{CString, c_int, c_void};
use std::fmt;
use std::ptr::{self, NonNull};

use rusqlite::{Connection, ffi};

use crate::error::{Fault, Kind};

/// The content of one row of the table of large values, with a connection of its own.
pub(super) struct LargeContent<C: Borrow<Connection>> {
    blob: NonNull<ffi::sqlite3_blob>,
    /// `None` only on the way out.
    connection: Option<C>,
    size: u64,
}

// SAFETY: see the module.
unsafe impl<C: Borrow<Connection> + Send> Send for LargeContent<C> {}

impl<C: Borrow<Connection>> fmt::Debug for LargeContent<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LargeContent({} bytes)", self.size)
    }
}

impl<C: Borrow<Connection>> LargeContent<C> {
    /// Opens the content of the row `id` of `table` for reading.
    ///
    /// # Errors
    /// There is no such row; errors of the file. The connection is given back.
    pub(super) fn open(connection: C, table: &str, id: i64) -> Result<Self, (C, Fault)> {
        let Ok(table) = CString::new(table) else {
            let fault = Fault::new(Kind::Internal, "the name of a table holds NUL");
            return Err((connection, fault));
        };
        let mut blob = ptr::null_mut();
        // SAFETY: the connection is open, and the texts end in NUL and outlive the call.
        let code = unsafe {
            ffi::sqlite3_blob_open(
                connection.borrow().handle(),
                c"main".as_ptr(),
                table.as_ptr(),
                c"content".as_ptr(),
                id,
                0,
                &mut blob,
            )
        };
        match NonNull::new(blob) {
            Some(blob) if code == ffi::SQLITE_OK => {
                // SAFETY: the handle was just opened.
                let size = unsafe { ffi::sqlite3_blob_bytes(blob.as_ptr()) };
                Ok(LargeContent {
                    blob,
                    connection: Some(connection),
                    size: u64::try_from(size).unwrap_or(0),
                })
            }
            _ => Err((connection, fault_of(code))),
        }
    }

    /// Bytes of the content.
    #[must_use]
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Fills `bytes` from `offset`.
    ///
    /// # Errors
    /// The content is shorter; errors of the file.
    pub(super) fn read_at(&mut self, bytes: &mut [u8], offset: u64) -> Result<(), Fault> {
        let (Ok(length), Ok(offset)) = (c_int::try_from(bytes.len()), c_int::try_from(offset))
        else {
            return Err(fault_of(ffi::SQLITE_TOOBIG));
        };
        // SAFETY: the handle is open, and `bytes` has room for `length` bytes.
        let code = unsafe {
            ffi::sqlite3_blob_read(
                self.blob.as_ptr(),
                bytes.as_mut_ptr().cast::<c_void>(),
                length,
                offset,
            )
        };
        if code == ffi::SQLITE_OK {
            Ok(())
        } else {
            Err(fault_of(code))
        }
    }

    /// Lets go of the content.
    #[must_use]
    pub(super) fn into_connection(mut self) -> Option<C> {
        let connection = self.connection.take();
        // The handle goes with `self`, while the connection is still there.
        drop(self);
        connection
    }
}

impl<C: Borrow<Connection>> Drop for LargeContent<C> {
    fn drop(&mut self) {
        // SAFETY: the handle is open, closed only here, and its connection is still there. What it
        // returns repeats a failure that its last call has told.
        unsafe { ffi::sqlite3_blob_close(self.blob.as_ptr()) };
    }
}

fn fault_of(code: c_int) -> Fault {
    Fault::from(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None))
}
