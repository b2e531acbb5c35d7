//! One queued operation, and the view of it that monitors read.

use std::rc::Rc;

use crate::driver::Options;
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
    /// The key; the base of a clear.
    pub(super) target: Rc<str>,
    /// What to do.
    pub(super) action: Action,
    /// The caller's options, given on as they came.
    pub(super) options: Options,
    /// When it was queued.
    pub(super) timestamp_ms: f64,
    /// A removal of the key came before, and the driver below may still show what was removed.
    pub(super) follows_removal: bool,
}

impl Operation {
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
            key: (&*operation.target).into(),
            value,
            options: operation.options.foreign.clone(),
            timestamp_ms: operation.timestamp_ms,
            is_raw,
        }
    }
}
