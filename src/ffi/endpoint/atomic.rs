//! Writes that depend on what is stored.

use compact_str::CompactString;

use super::super::promise::answer;
use super::super::scope::{Raw, Type};
use super::super::values::value_of;
use super::{Call, NOTHING};
use crate::driver::{Addition, Change, Check, Commit, Expiry, Options, Verdict, Write};
use crate::error::{Error, Kind, Result};

/// `(key, expected as getText gave it, value, options, keep) => boolean | undefined`: stores the value,
/// or removes the key if it is `undefined`. False if another value is stored than the expected one;
/// `undefined` if the driver is read-only. With `keep`, the item ends when the old one would have,
/// unless the options say when.
pub(super) fn compare_and_set(call: &Call<'_>) -> Result<Raw> {
    let [key, expected, value, _, keep] = call.arguments;
    let cx = call.write_context_at(3)?;
    let expected = match call.scope.type_of(expected)? {
        Type::Nullish => None,
        _ => Some(value_of(call.scope, expected)?),
    };
    let keeps = call.scope.as_bool(keep)? == Some(true) && cx.options.expiry == Expiry::Never;
    let change = match call.scope.type_of(value)? {
        Type::Nullish => Change::Remove,
        _ => Change::Set {
            value: value_of(call.scope, value)?,
            expiry: if keeps {
                Expiry::Keep
            } else {
                cx.options.expiry
            },
        },
    };
    let answered = call.with_key(key, |key| {
        let name = CompactString::new(key.as_str());
        let check = Check {
            key: name.clone(),
            expected,
        };
        let commit = Commit {
            checks: vec![check],
            writes: vec![Write { key: name, change }],
        };
        Ok(call.driver().commit(commit, &cx))
    })?;
    answer(call.scope, answered, |scope, verdict| match verdict {
        Verdict::Committed(_) => scope.boolean(true),
        Verdict::Conflict(_) => scope.boolean(false),
        Verdict::Ignored => Ok(NOTHING),
    })
}

/// `(key, by, initial, min, max) => number | undefined`: the sum; `undefined` if the driver is
/// read-only.
pub(super) fn add(call: &Call<'_>) -> Result<Raw> {
    let [key, numbers @ ..] = call.arguments;
    let number = |value| {
        let read = call.scope.as_number(value)?;
        read.ok_or_else(|| Error::new(Kind::InvalidOption, "an addition needs four numbers"))
    };
    let [by, initial, min, max] = numbers.map(number);
    let addition = Addition {
        by: by?,
        initial: initial?,
        min: min?,
        max: max?,
    };
    let cx = call.context(Options::default());
    let answered = call.with_key(key, |key| {
        let write = Write {
            key: CompactString::new(key.as_str()),
            change: Change::Add(addition),
        };
        let commit = Commit {
            checks: Vec::new(),
            writes: vec![write],
        };
        Ok(call.driver().commit(commit, &cx))
    })?;
    answer(call.scope, answered, |scope, verdict| match verdict {
        Verdict::Committed(sums) => match sums.first() {
            Some(sum) => scope.number(*sum),
            None => Ok(NOTHING),
        },
        Verdict::Conflict(key) => {
            Err(Error::new(Kind::Conflict, "another write came first").key(&key))
        }
        Verdict::Ignored => Ok(NOTHING),
    })
}
