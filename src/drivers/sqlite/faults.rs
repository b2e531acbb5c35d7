//! Failures of SQLite as faults.

use std::io;

use rusqlite::ErrorCode;
use rusqlite::ffi;

use crate::error::{Fault, Kind};

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
            ErrorCode::CannotOpen => of_system(io::ErrorKind::NotFound, message),
            ErrorCode::OutOfMemory => of_system(io::ErrorKind::OutOfMemory, message),
            ErrorCode::SystemIoFailure if code.extended_code == ffi::SQLITE_IOERR_CORRUPTFS => {
                Fault::new(Kind::Corrupt, message)
            }
            ErrorCode::SystemIoFailure => Fault {
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
