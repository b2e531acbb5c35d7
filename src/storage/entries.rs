//! Items in the order of their keys, page by page.

use compact_str::CompactString;

use super::Storage;
use crate::driver::{Context, Page};
use crate::error::Result;
use crate::maybe::MaybePromise;

/// Which items are gone through. All keys are canonical and full.
#[derive(Clone, Debug, Default)]
pub struct EntriesOptions {
    /// Only keys that start with this; empty, or ending in `:`.
    pub base: CompactString,
    /// The first key. Default: that of the base.
    pub start: Option<CompactString>,
    /// True if the key `start` itself is left out.
    pub after_start: bool,
    /// The first key that is left out. Default: none.
    pub end: Option<CompactString>,
    /// From the last to the first.
    pub reverse: bool,
    /// The most items. Default: all.
    pub limit: Option<usize>,
    /// Without values.
    pub keys_only: bool,
    /// With meta keys (`key$`).
    pub include_meta: bool,
}

/// A walk through items. Each mount is seen as it was at the first call, where its driver has
/// snapshots; otherwise as it was when its keys were listed, and values as they are read.
pub struct Entries {
    storage: Storage,
}

impl Storage {
    /// Begins a walk. Nothing is asked of any driver before its first call.
    ///
    /// # Errors
    /// `DISPOSED` after dispose.
    pub fn entries(&self, _options: EntriesOptions) -> Result<Entries> {
        self.open()?;
        Ok(Entries {
            storage: self.clone(),
        })
    }
}

impl Entries {
    /// The next items with full keys, at most `limit`; the last page says so. One call at a time.
    pub fn next(&self, _limit: usize, _cx: &Context) -> MaybePromise<Page> {
        crate::driver::not_supported("storage", "entries")
    }
}
