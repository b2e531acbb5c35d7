//! What JavaScript drivers return, checked against their contract.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::scope::{Raw, Scope, Type};
use super::super::values::{foreign_of, value_of};
use super::event_kind;
use crate::driver::{EventKind, Meta, Outcome};
use crate::error::{Error, Kind, Result};
use crate::key::{self, KeyList, LIST_SEPARATOR};
use crate::value::Value;

/// Marks bytes that were stored as text by a driver without `setItemRaw`.
pub(super) const BASE64_PREFIX: &str = "base64:";

pub(super) fn nothing(_scope: Scope, _value: Raw) -> Result<()> {
    Ok(())
}

pub(super) fn done(_scope: Scope, _value: Raw) -> Result<Outcome> {
    Ok(Outcome::Done)
}

/// `boolean`; nothing at all means no.
pub(super) fn boolean(scope: Scope, value: Raw) -> Result<bool> {
    match scope.type_of(value)? {
        Type::Nullish => Ok(false),
        Type::Boolean => Ok(scope.as_bool(value)? == Some(true)),
        other => Err(wrong("hasItem", "a boolean", other)),
    }
}

/// Any value; `null` and `undefined` are absence.
pub(super) fn value(scope: Scope, value: Raw) -> Result<Option<Value>> {
    match scope.type_of(value)? {
        Type::Nullish => Ok(None),
        _ => value_of(scope, value).map(Some),
    }
}

/// Bytes that were stored as text become bytes again.
pub(super) fn decoded_raw(value: Option<Value>) -> Result<Option<Value>> {
    let Some(Value::Text(text)) = &value else {
        return Ok(value);
    };
    let Some(encoded) = text.as_str().strip_prefix(BASE64_PREFIX) else {
        return Ok(value);
    };
    match STANDARD.decode(encoded) {
        Ok(bytes) => Ok(Some(Value::bytes(bytes))),
        Err(_) => Err(Error::new(
            Kind::Corrupt,
            "the stored text claims to be base64 and is not",
        )),
    }
}

/// `[{ key, value }]`, put into the order of the keys that were asked. Missing keys have no value.
pub(super) fn values(scope: Scope, list: Raw, asked: &KeyList) -> Result<Vec<Option<Value>>> {
    if !scope.is_array(list)? {
        return Err(wrong("getItems", "an array", scope.type_of(list)?));
    }
    let mut found = HashMap::new();
    for index in 0..scope.length(list)? {
        scope.nested(|| {
            let item = scope.element(list, index)?;
            if scope.type_of(item)? != Type::Object {
                return Err(wrong(
                    "getItems",
                    "an array of { key, value }",
                    scope.type_of(item)?,
                ));
            }
            let Some(key) = scope.as_string(scope.get(item, "key")?)? else {
                return Err(Error::new(
                    Kind::InvalidReturn,
                    "getItems of the driver returned an item without a key",
                ));
            };
            let content = value(scope, scope.get(item, "value")?)?;
            found.insert(key::canonical(&key).into_owned(), content);
            Ok(())
        })?;
    }
    Ok(asked
        .iter()
        .map(|key| found.get(key).cloned().flatten())
        .collect())
}

/// `object | null`
pub(super) fn meta(scope: Scope, value: Raw) -> Result<Option<Meta>> {
    match scope.type_of(value)? {
        Type::Nullish => Ok(None),
        Type::Object => Ok(Some(Meta {
            foreign: Some(foreign_of(scope, value)?),
            ..Meta::default()
        })),
        other => Err(wrong("getMeta", "an object or null", other)),
    }
}

/// `string[]`, in canonical form.
pub(super) fn keys(scope: Scope, list: Raw) -> Result<KeyList> {
    if !scope.is_array(list)? {
        return Err(wrong(
            "getKeys",
            "an array of strings",
            scope.type_of(list)?,
        ));
    }
    let mut keys = KeyList::new();
    for index in 0..scope.length(list)? {
        scope.nested(|| {
            let element = scope.element(list, index)?;
            let pushed = scope.with_string(element, |key| {
                if key.contains(LIST_SEPARATOR) {
                    return Err(Error::new(
                        Kind::InvalidReturn,
                        "getKeys of the driver returned a key with NUL",
                    ));
                }
                if !scope.is_well_formed(element, key)? {
                    return Err(Error::new(
                        Kind::InvalidReturn,
                        "getKeys of the driver returned a key that is not well-formed Unicode",
                    ));
                }
                keys.push(&key::canonical(key));
                Ok(())
            })?;
            match pushed {
                Some(()) => Ok(()),
                None => Err(wrong(
                    "getKeys",
                    "an array of strings",
                    scope.type_of(element)?,
                )),
            }
        })?;
    }
    Ok(keys)
}

/// `(event, key)` of a watch callback. Events of other names are not part of the contract.
pub(super) fn event(
    scope: Scope,
    arguments: &[Raw],
) -> Result<(Option<EventKind>, Option<String>)> {
    let [kind, key, ..] = arguments else {
        return Ok((None, None));
    };
    let kind = scope.as_string(*kind)?.and_then(|name| event_kind(&name));
    Ok((kind, scope.as_string(*key)?))
}

fn wrong(operation: &'static str, expected: &str, got: Type) -> Error {
    Error::new(
        Kind::InvalidReturn,
        format!(
            "{operation} of the driver must return {expected}, got {}",
            got.name()
        ),
    )
    .operation(operation)
}
