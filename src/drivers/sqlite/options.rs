//! What the driver is told.

use std::path::PathBuf;
use std::time::Duration;

pub use crate::drivers::fs::Durability;

/// The most bytes that a value may have, whatever the option says: SQLite takes rows up to 10^9 bytes.
pub const MAX_VALUE_BYTES: usize = 512 * 1024 * 1024;

/// Where the items are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a file, which need not exist. The path is absolute.
    File(PathBuf),
    /// In the memory of this driver, gone with it.
    Memory,
}

/// Options of the driver, checked by whoever makes them.
#[derive(Clone, Debug)]
pub struct SqliteOptions {
    /// Where the items are.
    pub place: Place,
    /// The name of the store in the file.
    pub table: String,
    /// Ignores writes, and never makes a file.
    pub read_only: bool,
    /// What an acknowledged write survives.
    pub durability: Durability,
    /// Bytes of values that are kept in front of the file; 0 keeps none.
    pub cache_bytes: usize,
    /// How long a lock of somebody else is waited for.
    pub busy_timeout: Duration,
    /// The largest value, in bytes; at most [`MAX_VALUE_BYTES`].
    pub max_value_bytes: usize,
    /// How often items are looked for whose time is over.
    pub sweep_interval: Duration,
}

impl SqliteOptions {
    /// The defaults for a place.
    #[must_use]
    pub fn new(place: Place) -> Self {
        SqliteOptions {
            place,
            table: "kv".to_owned(),
            read_only: false,
            durability: Durability::Process,
            cache_bytes: 16 * 1024 * 1024,
            busy_timeout: Duration::from_secs(5),
            max_value_bytes: MAX_VALUE_BYTES,
            sweep_interval: Duration::from_secs(60),
        }
    }
}
