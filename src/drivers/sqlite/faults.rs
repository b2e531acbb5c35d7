//! Failures of SQLite as faults.

use std::io;

use rusqlite::ffi;
use rusqlite::{Connection, ErrorCode};

use super::errno::last_errno;
use crate::error::{Fault, Kind};

/// Adds what the operating system said, where it was the cause. To be asked before anything else is
/// done with the connection.
pub(super) fn with_errno(fault: Fault, connection: &Connection) -> Fault {
    if fault.kind != Kind::Io || fault.io.is_some() {
        return fault;
    }
    Fault {
        io: last_errno(connection),
        ..fault
    }
}

/// The same failure once more, for others whom it concerns.
pub(super) fn copy_of(fault: &Fault) -> Fault {
    let io = fault.io.as_ref().map(|error| match error.raw_os_error() {
        Some(number) => io::Error::from_raw_os_error(number),
        None => io::Error::from(error.kind()),
    });
    Fault {
        kind: fault.kind,
        message: fault.message.clone(),
        io,
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        let message = error.to_string();
        let Some(code) = error.sqlite_error() else {
            return Fault::new(Kind::Corrupt, message);
        };
        match code.code {
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
                Fault::new(Kind::Corrupt, message)
            }
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Fault::new(Kind::Busy, message),
            ErrorCode::TooBig => Fault::new(Kind::LimitExceeded, message),
            ErrorCode::OperationInterrupted => Fault::new(Kind::Timeout, message),
            ErrorCode::DiskFull => of_system(io::ErrorKind::StorageFull, message),
            ErrorCode::ReadOnly => of_system(io::ErrorKind::ReadOnlyFilesystem, message),
            ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied => {
                of_system(io::ErrorKind::PermissionDenied, message)
            }
            ErrorCode::OutOfMemory => of_system(io::ErrorKind::OutOfMemory, message),
            ErrorCode::SystemIoFailure if code.extended_code == ffi::SQLITE_IOERR_CORRUPTFS => {
                Fault::new(Kind::Corrupt, message)
            }
            ErrorCode::SystemIoFailure | ErrorCode::CannotOpen => Fault {
                kind: Kind::Io,
                message: message.into(),
                io: None,
            },
            _ => Fault::new(Kind::Internal, message),
        }
    }
}

/// The failure of the operating system that SQLite's own code stands for.
fn of_system(kind: io::ErrorKind, message: String) -> Fault {
    Fault {
        kind: Kind::Io,
        message: message.into(),
        io: Some(io::Error::from(kind)),
    }
}
