//! Drivers: whatever stores bytes. One file or folder each.

pub mod fs;
pub mod memory;
#[cfg(feature = "sqlite")]
pub mod sqlite;
