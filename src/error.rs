//! The one error type, and the one table from kinds to the codes that JavaScript sees.

use std::borrow::Cow;
use std::fmt;
use std::io;

use crate::value::Foreign;

/// Result of every fallible call on the orchestrating thread.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, independent of where.
///
/// The JavaScript `code` is [`Kind::code`]; failures of the operating system use the errno name
/// instead (`ENOSPC`, `EACCES`), as Node's users expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// The key has a `..` segment, a NUL, is too long, or is not well-formed Unicode.
    InvalidKey,
    /// An option has a wrong type, a wrong value or an unknown name.
    InvalidOption,
    /// A required option is missing.
    MissingOption,
    /// The value cannot be stored by this driver (for example an object given to `setItemRaw` on fs).
    InvalidValue,
    /// A driver defined in JavaScript returned something that its contract does not allow.
    InvalidReturn,
    /// Stored bytes are not what they should be. Never used for absence.
    Corrupt,
    /// The path leaves the base folder through a symbolic link, or is not a regular file.
    OutsideBase,
    /// The driver has no synchronous form of this operation.
    SyncUnsupported,
    /// The driver has no such operation at all.
    NotSupported,
    /// The storage or driver was disposed.
    Disposed,
    /// The mount point is taken.
    AlreadyMounted,
    /// A synchronous call would have to wait for an asynchronous one that needs this thread.
    Busy,
    /// Somebody else changed what a transaction relies on.
    Conflict,
    /// A named limit of time was reached.
    Timeout,
    /// What is stored was written by a newer version, or by another program.
    Incompatible,
    /// A named limit was reached.
    LimitExceeded,
    /// An operating-system failure; the code is the errno name.
    Io,
    /// A defect in Stowage (a caught panic).
    Internal,
    /// A failure thrown by JavaScript code: it reaches the caller as the same object.
    Foreign,
}

impl Kind {
    /// Every kind, in the order of the documentation.
    pub const ALL: &'static [Kind] = &[
        Kind::InvalidKey,
        Kind::InvalidOption,
        Kind::MissingOption,
        Kind::InvalidValue,
        Kind::InvalidReturn,
        Kind::Corrupt,
        Kind::OutsideBase,
        Kind::SyncUnsupported,
        Kind::NotSupported,
        Kind::Disposed,
        Kind::AlreadyMounted,
        Kind::Busy,
        Kind::Conflict,
        Kind::Timeout,
        Kind::Incompatible,
        Kind::LimitExceeded,
        Kind::Io,
        Kind::Internal,
        Kind::Foreign,
    ];

    /// The stable code that JavaScript sees.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Kind::InvalidKey => "INVALID_KEY",
            Kind::InvalidOption => "INVALID_OPTION",
            Kind::MissingOption => "MISSING_OPTION",
            Kind::InvalidValue => "INVALID_VALUE",
            Kind::InvalidReturn => "INVALID_RETURN",
            Kind::Corrupt => "CORRUPT",
            Kind::OutsideBase => "OUTSIDE_BASE",
            Kind::SyncUnsupported => "SYNC_UNSUPPORTED",
            Kind::NotSupported => "NOT_SUPPORTED",
            Kind::Disposed => "DISPOSED",
            Kind::AlreadyMounted => "ALREADY_MOUNTED",
            Kind::Busy => "BUSY",
            Kind::Conflict => "CONFLICT",
            Kind::Timeout => "TIMEOUT",
            Kind::Incompatible => "INCOMPATIBLE",
            Kind::LimitExceeded => "LIMIT_EXCEEDED",
            Kind::Io => "EIO",
            Kind::Internal => "INTERNAL",
            Kind::Foreign => "FOREIGN",
        }
    }
}

/// A failure that can cross threads: what pool jobs return.
///
/// It becomes an [`Error`] on the orchestrating thread, where operation, driver and key are added.
#[derive(Debug)]
pub struct Fault {
    /// What went wrong.
    pub kind: Kind,
    /// One sentence for people.
    pub message: Cow<'static, str>,
    /// The operating-system failure behind it, if any.
    pub io: Option<io::Error>,
}

