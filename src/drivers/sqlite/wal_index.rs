//! A connection, with a look at whether anybody has committed since.
//!
//! In WAL mode the processes that have a file open share the `-shm` file as memory, and its first bytes
//! are a header that every commit changes: a version, a count of commits, the length and the checksum of
//! the log. It stands there twice. A writer changes the second copy, then the first; SQLite itself
//! decides by it whether what it has read before still holds. Reading it costs nanoseconds and no system
//! call. That is what makes a cache in front of the file possible that is never behind another process.
//!
//! The argument for reading it:
//! - The memory is asked of SQLite through the file of the connection ([`open_file`], then `xShmMap` of
//!   region 0, which SQLite mapped when it read the file, and whose address does not change).
//!   Opening the `-shm` file a second time is no way to it: closing it again would drop the locks that
//!   this process has on it.
//! - It stays mapped while any connection of this process has it open. [`Link`] owns the connection and
//!   gives the address to nobody, and nothing in this crate changes the journal mode of a connection
//!   after it was opened, which would let go of it.
//! - Other processes, and other threads inside SQLite, write to it meanwhile. So it is read by volatile
//!   loads of aligned words, as SQLite does, and nothing is believed unless both copies are equal.

#![expect(unsafe_code, reason = "see the module")]

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::ops::Deref;
use std::ptr::{self, NonNull};
use std::sync::atomic::{Ordering, fence};

use rusqlite::Connection;
use rusqlite::ffi;

use super::open_file::{OpenFile, Which, open_file};

/// Words of 32 bits in one copy of the header.
const HEADER_WORDS: usize = 12;

/// Bytes of one region of the shared memory, as SQLite maps it.
const REGION_BYTES: c_int = 32 * 1024;

/// Where the count of commits stands, in words.
const COMMITS: usize = 2;

/// Where the flag stands that says that the header is in use, in words; its first byte. The last two
/// bytes are those of a page.
const STATE: usize = 3;

/// Where the number of frames of the log stands, in words.
const FRAMES: usize = 4;

/// Bytes of a log before its first frame.
const LOG_HEADER_BYTES: i64 = 32;

/// Bytes of a frame before its page.
const FRAME_HEADER_BYTES: i64 = 24;

/// How often a header is read whose copies differ, which is for an instant at each commit.
const MAX_TRIES: usize = 16;

/// What the file held at one moment: equal stamps mean that nobody committed in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp([u32; HEADER_WORDS]);

impl Stamp {
    /// True if exactly one commit lies between `before` and this.
    #[must_use]
    pub(super) fn follows(&self, before: &Stamp) -> bool {
        self.commits() == before.commits().wrapping_add(1)
    }

    /// The pages in the log that belong to commits.
    #[must_use]
    pub(super) fn pages(&self) -> u32 {
        self.word(FRAMES)
    }

    /// Bytes of the log that belong to commits.
    #[must_use]
    pub(super) fn log_bytes(&self) -> i64 {
        match i64::from(self.pages()) {
            0 => 0,
            frames => LOG_HEADER_BYTES + frames * (FRAME_HEADER_BYTES + self.page_bytes()),
        }
    }

    fn page_bytes(&self) -> i64 {
        let [_, _, low, high] = self.word(STATE).to_ne_bytes();
        // The largest size, 65,536, does not fit, and stands there as 1.
        match u16::from_ne_bytes([low, high]) {
            1 => 65_536,
            bytes => bytes.into(),
        }
    }

    fn commits(&self) -> u32 {
        self.word(COMMITS)
    }

    fn word(&self, index: usize) -> u32 {
        let Stamp(words) = self;
        words.get(index).copied().unwrap_or_default()
    }
}

/// A connection, and the header of its wal-index if it has one. Used by one thread at a time.
#[derive(Debug)]
pub(super) struct Link {
    header: Option<NonNull<u32>>,
    pinned: Cell<Option<Stamp>>,
    connection: Connection,
}

// SAFETY: a connection may be used by any one thread at a time, and the header is memory of the process.
unsafe impl Send for Link {}

impl Deref for Link {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl Link {
    /// Takes a connection that has read its file in the journal mode that it keeps.
    #[must_use]
    pub(super) fn new(connection: Connection, is_write_ahead: bool) -> Self {
        Link {
            header: is_write_ahead.then(|| header_of(&connection)).flatten(),
            pinned: Cell::new(None),
            connection,
        }
    }

    /// What the file holds now; `None` if that cannot be told.
    #[must_use]
    pub(super) fn stamp(&self) -> Option<Stamp> {
        let header = self.header?;
        (0..MAX_TRIES).find_map(|_| {
            let first = copy_at(header, 0);
            fence(Ordering::SeqCst);
            let second = copy_at(header, HEADER_WORDS);
            let [is_initialised, ..] = first.get(STATE).copied().unwrap_or_default().to_ne_bytes();
            (first == second && is_initialised != 0).then_some(Stamp(first))
        })
    }

    /// Says that the connection shows what the file held then, or something newer, until further notice.
    pub(super) fn pin(&self, stamp: Option<Stamp>) {
        self.pinned.set(stamp);
    }

    /// What the connection shows if it stays in a transaction, unless it shows something newer.
    pub(super) fn pinned(&self) -> Option<Stamp> {
        self.pinned.get()
    }

    /// The connection alone, for whoever needs no look.
    pub(super) fn into_connection(self) -> Connection {
        self.connection
    }

    /// Closes the connection, as dropping it does, and tells whether that worked.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) fn close(self) -> rusqlite::Result<()> {
        self.connection.close().map_err(|(_, error)| error)
    }
}

fn copy_at(header: NonNull<u32>, offset: usize) -> [u32; HEADER_WORDS] {
    std::array::from_fn(|index| {
        // SAFETY: both copies lie in the mapped region, which begins at an aligned address.
        unsafe { header.as_ptr().add(offset + index).read_volatile() }
    })
}

/// The first region of the shared memory of a connection.
fn header_of(connection: &Connection) -> Option<NonNull<u32>> {
    let OpenFile { file, methods } = open_file(connection, Which::Main)?;
    let map = methods.xShmMap.filter(|_| methods.iVersion >= 2)?;
    let mut region: *mut c_void = ptr::null_mut();
    // SAFETY: called as SQLite calls it, on a file in WAL mode, without extending it.
    let mapped = unsafe {
        map(
            file.as_ptr(),
            0,
            REGION_BYTES,
            0,
            (&raw mut region).cast::<*mut c_void>(),
        )
    };
    NonNull::new(region.cast::<u32>())
        .filter(|header| mapped == ffi::SQLITE_OK && header.is_aligned())
}
