//! Reading values and their metadata.

use std::cell::RefCell;
use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::iter;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::disk::{EntryKind, fault, is_absence, kind_and_size, outside};
use super::escape::Form;
use super::path::paths;
use super::store::Store;
use super::twins::is_misspelt;
use crate::driver::Meta;
use crate::error::{Fault, Kind};
use crate::value::Text;

/// The largest value in bytes: the longest string that JavaScript engines hold.
pub(super) const MAX_VALUE_BYTES: u64 = 512 * 1024 * 1024;

/// Values up to this size are read with one call into a buffer that each thread keeps, in bytes.
const BUFFER_BYTES: usize = 32 * 1024;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; BUFFER_BYTES]);
}

/// Gives `act` the buffer of this thread.
pub(super) fn with_buffer<T>(act: impl FnOnce(&mut [u8]) -> T) -> T {
    BUFFER.with_borrow_mut(|buffer| act(buffer))
}

/// What becomes of the bytes of a value.
pub(super) trait Content: Sized + Send + 'static {
    /// Takes the bytes of a whole value.
    ///
    /// # Errors
    /// `CORRUPT` if they cannot be such a value.
    fn take(bytes: &[u8]) -> Result<Self, Fault>;

    /// Reads a file that is too large for the buffer of the thread, and has `expected` bytes or had
    /// them a moment ago.
    ///
    /// # Errors
    /// As [`Content::take`], and those of reading.
    fn read(file: File, expected: usize) -> Result<Self, Fault>;
}

impl Content for Text {
    fn take(bytes: &[u8]) -> Result<Self, Fault> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            Fault::new(
                Kind::Corrupt,
                format!("the stored text is not UTF-8: {error}"),
            )
        })?;
        Ok(Text::new(text))
    }

    fn read(file: File, expected: usize) -> Result<Self, Fault> {
        Self::take(&to_end(file, Vec::new(), expected)?)
    }
}

impl Content for Arc<[u8]> {
    fn take(bytes: &[u8]) -> Result<Self, Fault> {
        Ok(bytes.into())
    }

    /// Into the memory where the bytes stay: copying them takes longer than reading.
    fn read(mut file: File, expected: usize) -> Result<Self, Fault> {
        let mut shared: Arc<[u8]> = iter::repeat_n(0, expected).collect();
        // It is not shared yet.
        let length = Arc::get_mut(&mut shared).map_or(Ok(0), |bytes| fill(&mut file, bytes))?;
        let rest = to_end(file, Vec::new(), 0)?;
        if length == expected && rest.is_empty() {
            return Ok(shared);
        }
        // Somebody is writing in place.
        let read = shared.get(..length).unwrap_or_default();
        let whole = [read, &rest].concat();
        check_size(whole.len() as u64)?;
        Ok(whole.into())
    }
}

impl Store {
    /// The value of `key`; `None` if there is none.
    pub(super) fn get<C: Content>(&self, key: &str) -> Result<Option<C>, Fault> {
        let found = self.open_value(key);
        found?.map(|(file, size)| content(file, size)).transpose()
    }

    /// The file of `key` with its size in bytes; `None` if it has no value.
    pub(super) fn open_value(&self, key: &str) -> Result<Option<(File, u64)>, Fault> {
        self.find(key, |path| {
            let file = self.base.read(path)?;
            let (kind, size) = kind_and_size(&file)?;
            self.check_value(kind, Some(&file), path)?;
            Ok((file, size))
        })
    }

    /// True if `key` has a value.
    pub(super) fn has(&self, key: &str) -> Result<bool, Fault> {
        let strict = self.form() == Form::Strict;
        let found = self.find(key, |path| {
            if strict {
                let file = self.base.look(path)?;
                return self.check_value(kind_and_size(&file)?.0, Some(&file), path);
            }
            match self.base.kind(path)? {
                EntryKind::File => Ok(()),
                _ => Err(io::ErrorKind::NotFound.into()),
            }
        });
        Ok(found?.is_some())
    }

    /// The metadata of `key`; `None` if it has no value.
    pub(super) fn meta(&self, key: &str) -> Result<Option<Facts>, Fault> {
        let found = self.find(key, |path| {
            let file = self.base.look(path)?;
            let metadata = only_file(file.metadata()?)?;
            self.check_value(EntryKind::File, Some(&file), path)?;
            Ok(metadata)
        });
        Ok(found?.as_ref().map(facts_of))
    }

    /// Tries every path that `key` can have, the preferred one first.
    fn find<T>(&self, key: &str, open: impl Fn(&str) -> io::Result<T>) -> Result<Option<T>, Fault> {
        let form = self.form();
        let search = || {
            let mut is_first = true;
            for path in paths(key, form) {
                // The first is mostly found, and opening it tells nothing of searching for names.
                let opened = if is_first {
                    open(&path)
                } else {
                    let is_local = || self.base.is_local();
                    self.lookups.watched(is_local, || open(&path))
                };
                is_first = false;
                match opened {
                    Err(error) if is_absence(&error) => {}
                    result => return result.map(Some),
                }
            }
            Ok(None)
        };
        self.base.search(search).map_err(fault)
    }

