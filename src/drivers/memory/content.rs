//! The items with all that belongs to them: their ends, their order, and what snapshots need.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use compact_str::CompactString;

use super::expiries::Expiries;
use super::images::{Image, Images};
use super::ordered::{Full, OrderedMap};
use crate::host::Host;
use crate::key::{self, KeyList};
use crate::value::Value;

/// See the module.
pub(super) struct Content {
    items: RefCell<OrderedMap<Value>>,
    expiries: RefCell<Expiries>,
    /// Those of the snapshots that are open.
    images: RefCell<Vec<Weak<Images>>>,
    /// All keys in order, as long as none is added or removed.
    sorted: RefCell<Option<Rc<[CompactString]>>>,
    /// There are only items: nothing ends, no snapshot is open, no order is kept. This is the one
    /// thing that ordinary reads and writes ask.
    is_plain: Cell<bool>,
    clock: Option<Rc<dyn Host>>,
}

impl Content {
    /// Without a clock nothing ends.
    pub(super) fn new(clock: Option<Rc<dyn Host>>) -> Self {
        Content {
            items: RefCell::default(),
            expiries: RefCell::default(),
            images: RefCell::default(),
            sorted: RefCell::default(),
            is_plain: Cell::new(true),
            clock,
        }
    }

    pub(super) fn clock(&self) -> Option<&Rc<dyn Host>> {
        self.clock.as_ref()
    }

    pub(super) fn now_ms(&self) -> f64 {
        self.clock.as_ref().map_or(0.0, |clock| clock.now_ms())
    }

    #[inline]
    pub(super) fn is_plain(&self) -> bool {
        self.is_plain.get()
    }

    /// When the first item ends.
    pub(super) fn first_end(&self) -> Option<f64> {
        self.expiries.borrow().first()
    }

    pub(super) fn len(&self) -> usize {
        let all = self.items.borrow().len();
        let over = match self.first_end() {
            Some(_) => self.expiries.borrow().count_over(self.now_ms()),
            None => 0,
        };
        all - over
    }

    /// The value of `key`, unless its time is over.
    #[inline]
    pub(super) fn value(&self, key: &str) -> Option<Value> {
        let value = self.items.borrow().get(key).cloned();
        if self.is_plain.get() || value.is_none() || !self.is_over(key) {
            value
        } else {
            None
        }
    }

    #[inline]
    pub(super) fn has(&self, key: &str) -> bool {
        self.items.borrow().get(key).is_some() && (self.is_plain.get() || !self.is_over(key))
    }

    fn is_over(&self, key: &str) -> bool {
        let expiries = self.expiries.borrow();
        !expiries.is_empty() && expiries.is_over(key, self.now_ms())
    }

    /// The value and its end, unless its time is over.
    pub(super) fn image(&self, key: &str) -> Option<Image> {
        let value = self.value(key)?;
        Some((value, self.expiries.borrow().end_of(key)))
    }

    /// Stores a value and returns the old one, for the caller to drop.
    #[inline]
    pub(super) fn put(
        &self,
        key: &str,
        value: Value,
        end_ms: Option<f64>,
    ) -> Result<Option<Value>, Full> {
        if self.is_plain.get() && end_ms.is_none() {
            return self.items.borrow_mut().insert(key, value);
        }
        self.keep_images(key);
        let old = self.items.borrow_mut().insert(key, value)?;
        self.expiries.borrow_mut().set(key, end_ms);
        if old.is_none() {
            self.sorted.take();
        }
        self.settle();
        Ok(old)
    }

    /// Removes a value and returns it, for the caller to drop; nothing if its time was over.
    #[inline]
    pub(super) fn take(&self, key: &str) -> Option<Value> {
        if self.is_plain.get() {
            return self.items.borrow_mut().remove(key);
        }
        self.keep_images(key);
        let was_over = self.is_over(key);
        let old = self.items.borrow_mut().remove(key);
        self.expiries.borrow_mut().set(key, None);
        self.sorted.take();
        self.settle();
        old.filter(|_| !was_over)
    }

    /// The keys that start with `base`, in the order of their insertion.
    pub(super) fn list(&self, base: &str) -> KeyList {
        let (items, expiries, now) = (self.items.borrow(), self.expiries.borrow(), self.now_ms());
        let all = items.keys().filter(|key| key::is_below(key, base));
        if expiries.is_empty() {
            return all.collect();
        }
        all.filter(|key| !expiries.is_over(key, now)).collect()
    }

    pub(super) fn remove_below(&self, base: &str) {
        if !self.images.borrow().is_empty() {
            let keys = self.list(base);
            keys.iter().for_each(|key| self.keep_images(key));
        }
        let mut items = self.items.borrow_mut();
        if base.is_empty() {
            items.clear();
        } else {
            items.retain(|key| !key.starts_with(base));
        }
        drop(items);
        self.expiries
            .borrow_mut()
            .retain(|key| !key.starts_with(base));
        self.sorted.take();
        self.settle();
    }

    /// Removes up to `most` items whose time is over, and returns their keys. Snapshots need not
    /// keep them: nobody sees them any more.
    pub(super) fn sweep(&self, most: usize) -> Vec<CompactString> {
        let over = self.expiries.borrow_mut().take_over(self.now_ms(), most);
        for key in &over {
            let value = self.items.borrow_mut().remove(key);
            drop(value);
        }
        self.sorted.take();
        self.settle();
        over
    }

    /// True if so many items more have room.
    pub(super) fn has_room(&self, items: usize) -> bool {
        self.items.borrow().has_room(items)
    }

    /// All keys in order, also those whose time is over.
    pub(super) fn sorted(&self) -> Rc<[CompactString]> {
        if let Some(sorted) = &*self.sorted.borrow() {
            return Rc::clone(sorted);
        }
        let mut keys: Vec<CompactString> = self
            .items
            .borrow()
            .keys()
            .map(CompactString::from)
            .collect();
        keys.sort_unstable();
        let sorted: Rc<[CompactString]> = keys.into();
        *self.sorted.borrow_mut() = Some(Rc::clone(&sorted));
        self.settle();
        sorted
    }

    pub(super) fn begin_images(&self) -> Rc<Images> {
        let images = Rc::new(Images::default());
        self.images.borrow_mut().push(Rc::downgrade(&images));
        self.settle();
        images
    }

    pub(super) fn end_images(&self, images: &Rc<Images>) {
        let ended = Rc::as_ptr(images);
        self.images
            .borrow_mut()
            .retain(|open| !std::ptr::eq(open.as_ptr(), ended));
        self.settle();
    }

    fn keep_images(&self, key: &str) {
        for images in self.images.borrow().iter().filter_map(Weak::upgrade) {
            images.keep(key, || self.image(key));
        }
    }

    fn settle(&self) {
        let is_plain = self.expiries.borrow().is_empty()
            && self.images.borrow().is_empty()
            && self.sorted.borrow().is_none();
        self.is_plain.set(is_plain);
    }
}