impl Fault {
    /// A fault of the given kind.
    pub fn new(kind: Kind, message: impl Into<Cow<'static, str>>) -> Self {
        Fault {
            kind,
            message: message.into(),
            io: None,
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Fault {
            kind: Kind::Io,
            message: Cow::Owned(error.to_string()),
            io: Some(error),
        }
    }
}

/// Why an [`Error`] happened.
#[derive(Debug)]
pub enum Cause {
    /// An operating-system failure.
    Io(io::Error),
    /// Another error of this crate.
    Error(Error),
    /// A JavaScript value, passed through untouched.
    Foreign(Foreign),
}

/// A failure with its context.
///
/// Boxed so that `Result<T>` stays small on the hot paths.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: Kind,
    message: Cow<'static, str>,
    operation: Option<&'static str>,
    driver: Option<Box<str>>,
    key: Option<Box<str>>,
    cause: Option<Cause>,
}

impl Error {
    /// An error of the given kind without context.
    pub fn new(kind: Kind, message: impl Into<Cow<'static, str>>) -> Self {
        Error(Box::new(Inner {
            kind,
            message: message.into(),
            operation: None,
            driver: None,
            key: None,
            cause: None,
        }))
    }

    /// A failure thrown by JavaScript, to be handed back as the same object.
    #[must_use]
    pub fn foreign(value: Foreign) -> Self {
        let mut error = Error::new(Kind::Foreign, "an error thrown by JavaScript code");
        error.0.cause = Some(Cause::Foreign(value));
        error
    }

    /// The driver has no synchronous form of `operation`.
    #[must_use]
    pub fn sync_unsupported(driver: &str, operation: &'static str) -> Self {
        Error::new(
            Kind::SyncUnsupported,
            format!("Driver does not support synchronous {operation} operation"),
        )
        .operation(operation)
        .driver(driver)
    }

    /// Adds the cause.
    #[must_use]
    pub fn caused_by(mut self, cause: Cause) -> Self {
        self.0.cause = Some(cause);
        self
    }

    /// Names the operation, unless an inner place already did.
    #[must_use]
    pub fn operation(mut self, operation: &'static str) -> Self {
        self.0.operation.get_or_insert(operation);
        self
    }

    /// Names the driver, unless an inner place already did.
    #[must_use]
    pub fn driver(mut self, driver: &str) -> Self {
        self.0.driver.get_or_insert_with(|| driver.into());
        self
    }

    /// Sets the key as the caller knows it; the outermost caller wins, because mounts add prefixes.
    #[must_use]
    pub fn key(mut self, key: &str) -> Self {
        self.0.key = Some(key.into());
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The code that JavaScript sees: the errno name for operating-system failures.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match (&self.0.kind, &self.0.cause) {
            (Kind::Io, Some(Cause::Io(error))) => errno_name(error),
            (kind, _) => kind.code(),
        }
    }