    /// Refuses what is not a value: a folder is absence, a pipe or device an error. On file systems
    /// that take names for one another, a file under another name is absence too.
    fn check_value(&self, kind: EntryKind, file: Option<&File>, path: &str) -> io::Result<()> {
        match kind {
            EntryKind::Folder => return Err(io::ErrorKind::IsADirectory.into()),
            EntryKind::Link | EntryKind::Other => return Err(outside()),
            EntryKind::File => {}
        }
        let spelling = file
            .filter(|_| self.form() == Form::Strict)
            .and_then(|file| self.base.spelling(file, path));
        if spelling.is_some_and(|actual| is_misspelt(&actual, path)) {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(())
    }
}

/// Refuses everything but a file, as if nothing were there.
pub(super) fn only_file(metadata: Metadata) -> io::Result<Metadata> {
    match EntryKind::from(metadata.file_type()) {
        EntryKind::File => Ok(metadata),
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}

/// Reads a file that has `size` bytes, or had them a moment ago.
fn content<C: Content>(file: File, size: u64) -> Result<C, Fault> {
    check_size(size)?;
    let expected = usize::try_from(size).map_err(|_| too_large())?;
    if expected < BUFFER_BYTES {
        with_buffer(|buffer| small(file, buffer, expected))
    } else {
        C::read(file, expected)
    }
}

/// One read, if the file is as long as it said.
fn small<C: Content>(mut file: File, buffer: &mut [u8], expected: usize) -> Result<C, Fault> {
    let length = retry(|| file.read(buffer))?;
    let read = buffer.get(..length).unwrap_or_default();
    if length == expected {
        return C::take(read);
    }
    // Somebody is writing in place, or the file system reads in pieces.
    C::take(&to_end(file, read.to_vec(), expected)?)
}

/// Reads as much as there is room for, or to the end of the file.
fn fill(file: &mut File, room: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while let Some(rest) = room.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match retry(|| file.read(rest))? {
            0 => break,
            read => length += read,
        }
    }
    Ok(length)
}

/// Reads to the end of the file, behind what was read before.
fn to_end(file: File, mut bytes: Vec<u8>, expected: usize) -> Result<Vec<u8>, Fault> {
    bytes.reserve_exact(expected.saturating_sub(bytes.len()));
    file.take(MAX_VALUE_BYTES + 1).read_to_end(&mut bytes)?;
    check_size(bytes.len() as u64)?;
    Ok(bytes)
}

/// Refuses values that JavaScript could not hold.
pub(super) fn check_size(size: u64) -> Result<(), Fault> {
    if size > MAX_VALUE_BYTES {
        Err(too_large())
    } else {
        Ok(())
    }
}

fn too_large() -> Fault {
    Fault::new(
        Kind::LimitExceeded,
        format!("the value is larger than {MAX_VALUE_BYTES} bytes"),
    )
}

/// Calls again what a signal interrupted.
pub(super) fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Native metadata without the JavaScript object that a [`Meta`] may carry, so that it can cross
/// threads. Times in milliseconds since the Unix epoch.
#[derive(Debug)]
pub(super) struct Facts {
    accessed: Option<f64>,
    modified: Option<f64>,
    changed: Option<f64>,
    created: Option<f64>,
    size: u64,
}

impl From<Facts> for Meta {
    fn from(facts: Facts) -> Self {
        Meta {
            atime_ms: facts.accessed,
            mtime_ms: facts.modified,
            ctime_ms: facts.changed,
            birthtime_ms: facts.created,
            size: Some(facts.size),
            expires_ms: None,
            foreign: None,
        }
    }
}

pub(super) fn facts_of(metadata: &Metadata) -> Facts {
    let time = |time: io::Result<SystemTime>| time.ok().map(milliseconds);
    Facts {
        accessed: time(metadata.accessed()),
        modified: time(metadata.modified()),
        changed: changed(metadata),
        created: time(metadata.created()),
        size: metadata.len(),
    }
}

/// Milliseconds since the Unix epoch, negative before it.
fn milliseconds(time: SystemTime) -> f64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => after.as_secs_f64() * 1_000.0,
        Err(before) => before.duration().as_secs_f64() * -1_000.0,
    }
}

#[cfg(unix)]
fn changed(metadata: &Metadata) -> Option<f64> {
    use std::os::unix::fs::MetadataExt as _;
    #[expect(
        clippy::cast_precision_loss,
        reason = "times stay exact to the microsecond"
    )]
    let milliseconds =
        metadata.ctime() as f64 * 1_000.0 + metadata.ctime_nsec() as f64 / 1_000_000.0;
    Some(milliseconds)
}

/// Windows does not tell; Node shows the time of the last change of the content there.
#[cfg(not(unix))]
fn changed(metadata: &Metadata) -> Option<f64> {
    metadata.modified().ok().map(milliseconds)
}
