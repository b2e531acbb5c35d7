//! Reports changes that others make.
//!
//! [`watch_feed`] asks a store that can tell what has happened. [`watch_tree`] watches a folder, and is what
//! the fs driver calls. One thread per watch listens to the operating
//! system, keeps the last known state of every file and decides what has changed; a local task
//! delivers the reports on the orchestrating thread.
//!
//! What a caller can rely on:
//! - The answer comes once the whole tree is watched: a change made right after it is reported.
//! - The final state of every file is reported, as an update or a removal, with the path relative
//!   to the base and `/` as separator. A file is not reported twice within
//!   50 ms; if it changes again meanwhile, the last state follows.
//! - Editing by a temporary file and a rename gives one update; a file that is removed and created
//!   again within [`WatchOptions::atomic`] gives one update.
//! - Changes that the driver announces in [`OwnChanges`] are not reported.
//! - When the operating system loses events, the tree is compared with its last known state.
//! - A base that is missing is created. A base that disappears later gives a removal of every
//!   file; it is looked for every 250 ms and watched again once it is back. (On Linux, a folder
//!   above the parent of the base that is moved away goes unnoticed until a file changes.)
//! - A file that takes the place of its [`Twins`] is no change if it has the same content, and no
//!   removal in any case.
//! - Names that are not UTF-8, and files that are neither regular nor links to regular files inside
//!   the base, are skipped.
//!
//! Failures: `LIMIT_EXCEEDED` if the system's limit of watches, or of 1,048,576 files, is reached,
//! `EMFILE` if there is no descriptor or watch instance left, `EACCES` for a folder that
//! may not be read (see [`WatchOptions::ignore_permission_errors`]), `INVALID_OPTION` for a glob that
//! cannot be read, the error of an ignore function as it is. Later ones go to
//! [`Host::report_uncaught`].

mod coalesce;
mod engine;
mod feed;
mod filter;
mod mailbox;
mod options;
mod own;
mod running;
mod scan;
mod snapshot;
mod source;
mod stamp;
mod temporary;
mod tree;
mod twins;

#[cfg(test)]
mod coalesce_tests;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::rc::Rc;

pub use feed::{Feed, Report, watch_feed};
pub use options::{
    AwaitWriteFinish, HiddenRule, IgnoreFunction, IgnoreHereRule, Ignored, TreeRules, Twins,
    WatchOptions,
};
pub use own::{OwnChanges, OwnWrite};
pub use stamp::Stamp;

use running::Start;

use crate::driver::{EventSink, Watch};
use crate::host::Host;
use crate::maybe::MaybePromise;

/// Watches the folder `base` and what is below it, and calls `sink` with the relative path of each
/// file that somebody else changes, on the orchestrating thread. See the module for the contract.
pub fn watch_tree(
    base: &Path,
    options: WatchOptions,
    rules: TreeRules,
    own: OwnChanges,
    host: Rc<dyn Host>,
    sink: EventSink,
) -> MaybePromise<Box<dyn Watch>> {
    let base = match std::path::absolute(base) {
        Ok(base) => base,
        Err(error) => return MaybePromise::err(error.into()),
    };
    running::start(Start {
        base: &base,
        options,
        rules,
        own: &own,
        host,
        sink,
    })
    .unwrap_or_else(MaybePromise::err)
}
