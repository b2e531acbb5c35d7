//! Fakes for tests, and the behaviours that every driver must show.

mod conformance;
pub mod disk;
mod durable;
mod faulty;
mod host;
// Only tests have what makes histories.
#[cfg(test)]
pub(crate) mod model;
pub mod properties;

pub use self::conformance::{conformance, conformance_closing};
pub use self::faulty::{Call, Faulty, Hold, Trouble};
pub use self::host::{Started, TestHost};
