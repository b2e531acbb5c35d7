//! How SQLite opens files here.
//!
//! SQLite reaches files through a table of functions, its virtual file system. Here is one that hands
//! everything on to that of the system, except that the file of a log is opened behind a
//! [`log_file`], and that of a database with the methods of [`main_file`].
//!
//! The argument for it:
//! - The table of the system is a constant for as long as the process lives; so is the one that is made
//!   here from it. Functions of it are called with files of the system only, as it expects, or with our
//!   table where they take one, of which they read what was copied from their own.
//! - SQLite allocates `szOsFile` zeroed bytes for each file, which suffice for any.

#![expect(unsafe_code, reason = "see the module")]

use std::ffi::{CStr, c_int};
use std::ptr;
use std::sync::OnceLock;

use rusqlite::ffi::{
    self, SQLITE_OK, SQLITE_OPEN_MAIN_DB, SQLITE_OPEN_WAL, sqlite3_file, sqlite3_vfs,
};

use super::{log_file, main_file};

/// Its name.
const NAME: &CStr = c"stowage";

/// Our table, with that of the system.
#[repr(C)]
struct FileSystem {
    head: sqlite3_vfs,
    inner: *mut sqlite3_vfs,
}

/// The name of the file system; `None` if SQLite does not take it: then every page is written by itself,
/// and no read is answered without the pool.
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
    let Some(bytes) = c_int::try_from(log_file::HEAD_BYTES)
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
    // SAFETY: this is called with files for which there are as many bytes as the system's take.
    let open = |file| unsafe { open(inner, name, file, flags, given) };
    if flags & SQLITE_OPEN_WAL != 0 {
        // SAFETY: the bytes of a file suffice for both.
        return unsafe { log_file::open(file, open) };
    }
    let opened = open(file);
    if flags & SQLITE_OPEN_MAIN_DB != 0 {
        // SAFETY: SQLite uses the file only once this has returned.
        unsafe { main_file::adopt(file) };
    }
    opened
}
