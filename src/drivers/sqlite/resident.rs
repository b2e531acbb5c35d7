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

/// What a file answers that refuses to be read.
pub(super) const REFUSED: c_int = SQLITE_INTERRUPT;

thread_local! {
    /// Files refuse to be read by this thread.
    static REFUSES: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread may read files now.
pub(super) fn may_read_files() -> bool {
    !REFUSES.get()
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
