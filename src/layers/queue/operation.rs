//! One queued operation, and the view of it that monitors read.

use std::rc::Rc;

use compact_str::CompactString;

use crate::driver::{Expiry, Options};
use crate::value::{Foreign, Value};

/// What an operation does.
#[derive(Clone, Debug)]
pub(super) enum Action {
    /// Stores a value, `raw` as it is.
    Set { value: Value, raw: bool },
    /// Removes the value.
    Remove,
    /// Removes everything below a base.
    Clear,
}

impl Action {
    /// The name of the JavaScript method.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Action::Set { raw: false, .. } => "setItem",
            Action::Set { raw: true, .. } => "setItemRaw",
            Action::Remove => "removeItem",
            Action::Clear => "clear",
        }
    }
}

/// An operation that the driver below has not seen yet, or is being given just now.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    /// The key; the base of a clear. A short one lies in here.
    pub(super) target: CompactString,
    /// What to do.
    pub(super) action: Action,
    /// The caller's options, given on as they came. A batch shares its own.
    pub(super) options: KeptOptions,
    /// When it was queued.
    pub(super) timestamp_ms: f64,
    /// A removal of the key came before, and the driver below may still show what was removed.
    pub(super) follows_removal: bool,
}

/// Options while they wait: most calls have none, and then they take one word.
#[derive(Clone, Debug, Default)]
pub(super) struct KeptOptions(Option<Rc<Options>>);

impl KeptOptions {
    /// What lives for a time lives from `now_ms`, not from when it is written.
    pub(super) fn new(options: &Options, now_ms: f64) -> Self {
        KeptOptions((!is_empty(options)).then(|| {
            Rc::new(Options {
                expiry: options.expiry.pinned(now_ms),
                ..options.clone()
            })
        }))
    }

    /// How long what is written lives.
    pub(super) fn expiry(&self) -> Expiry {
        self.0
            .as_ref()
            .map_or(Expiry::Never, |options| options.expiry)
    }

    /// The options as they came.
    pub(super) fn given(&self) -> Options {
        self.0.as_deref().cloned().unwrap_or_default()
    }
}

fn is_empty(options: &Options) -> bool {
    let Options {
        foreign,
        max_depth,
        include_meta,
        remove_meta,
        expiry,
    } = options;
    foreign.is_none()
        && max_depth.is_none()
        && !include_meta
        && !remove_meta
        && *expiry == Expiry::Never
}

impl Operation {
    /// The caller's options object.
    pub(super) fn foreign_options(&self) -> Option<Foreign> {
        self.options.0.as_ref()?.foreign.clone()
    }

    /// True if the item that it stores has ended. `clock` says what time it is, if items end.
    pub(super) fn is_over(&self, clock: impl Fn() -> Option<f64>) -> bool {
        match self.options.expiry() {
            Expiry::At(end) => clock().is_some_and(|now| end <= now),
            _ => false,
        }
    }

    pub(super) fn is_clear(&self) -> bool {
        matches!(self.action, Action::Clear)
    }
}

/// What a queued operation does to its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueuedKind {
    /// It stores a value.
    Set,
    /// It removes the value.
    Remove,
}

/// The newest operation on a key that the driver below does not have yet.
#[derive(Clone, Debug)]
pub struct QueuedOperation {
    /// What it does.
    pub kind: QueuedKind,
    /// The key, relative to the queue.
    pub key: Box<str>,
    /// The value to store.
    pub value: Option<Value>,
    /// The caller's options object.
    pub options: Option<Foreign>,
    /// When it was queued, in milliseconds since the Unix epoch.
    pub timestamp_ms: f64,
    /// True for `setItemRaw`.
    pub is_raw: bool,
}

impl QueuedOperation {
    pub(super) fn of(operation: &Operation) -> Self {
        let (kind, value, is_raw) = match &operation.action {
            Action::Set { value, raw } => (QueuedKind::Set, Some(value.clone()), *raw),
            Action::Remove | Action::Clear => (QueuedKind::Remove, None, false),
        };
        QueuedOperation {
            kind,
            key: operation.target.as_str().into(),
            value,
            options: operation.foreign_options(),
            timestamp_ms: operation.timestamp_ms,
            is_raw,
        }
    }
}
