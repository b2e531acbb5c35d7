//! The items as they were at one moment: those of now, with what has changed since laid over them.

use std::rc::Rc;

use compact_str::CompactString;

use super::Memory;
use super::images::Images;
use crate::driver::{Context, MAX_PAGE_BYTES, Page, Range, Snapshot};
use crate::error::Result;
use crate::key::{self, Key};
use crate::maybe::MaybePromise;
use crate::value::Value;

/// See the module.
pub(super) struct MemorySnapshot {
    memory: Memory,
    images: Rc<Images>,
}

impl MemorySnapshot {
    pub(super) fn new(memory: Memory) -> Self {
        let images = memory.0.content.begin_images();
        MemorySnapshot { memory, images }
    }

    fn value(&self, key: &str) -> Option<Value> {
        let content = &self.memory.0.content;
        match self.images.find(key) {
            None => content.value(key),
            Some(image) => {
                let (value, end) = image?;
                end.is_none_or(|end| end > content.now_ms())
                    .then_some(value)
            }
        }
    }

    fn read(&self, key: &Key) -> Result<Option<Value>> {
        self.memory.open()?;
        self.images.check()?;
        Ok(self.value(key.as_str()))
    }

    /// All keys of the snapshot, which do not change any more.
    fn sorted(&self) -> &[CompactString] {
        self.images.sorted.get_or_init(|| {
            let (now, changed) = (self.memory.0.content.sorted(), self.images.keys());
            if changed.is_empty() {
                return now;
            }
            let same = now.iter().filter(|key| !self.images.has(key)).cloned();
            let then = changed
                .into_iter()
                .filter_map(|(key, was_there)| was_there.then_some(key));
            let mut keys: Vec<CompactString> = same.chain(then).collect();
            keys.sort_unstable();
            keys.into()
        })
    }

    fn take_page(&self, range: &Range, limit: usize) -> Page {
        let mut page = Page {
            items: Vec::new(),
            is_last: true,
        };
        let mut bytes = 0;
        for key in range.walk(self.sorted()) {
            if key::is_meta(key) && !range.include_meta {
                continue;
            }
            let Some(value) = self.value(key) else {
                continue;
            };
            if page.items.len() >= limit || bytes > MAX_PAGE_BYTES {
                page.is_last = false;
                break;
            }
            let value = (!range.keys_only).then_some(value);
            bytes += key.len() + value.as_ref().map_or(0, Value::byte_length);
            page.items.push((key.clone(), value));
        }
        page
    }
}

impl Snapshot for MemorySnapshot {
    fn get(&self, key: &Key, _cx: &Context) -> MaybePromise<Option<Value>> {
        self.read(key).into()
    }

    fn get_raw(&self, key: &Key, _cx: &Context) -> MaybePromise<Option<Value>> {
        self.read(key).into()
    }

    fn page(&self, range: &Range, limit: usize, _cx: &Context) -> MaybePromise<Page> {
        let checked = self.memory.open().and_then(|_| self.images.check());
        checked.map(|()| self.take_page(range, limit)).into()
    }
}

impl Drop for MemorySnapshot {
    fn drop(&mut self) {
        self.memory.0.content.end_images(&self.images);
    }
}
