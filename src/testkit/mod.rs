//! Fakes for tests, and the behaviours that every driver must show.

mod conformance;
pub mod disk;
mod faulty;
mod host;
pub mod properties;

pub use self::conformance::{conformance, conformance_closing};
pub use self::faulty::{Call, Faulty, Hold, Trouble};
pub use self::host::{Started, TestHost};
