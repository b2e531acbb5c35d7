//! Items in the order of their keys, page by page.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::ops::Bound;
use std::rc::Rc;

use compact_str::CompactString;
use futures_util::lock::Mutex;

use super::Storage;
use super::mounts::Part;
use super::pages::{PAGE_ITEMS, Pages};
use crate::driver::{Context, MAX_PAGE_BYTES, Options, Page, Range};
use crate::error::{Error, Result};
use crate::maybe::MaybePromise;
use crate::value::Value;

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
#[derive(Clone)]
pub struct Entries {
    storage: Storage,
    options: Rc<EntriesOptions>,
    walk: Rc<Mutex<Option<Walk>>>,
}

impl Storage {
    /// Begins a walk. Nothing is asked of any driver before its first call.
    ///
    /// # Errors
    /// `DISPOSED` after dispose.
    pub fn entries(&self, options: EntriesOptions) -> Result<Entries> {
        self.open()?;
        Ok(Entries {
            storage: self.clone(),
            options: Rc::new(options),
            walk: Rc::default(),
        })
    }
}

impl Entries {
    /// The next items with full keys, at most `limit`; the last page says so. One call at a time.
    pub fn next(&self, limit: usize, cx: &Context) -> MaybePromise<Page> {
        let (this, cx, mode) = (self.clone(), cx.with_options(Options::default()), cx.mode);
        MaybePromise::begin(mode, async move {
            let mut walk = this.walk.lock().await;
            let page = this.advance(&mut walk, limit, &cx).await;
            page.map_err(|error| error.operation("entries"))
        })
    }

    async fn advance(&self, walk: &mut Option<Walk>, limit: usize, cx: &Context) -> Result<Page> {
        self.storage.open()?;
        if walk.is_none() {
            *walk = Some(Walk::open(&self.storage, &self.options, cx).await?);
        }
        match walk {
            Some(walk) => walk.page(limit.max(1), cx).await,
            None => Ok(Page::default()),
        }
    }
}

/// The sources of a walk, with what they have given and nobody has taken.
struct Walk {
    sources: Vec<(Pages, VecDeque<Item>)>,
    reverse: bool,
    /// How many items are wanted yet.
    left: usize,
}

/// A full key with its value.
type Item = (CompactString, Option<Value>);

impl Walk {
    async fn open(storage: &Storage, options: &EntriesOptions, cx: &Context) -> Result<Self> {
        let parts = storage.0.mounts.borrow().parts(&options.base);
        let mut sources = Vec::new();
        for part in parts {
            if let Some(range) = relative_range(options, &part) {
                let driver = Rc::clone(&part.mount.driver);
                let pages = Pages::open(part, range, cx).await;
                let pages = pages.map_err(|error: Error| error.driver(driver.name()))?;
                sources.push((pages, VecDeque::new()));
            }
        }
        Ok(Walk {
            sources,
            reverse: options.reverse,
            left: options.limit.unwrap_or(usize::MAX),
        })
    }

    async fn page(&mut self, limit: usize, cx: &Context) -> Result<Page> {
        let (mut page, mut bytes) = (Page::default(), 0);
        while self.left > 0 {
            let wanted = limit.min(self.left) - page.items.len().min(limit);
            self.fill(wanted.clamp(1, PAGE_ITEMS), cx).await?;
            let Some(source) = self.nearest() else {
                break;
            };
            if page.items.len() >= limit || bytes > MAX_PAGE_BYTES {
                return Ok(page);
            }
            let taken = self
                .sources
                .get_mut(source)
                .and_then(|(_, items)| items.pop_front());
            if let Some((key, value)) = taken {
                bytes += key.len() + value.as_ref().map_or(0, Value::byte_length);
                page.items.push((key, value));
                self.left -= 1;
            }
        }
        // Nothing is held for somebody who does not know that it is over.
        self.sources.clear();
        page.is_last = true;
        Ok(page)
    }

    /// Sees to it that every source that has more shows its next item.
    async fn fill(&mut self, wanted: usize, cx: &Context) -> Result<()> {
        for (pages, items) in &mut self.sources {
            if items.is_empty() {
                let driver = Rc::clone(&pages.part.mount.driver);
                let next = pages.next(wanted, cx).await;
                let next = next.map_err(|error: Error| error.driver(driver.name()))?;
                let base = &pages.part.mount.base;
                items.extend(
                    next.into_iter()
                        .map(|(key, value)| (full_key(base, key), value)),
                );
            }
        }
        self.sources.retain(|(_, items)| !items.is_empty());
        Ok(())
    }

    /// The source whose next item comes first.
    fn nearest(&self) -> Option<usize> {
        let heads = self.sources.iter().enumerate();
        let heads = heads.filter_map(|(index, (_, items))| Some((index, &items.front()?.0)));
        let order = |one: &CompactString, other: &CompactString| match self.reverse {
            false => one.cmp(other),
            true => other.cmp(one),
        };
        heads
            .min_by(|(_, one), (_, other)| order(one, other))
            .map(|(index, _)| index)
    }
}

fn full_key(base: &str, key: CompactString) -> CompactString {
    if base.is_empty() {
        return key;
    }
    let mut full = CompactString::with_capacity(base.len() + key.len());
    full.push_str(base);
    full.push_str(&key);
    full
}

/// The range as a mount knows it; `None` if none of its keys is in it.
fn relative_range(options: &EntriesOptions, part: &Part) -> Option<Range> {
    let mut range = Range::below(&part.base);
    range.reverse = options.reverse;
    range.keys_only = options.keys_only;
    range.include_meta = options.include_meta;
    if let Some(start) = &options.start {
        match relative_bound(start, &part.mount.base) {
            // Every key of the mount comes before it.
            Relative::Behind => return None,
            Relative::Before => {}
            Relative::Inside(start) if is_above(&range.lower, start) => {}
            Relative::Inside(start) if options.after_start => {
                range.lower = Bound::Excluded(start.into())
            }
            Relative::Inside(start) => range.lower = Bound::Included(start.into()),
        }
    }
    if let Some(end) = &options.end {
        match relative_bound(end, &part.mount.base) {
            Relative::Before => return None,
            Relative::Behind => {}
            Relative::Inside(end) if is_below_bound(&range.upper, end) => {}
            Relative::Inside(end) => range.upper = Bound::Excluded(end.into()),
        }
    }
    is_not_empty(&range).then_some(range)
}

/// Where a key stands, as seen from a mount.
enum Relative<'k> {
    /// Before all of its keys, or at the first that it can have.
    Before,
    /// It would be this one.
    Inside(&'k str),
    /// Behind all of its keys.
    Behind,
}

fn relative_bound<'k>(key: &'k str, base: &str) -> Relative<'k> {
    match (key.strip_prefix(base), key.cmp(base)) {
        (Some(own), _) => Relative::Inside(own),
        (None, Ordering::Greater) => Relative::Behind,
        (None, _) => Relative::Before,
    }
}

/// True if `lower` is above `key`, so that `key` bounds nothing.
fn is_above(lower: &Bound<CompactString>, key: &str) -> bool {
    matches!(lower, Bound::Included(first) if first.as_str() > key)
}

/// True if `upper` is below `key`.
fn is_below_bound(upper: &Bound<CompactString>, key: &str) -> bool {
    matches!(upper, Bound::Excluded(end) if end.as_str() < key)
}

/// Drivers need not know that a range can end before it begins.
fn is_not_empty(range: &Range) -> bool {
    match (&range.lower, &range.upper) {
        (Bound::Included(first) | Bound::Excluded(first), Bound::Excluded(end)) => first < end,
        _ => true,
    }
}
