//! The keys of one part of the namespace, in order, page by page.

use std::rc::Rc;

use compact_str::CompactString;

use super::mounts::Part;
use crate::driver::{Context, GetItems, MAX_PAGE_BYTES, Options, Page, Range, Snapshot};
use crate::error::Result;
use crate::key::{self, is_below};
use crate::value::Value;

/// The most items of one page of a snapshot.
pub(super) const PAGE_ITEMS: usize = 1000;

/// The most values that are read at once of drivers that only know them one by one.
const MAX_READ_ITEMS: usize = 512;

/// The first such reading: nothing is known of the size of the values then.
const FIRST_READ_ITEMS: usize = 16;

/// The keys of `range`.
pub(super) async fn all_keys(
    snapshot: &dyn Snapshot,
    mut range: Range,
    cx: &Context,
) -> Result<Vec<CompactString>> {
    let mut keys = Vec::new();
    loop {
        let page = snapshot.page(&range, PAGE_ITEMS, cx).resolve().await?;
        keys.extend(page.items.into_iter().map(|(key, _)| key));
        match keys.last() {
            Some(last) if !page.is_last => range.skip_to(last.clone()),
            _ => return Ok(keys),
        }
    }
}

/// The items of one part, with keys relative to its mount.
pub(super) struct Pages {
    pub(super) part: Part,
    range: Range,
    source: Source,
    is_last: bool,
}

enum Source {
    Snapshot(Box<dyn Snapshot>),
    /// The keys that are left, the next one last, and how many are read at once.
    Listed(Vec<CompactString>, usize),
}

impl Pages {
    /// `range` is relative to the mount.
    pub(super) async fn open(part: Part, range: Range, cx: &Context) -> Result<Self> {
        let driver = Rc::clone(&part.mount.driver);
        let source = if driver.capabilities().transactions {
            Source::Snapshot(driver.snapshot(cx).resolve().await?)
        } else {
            let cx = cx.with_options(Options {
                include_meta: true,
                ..Options::default()
            });
            let listed = driver.keys(&part.base, &cx).resolve().await?;
            let is_shown = |key: &&str| {
                is_below(key, &part.base) && (range.include_meta || !key::is_meta(key))
            };
            let listed = listed.iter().filter(is_shown);
            let mut keys: Vec<CompactString> = listed.map(CompactString::from).collect();
            keys.sort_unstable();
            keys.dedup();
            let mut left: Vec<CompactString> = range.walk(&keys).cloned().collect();
            left.reverse();
            Source::Listed(left, FIRST_READ_ITEMS)
        };
        Ok(Pages {
            part,
            range,
            source,
            is_last: false,
        })
    }

    /// The next items, about `limit` of them; none at the end only.
    pub(super) async fn next(
        &mut self,
        limit: usize,
        cx: &Context,
    ) -> Result<Vec<(CompactString, Option<Value>)>> {
        loop {
            if self.is_last {
                return Ok(Vec::new());
            }
            let page = self.read(limit, cx).await?;
            self.is_last = page.is_last;
            if let Some((last, _)) = page.items.last() {
                self.range.skip_to(last.clone());
            }
            let own = |(key, _): &(CompactString, _)| self.part.owns(key);
            let items: Vec<_> = page.items.into_iter().filter(own).collect();
            if !items.is_empty() {
                return Ok(items);
            }
        }
    }

    async fn read(&mut self, limit: usize, cx: &Context) -> Result<Page> {
        let (keys, at_once) = match &mut self.source {
            Source::Snapshot(snapshot) => {
                return snapshot.page(&self.range, limit, cx).resolve().await;
            }
            Source::Listed(keys, at_once) => (keys, at_once),
        };
        let keys_only = self.range.keys_only;
        let most = if keys_only {
            limit
        } else {
            limit.min(*at_once)
        };
        let next = keys.split_off(keys.len().saturating_sub(most.max(1)));
        let is_last = keys.is_empty();
        let next = next.into_iter().rev();
        if keys_only {
            let items = next.map(|key| (key, None)).collect();
            return Ok(Page { items, is_last });
        }
        let next: Vec<CompactString> = next.collect();
        let asked = GetItems {
            keys: next.iter().map(CompactString::as_str).collect(),
            options: Vec::new(),
        };
        let values = self.part.mount.driver.get_many(asked, cx).resolve().await?;
        let bytes: usize = values.iter().flatten().map(Value::byte_length).sum();
        *at_once = if bytes > MAX_PAGE_BYTES / 4 {
            (*at_once / 2).max(1)
        } else {
            (*at_once * 2).min(MAX_READ_ITEMS)
        };
        // What was removed since the listing is left out.
        let there = next
            .into_iter()
            .zip(values)
            .filter(|(_, value)| value.is_some());
        Ok(Page {
            items: there.collect(),
            is_last,
        })
    }
}
