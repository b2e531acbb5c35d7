//! What keeps a database in good health: checks, copies, space, figures.

mod backup;
mod compact;
mod counters;
mod publish;
mod reservoir;
mod stats;
mod verify;

#[cfg(test)]
mod tests;

pub use self::backup::{BackupOptions, Copied, backup};
pub use self::compact::{Compacted, compact};
pub use self::counters::Counters;
pub use self::stats::{Groups, Stats, stats};
pub use self::verify::{Damage, MAX_LISTED, Report, verify};

use crate::error::{Fault, Kind};

/// Asked between two steps: true ends a long task.
pub type Stopped<'a> = &'a dyn Fn() -> bool;

/// Whoever asked for a long task does not want it any more.
#[must_use]
pub fn stopped() -> Fault {
    Fault::new(Kind::Timeout, "The task was stopped before its end")
}
