//! The file of a database, which can refuse to be read: see [`resident`].
//!
//! The argument for changing its methods:
//! - A file begins with a pointer to its methods, constants of the file system that opened it. They are
//!   replaced by a copy that differs in one function only, which calls the one that it replaces with the
//!   same arguments. What is behind the pointer in the file stays as it is.
//! - A file system may have several tables of methods. Only files with that of the first are changed, so
//!   there is one copy, which is never changed again.

#![expect(unsafe_code, reason = "see the module")]

use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::OnceLock;

use rusqlite::Connection;
use rusqlite::ffi::{SQLITE_IOERR_READ, sqlite3_file, sqlite3_io_methods};

use super::open_file::{Which, open_file};
use super::resident;

/// The methods of the first file that was opened, and the copy of them.
struct Adopted {
    of_system: &'static sqlite3_io_methods,
    copy: sqlite3_io_methods,
}

static ADOPTED: OnceLock<Adopted> = OnceLock::new();

/// Lets a file that was just opened refuse to be read.
///
/// # Safety
/// The file was opened, or failed to, by a file system of SQLite, and nobody uses it meanwhile.
pub(super) unsafe fn adopt(file: *mut sqlite3_file) {
    // SAFETY: the methods are null or constants.
    let of_system: Option<&'static _> = unsafe { (*file).pMethods.as_ref() };
    let Some(of_system) = of_system else { return };
    let adopted = ADOPTED.get_or_init(|| Adopted {
        of_system,
        copy: sqlite3_io_methods {
            xRead: Some(read),
            ..*of_system
        },
    });
    if ptr::eq(of_system, adopted.of_system) {
        // SAFETY: nobody uses the file; see the module.
        unsafe { (*file).pMethods = &raw const adopted.copy };
    }
}

/// Whether the file of a connection can refuse to be read.
pub(super) fn can_refuse(connection: &Connection) -> bool {
    let file = open_file(connection, Which::Main);
    file.zip(ADOPTED.get())
        .is_some_and(|(file, adopted)| ptr::eq(file.methods, &raw const adopted.copy))
}

unsafe extern "C" fn read(
    file: *mut sqlite3_file,
    data: *mut c_void,
    length: c_int,
    offset: i64,
) -> c_int {
    let of_system = ADOPTED.get().and_then(|adopted| adopted.of_system.xRead);
    resident::unless_refused(|| match of_system {
        // SAFETY: the arguments are those of the same method, the file one that it belongs to.
        Some(read) => unsafe { read(file, data, length, offset) },
        None => SQLITE_IOERR_READ,
    })
}
