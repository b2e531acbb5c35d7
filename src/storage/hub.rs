//! Delivers changes to listeners.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use crate::driver::{EventKind, EventSink};
use crate::error::{Error, Kind, Result};
use crate::key::{META_SUFFIX, is_below};

/// The most listeners of one storage. More are a leak: each change is delivered to all of them.
const MAX_LISTENERS: usize = 10_000;

/// A subscription, to end it later.
#[derive(Clone)]
pub struct Listener(Rc<Subscription>);

/// The same, without keeping what it delivers to: that goes when the storage is closed, too.
pub struct WeakListener(Weak<Subscription>);

impl Listener {
    /// A handle for whoever may outlive the subscription.
    #[must_use]
    pub fn downgrade(&self) -> WeakListener {
        WeakListener(Rc::downgrade(&self.0))
    }
}

impl WeakListener {
    /// The subscription, unless it has ended.
    #[must_use]
    pub fn upgrade(&self) -> Option<Listener> {
        self.0.upgrade().map(Listener)
    }
}

/// What a subscription wants to hear of beyond updates and removals.
#[derive(Clone, Copy, Debug, Default)]
pub struct Interest {
    /// Items whose time is over as such; otherwise as removals.
    pub expire: bool,
}

struct Subscription {
    base: Box<str>,
    interest: Interest,
    sink: EventSink,
}

impl Interest {
    fn kind(self, kind: EventKind) -> EventKind {
        match kind {
            EventKind::Expire if !self.expire => EventKind::Remove,
            kind => kind,
        }
    }
}

#[derive(Default)]
pub(super) struct Hub {
    listeners: RefCell<Rc<[Listener]>>,
}

impl Hub {
    pub(super) fn is_listening(&self) -> bool {
        !self.listeners.borrow().is_empty()
    }

    pub(super) fn add(&self, base: &str, interest: Interest, sink: EventSink) -> Result<Listener> {
        let mut listeners = self.listeners.borrow_mut();
        if listeners.len() >= MAX_LISTENERS {
            return Err(Error::new(
                Kind::LimitExceeded,
                format!("more than {MAX_LISTENERS} watch listeners"),
            ));
        }
        let listener = Listener(Rc::new(Subscription {
            base: base.into(),
            interest,
            sink,
        }));
        *listeners = listeners
            .iter()
            .cloned()
            .chain(std::iter::once(listener.clone()))
            .collect();
        Ok(listener)
    }

    pub(super) fn remove(&self, gone: &Listener) {
        let mut listeners = self.listeners.borrow_mut();
        *listeners = listeners
            .iter()
            .filter(|other| !Rc::ptr_eq(&other.0, &gone.0))
            .cloned()
            .collect();
    }

    pub(super) fn remove_all(&self) {
        *self.listeners.borrow_mut() = Rc::default();
    }

    /// Delivers one change. The list is shared, not borrowed, because a listener may change it.
    pub(super) fn publish(&self, kind: EventKind, key: &str) {
        let listeners = Rc::clone(&*self.listeners.borrow());
        for Listener(subscription) in listeners.iter() {
            if is_below(key, &subscription.base) {
                (subscription.sink)(subscription.interest.kind(kind), key);
            }
        }
    }
}

/// Removals of metadata that this storage makes along with an item. They are not changes of their
/// own, so a driver that reports them (another storage, for example) is not listened to meanwhile.
#[derive(Clone, Default)]
pub(super) struct Implied(Rc<RefCell<Vec<Box<str>>>>);

impl Implied {
    /// Metadata whose key starts with `prefix` is being removed until `end`.
    pub(super) fn begin(&self, prefix: &str) {
        self.0.borrow_mut().push(prefix.into());
    }

    pub(super) fn end(&self, prefix: &str) {
        let mut prefixes = self.0.borrow_mut();
        if let Some(place) = prefixes.iter().position(|each| &**each == prefix) {
            prefixes.swap_remove(place);
        }
    }

    /// True if an event about `key` is part of a removal that is being reported already.
    pub(super) fn covers(&self, kind: EventKind, key: &str) -> bool {
        kind == EventKind::Remove
            && key.ends_with(META_SUFFIX)
            && self
                .0
                .borrow()
                .iter()
                .any(|prefix| key.starts_with(&**prefix))
    }
}
