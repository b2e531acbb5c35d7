//! Failures that several callers wait for.

use std::io;

use crate::error::{Cause, Error, Kind};

/// The same failure once more: one failed write may be the answer to several calls. A value thrown
/// by JavaScript stays the same object.
pub(super) fn copy(error: &Error) -> Error {
    let mut copy = Error::new(error.kind(), error.message().to_owned());
    if let Some(operation) = error.operation_name() {
        copy = copy.operation(operation);
    }
    if let Some(driver) = error.driver_name() {
        copy = copy.driver(driver);
    }
    if let Some(key) = error.key_name() {
        copy = copy.key(key);
    }
    match error.cause() {
        Some(cause) => copy.caused_by(copy_cause(cause)),
        None => copy,
    }
}

fn copy_cause(cause: &Cause) -> Cause {
    match cause {
        Cause::Io(error) => Cause::Io(copy_io(error)),
        Cause::Error(error) => Cause::Error(copy(error)),
        Cause::Foreign(value) => Cause::Foreign(value.clone()),
    }
}

fn copy_io(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

/// The driver below has no synchronous form of `operation`.
pub(super) fn sync_unsupported(operation: &'static str) -> Error {
    let message = format!("Underlying driver does not support synchronous {operation} operation");
    Error::new(Kind::SyncUnsupported, message)
        .operation(operation)
        .driver(super::NAME)
}

/// The driver below answered a synchronous call with a promise.
pub(super) fn broken_promise(driver: &str) -> Error {
    Error::new(
        Kind::InvalidReturn,
        "the driver answered a synchronous call later",
    )
    .driver(driver)
}

pub(super) fn disposed() -> Error {
    Error::new(Kind::Disposed, "the driver was disposed").driver(super::NAME)
}

pub(super) fn busy(message: &'static str) -> Error {
    Error::new(Kind::Busy, message).driver(super::NAME)
}
