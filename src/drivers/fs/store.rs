//! What all jobs of one driver share. Everything here blocks: it runs in the pool, or in place for
//! the synchronous API.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use super::disk::Base;
use super::escape::Form;
use super::ignore::Globs;
use super::lookups::Lookups;
use super::probe;
use super::rooted::Rooted;
use super::seam::Volume;
use crate::error::{Fault, Kind};
use crate::watch::OwnChanges;

/// The files of one driver, on its disk or, in tests, a simulated one.
#[derive(Debug)]
pub(super) struct Store<V = Base> {
    pub(super) base: V,
    /// Values are replaced as a whole; otherwise written over in place.
    pub(super) atomic: bool,
    /// A write survives a loss of power once it is acknowledged.
    pub(super) power: bool,
    pub(super) read_only: bool,
    pub(super) globs: Globs,
    pub(super) own: OwnChanges,
    /// Whether the file system takes some names for one another. Asked once, before the first
    /// write; until then what is usual on the platform.
    twins: OnceLock<bool>,
    failed_sync: AtomicBool,
    /// Folders whose names survive a loss of power.
    pub(super) rooted: Rooted,
    /// Reads from memory are worth trying: the file system has not refused one yet.
    pub(super) quick_reads: AtomicBool,
    pub(super) lookups: Lookups,
}

impl<V> Store<V> {
    /// Nothing is touched yet.
    pub(super) fn new(base: V, atomic: bool, power: bool, read_only: bool, globs: Globs) -> Self {
        Store {
            base,
            atomic,
            power,
            read_only,
            globs,
            own: OwnChanges::default(),
            twins: OnceLock::new(),
            failed_sync: AtomicBool::new(false),
            rooted: Rooted::default(),
            quick_reads: AtomicBool::new(true),
            lookups: Lookups::default(),
        }
    }

    /// The form of names that this file system needs.
    pub(super) fn form(&self) -> Form {
        match self.twins.get() {
            Some(true) => Form::Strict,
            Some(false) => Form::Portable,
            None if probe::USUALLY_HAS_TWINS => Form::Strict,
            None => Form::Portable,
        }
    }

    /// Finds out which form of names this file system needs. The base exists.
    pub(super) fn settle_form(&self) -> std::io::Result<Form>
    where
        V: Volume,
    {
        if self.twins.get().is_none() {
            let twins = probe::has_twins(&self.base)?;
            // Another thread may have come to the same answer first.
            let _ = self.twins.set(twins);
        }
        Ok(self.form())
    }

    /// Fixes the answer, for tests of what happens on other file systems.
    #[cfg(test)]
    pub(super) fn assume_twins(&self) {
        self.twins.set(true).ok();
    }

    /// Refuses writes after a failed flush: what the disk holds is unknown then, and a second
    /// flush would report success for data that is gone.
    pub(super) fn check_sound(&self) -> Result<(), Fault> {
        if self.failed_sync.load(Ordering::Acquire) {
            return Err(Fault::new(
                Kind::Io,
                "an earlier flush to disk failed, so what is stored is uncertain: reopen the store",
            ));
        }
        Ok(())
    }

    /// Passes on the outcome of a flush to disk, and remembers a failure.
    pub(super) fn synced(&self, outcome: std::io::Result<()>) -> std::io::Result<()> {
        if outcome.is_err() {
            self.failed_sync.store(true, Ordering::Release);
        }
        outcome
    }
}
