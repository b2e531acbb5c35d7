//! Stowage: native storage for Electron and Node.
//!
//! Whatever stores bytes is a [`Driver`](driver::Driver); whatever changes how bytes are stored is a
//! Driver around a Driver (see [`layers`]). A [`Storage`](storage::Storage) routes keys to mounted
//! drivers and is itself a Driver. Everything in this crate but `ffi` is free of Node-API.
//!
//! Orchestration happens on one thread per JavaScript environment: drivers are `Rc`, futures are
//! local. Work that blocks runs in the process-wide [`pool`] on owned, `Send` data.

pub mod codec;
mod concat;
pub mod driver;
pub mod drivers;
pub mod error;
pub mod host;
pub mod key;
#[cfg(feature = "sqlite")]
mod later;
pub mod layers;
pub mod maybe;
pub mod pool;
pub mod storage;
pub mod value;
pub mod wakes;
pub mod watch;

// The functions of Node-API exist only in a process that has them, and a test binary has not.
#[cfg(all(feature = "node", not(test)))]
mod ffi;

// Its tests call none of them.
#[cfg(all(feature = "node", test))]
#[path = "ffi/executor.rs"]
#[expect(
    dead_code,
    reason = "the environment, which uses the rest, is not there"
)]
#[expect(unsafe_code, reason = "as in `ffi`, whose module it is")]
mod executor;

#[cfg(any(test, feature = "testkit"))]
pub mod testkit;
