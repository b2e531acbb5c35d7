//! Large contents in pieces.
//!
//! - `handle` reads and writes one content without knowing more of it than a piece.
//! - `reader` is what a stream reads from, `spool` keeps what a stream writes until it is whole.

mod handle;
mod reader;
mod spool;

#[cfg(test)]
mod tests;

pub use self::reader::{Opened, ValueReader, open};
pub use self::spool::{Spool, sweep as sweep_spools};

/// The bytes that are copied at once between a spool and a database.
pub const PIECE_BYTES: usize = 256 * 1024;

/// The most bytes of one value: what SQLite keeps in one row, less its key.
pub const MAX_VALUE_BYTES: u64 = 1_000_000_000 - 1024;
