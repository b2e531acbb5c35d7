//! Reads that find all their pages in memory, or give up.
//!
//! A page that a connection does not have at hand comes from a file, which takes as long as the disk
//! does. The JavaScript thread must not wait for that. So within [`only`] the files refuse to be read:
//! what SQLite was asked fails at once, and somebody else has to ask again.
//!
//! SQLite takes the refusal for that of an interrupted statement, the one failure after which one that
//! only reads leaves its transaction as it was.

use std::cell::Cell;
use std::ffi::c_int;

use rusqlite::ffi::SQLITE_INTERRUPT;

thread_local! {
    /// Files refuse to be read by this thread.
    static REFUSES: Cell<bool> = const { Cell::new(false) };
}

/// What the method of a file answers that reads by `read`, unless files refuse to be read now.
pub(super) fn unless_refused(read: impl FnOnce() -> c_int) -> c_int {
    match REFUSES.get() {
        true => SQLITE_INTERRUPT,
        false => read(),
    }
}

/// Does `job` without reading files.
pub(super) fn only<T>(job: impl FnOnce() -> T) -> T {
    REFUSES.set(true);
    let _ended = Ended;
    job()
}

/// Lets files be read again, even after a panic.
struct Ended;

impl Drop for Ended {
    fn drop(&mut self) {
        REFUSES.set(false);
    }
}