    /// One sentence for people.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The operation that failed, in the words of the JavaScript API (`getItem`).
    #[must_use]
    pub fn operation_name(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// The name of the driver that failed.
    #[must_use]
    pub fn driver_name(&self) -> Option<&str> {
        self.0.driver.as_deref()
    }

    /// The key that was asked for.
    #[must_use]
    pub fn key_name(&self) -> Option<&str> {
        self.0.key.as_deref()
    }

    /// Why it happened.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        self.0.cause.as_ref()
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        let error = Error::new(fault.kind, fault.message);
        match fault.io {
            Some(io) => error.caused_by(Cause::Io(io)),
            None => error,
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Fault::from(error).into()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(driver) = &self.0.driver {
            write!(f, "[{driver}] ")?;
        }
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {}

/// The errno name of an operating-system failure, as Node spells it.
#[must_use]
pub fn errno_name(error: &io::Error) -> &'static str {
    raw_errno_name(error).unwrap_or_else(|| kind_errno_name(error.kind()))
}

/// Names that several error kinds share are told apart by the raw number where there is one.
#[cfg(unix)]
fn raw_errno_name(error: &io::Error) -> Option<&'static str> {
    use rustix::io::Errno;
    let errno = Errno::from_io_error(error)?;
    const NAMES: &[(Errno, &str)] = &[
        (Errno::PERM, "EPERM"),
        (Errno::ACCESS, "EACCES"),
        (Errno::MFILE, "EMFILE"),
        (Errno::NFILE, "ENFILE"),
        (Errno::IO, "EIO"),
        (Errno::NOSPC, "ENOSPC"),
        (Errno::DQUOT, "EDQUOT"),
        (Errno::ROFS, "EROFS"),
        (Errno::NAMETOOLONG, "ENAMETOOLONG"),
        (Errno::LOOP, "ELOOP"),
        (Errno::NXIO, "ENXIO"),
        (Errno::NODEV, "ENODEV"),
        (Errno::BADF, "EBADF"),
        (Errno::INVAL, "EINVAL"),
        (Errno::STALE, "ESTALE"),
        (Errno::AGAIN, "EAGAIN"),
        (Errno::OVERFLOW, "EOVERFLOW"),
        (Errno::OPNOTSUPP, "ENOTSUP"),
    ];
    NAMES
        .iter()
        .find(|(known, _)| *known == errno)
        .map(|(_, name)| *name)
}

#[cfg(not(unix))]
fn raw_errno_name(error: &io::Error) -> Option<&'static str> {
    /// Windows numbers whose `io::ErrorKind` is not specific: sharing violation, lock violation,
    /// too many open files. Node maps them the same way.
    const NAMES: &[(i32, &str)] = &[(32, "EBUSY"), (33, "EBUSY"), (4, "EMFILE")];
    let raw = error.raw_os_error()?;
    NAMES
        .iter()
        .find(|(known, _)| *known == raw)
        .map(|(_, name)| *name)
}

fn kind_errno_name(kind: io::ErrorKind) -> &'static str {
    use io::ErrorKind as K;
    match kind {
        K::NotFound => "ENOENT",
        K::PermissionDenied => "EACCES",
        K::AlreadyExists => "EEXIST",
        K::NotADirectory => "ENOTDIR",
        K::IsADirectory => "EISDIR",
        K::DirectoryNotEmpty => "ENOTEMPTY",
        K::ReadOnlyFilesystem => "EROFS",
        K::StorageFull => "ENOSPC",
        K::QuotaExceeded => "EDQUOT",
        K::FileTooLarge => "EFBIG",
        K::ResourceBusy => "EBUSY",
        K::CrossesDevices => "EXDEV",
        K::TooManyLinks => "EMLINK",
        K::InvalidFilename => "ENAMETOOLONG",
        K::Interrupted => "EINTR",
        K::OutOfMemory => "ENOMEM",
        K::TimedOut => "ETIMEDOUT",
        K::WouldBlock => "EAGAIN",
        K::InvalidInput => "EINVAL",
        K::BrokenPipe => "EPIPE",
        K::Unsupported => "ENOSYS",
        _ => "EIO",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct() {
        let mut codes: Vec<_> = Kind::ALL.iter().map(|kind| kind.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Kind::ALL.len());
    }

    #[test]
    fn operating_system_failures_keep_their_errno_name() {
        let error = Error::from(io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(error.code(), "ENOSPC");
        assert_eq!(Error::new(Kind::Corrupt, "x").code(), "CORRUPT");
    }

    #[test]
    fn inner_context_wins_except_for_the_key() {
        let error = Error::new(Kind::Corrupt, "x")
            .operation("getItem")
            .driver("fs")
            .key("a")
            .operation("migrate")
            .driver("queue")
            .key("m:a");
        assert_eq!(error.operation_name(), Some("getItem"));
        assert_eq!(error.driver_name(), Some("fs"));
        assert_eq!(error.key_name(), Some("m:a"));
    }
}
