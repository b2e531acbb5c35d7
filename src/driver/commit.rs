//! Writes that happen together, or not at all.

use compact_str::CompactString;

use super::Expiry;
use crate::value::Value;

/// Writes that happen together if what they rely on still holds.
#[derive(Clone, Debug, Default)]
pub struct Commit {
    /// What must hold. No key twice.
    pub checks: Vec<Check>,
    /// What is written, in this order.
    pub writes: Vec<Write>,
}

/// A key whose value must be what the caller last saw. Equal content is the same value, whoever wrote
/// it: what the caller decided on is true either way.
#[derive(Clone, Debug)]
pub struct Check {
    /// The key, relative to the driver.
    pub key: CompactString,
    /// The value as [`super::Driver::get_raw`] or [`super::Driver::get`] gave it; `None` for absence.
    pub expected: Option<Value>,
}

/// One write of a commit.
#[derive(Clone, Debug)]
pub struct Write {
    /// The key, relative to the driver.
    pub key: CompactString,
    /// What becomes of it.
    pub change: Change,
}

/// What becomes of a key.
#[derive(Clone, Debug)]
pub enum Change {
    /// It has this value.
    Set {
        /// The encoded value, or what `setItemRaw` was given.
        value: Value,
        /// How long.
        expiry: Expiry,
    },
    /// It has none. A missing key is not an error.
    Remove,
    /// A number is added to its value.
    Add(Addition),
}

/// Adds to a number, which is stored as `setItem` stores it. The time at which the item ends stays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Addition {
    /// What is added; may be negative.
    pub by: f64,
    /// What a missing key counts as. Default 0.
    pub initial: f64,
    /// The least result. Default: none.
    pub min: f64,
    /// The greatest result. Default: none.
    pub max: f64,
}

/// What became of a commit.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Everything was written; the results of the additions, in order.
    Committed(Vec<f64>),
    /// The value of this key is not what was expected. Nothing was written.
    Conflict(CompactString),
    /// The driver is read-only and ignores writes silently, as documented.
    Ignored,
}
