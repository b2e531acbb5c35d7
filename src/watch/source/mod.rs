//! Where hints about changes come from.

#[cfg(any(target_os = "linux", target_os = "android"))]
mod inotify;
mod polling;
#[cfg(any(test, not(any(target_os = "linux", target_os = "android"))))]
mod recursive;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::coalesce::Hint;
use super::options::WatchOptions;
use crate::error::Fault;

/// Something happened in the tree. Paths are relative to the base, with `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// To a file, or to a folder that is gone.
    Hinted(Box<str>, Hint),
    /// A folder was created or moved here.
    Folder(Box<str>),
    /// The base itself was removed, moved away or replaced.
    BaseGone,
    /// Events were lost.
    Rescan,
}

/// Listens to changes. Owned by the watching thread; dropping it frees every system resource.
pub(super) trait Source: fmt::Debug + Send {
    /// True if the source reports changes in all folders below the base, so that folders need no
    /// watch of their own and events from ignored ones must be dropped.
    fn is_recursive(&self) -> bool;

    /// True if the source says when a writer closes a file.
    fn reports_closing(&self) -> bool;

    /// Watches one folder. False if there is no such folder (any more).
    ///
    /// # Errors
    /// The system's limits, or no permission.
    fn enter(&mut self, path: &Path, relative: &str) -> Result<bool, Fault>;

    /// Stops watching a folder and all below it. `""` is the base. Unknown folders are ignored.
    fn leave(&mut self, relative: &str);

    /// Waits for changes, for the end of `timeout`, or for the stopper.
    ///
    /// # Errors
    /// The source is broken for good.
    fn wait(&mut self, timeout: Option<Duration>, changes: &mut Vec<Change>) -> Result<(), Fault>;
}

/// Makes [`Source::wait`] return, now or the next time. May be called from any thread, also after
/// the source is gone.
pub(super) type Stopper = Arc<dyn Fn() + Send + Sync>;

/// A source and its stopper.
pub(super) type Opened = (Box<dyn Source>, Stopper);

/// Opens the source that fits the options, for the folder `base`. Nothing is watched yet.
///
/// # Errors
/// No descriptor or watch instance is left.
pub(super) fn open(base: &Path, options: &WatchOptions) -> Result<Opened, Fault> {
    if options.use_polling {
        return Ok(polling::open(options.interval));
    }
    open_native(base)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn open_native(_base: &Path) -> Result<Opened, Fault> {
    inotify::open()
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn open_native(base: &Path) -> Result<Opened, Fault> {
    recursive::open(base)
}

/// The source for other systems, which works here too.
#[cfg(test)]
pub(super) fn open_recursive(base: &Path) -> Result<Opened, Fault> {
    recursive::open(base)
}

/// The path of `name` in the folder `folder`.
pub(super) fn child(folder: &str, name: &str) -> Box<str> {
    if folder.is_empty() {
        name.into()
    } else {
        format!("{folder}/{name}").into()
    }
}
