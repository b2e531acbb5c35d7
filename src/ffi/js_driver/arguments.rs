//! What JavaScript drivers are called with.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::foreign::{is_undefined, show, show_options};
use super::super::scope::{Raw, Scope};
use super::super::values::raw_result;
use super::results::BASE64_PREFIX;
use crate::driver::{Context, GetItems, SetItem};
use crate::error::{Error, Kind, Result};
use crate::value::{Foreign, Value};

/// The options object as the caller gave it, `{}` when none.
pub(super) fn options(scope: Scope, cx: &Context) -> Result<Raw> {
    show_options(scope, cx.options.foreign.as_ref())
}

/// As [`options`]. A listing made to clear asks for metadata too, which a storage that is mounted as
/// a driver would leave out; the caller's own object is not changed for it.
pub(super) fn listing(scope: Scope, cx: &Context) -> Result<Raw> {
    let given = options(scope, cx)?;
    if !cx.options.include_meta || scope.as_bool(scope.get(given, "meta")?)? == Some(true) {
        return Ok(given);
    }
    let own = scope.object()?;
    let object = scope.get(scope.global()?, "Object")?;
    scope.call(scope.get(object, "assign")?, object, &[own, given])?;
    scope.set(own, "meta", scope.boolean(true)?)?;
    Ok(own)
}

pub(super) fn value(scope: Scope, value: Value) -> Result<Raw> {
    raw_result(scope, Some(value))
}

/// `[{ key, options }]`
pub(super) fn get_items(scope: Scope, items: &GetItems, cx: &Context) -> Result<Raw> {
    let array = scope.array(items.keys.len())?;
    for (index, key) in items.keys.iter().enumerate() {
        let own = items.options.get(index).and_then(Option::as_ref);
        scope.nested(|| {
            let item = scope.object()?;
            scope.set(item, "key", scope.string(key)?)?;
            let own = own.map_or_else(|| options(scope, cx), |own| show(scope, own))?;
            scope.set(item, "options", own)?;
            scope.set_element(array, index, item)
        })?;
    }
    Ok(array)
}

/// The arguments of `setItems`: the items and, for calls that have them, the common options. A layer
/// has no common options, and then the driver gets one argument and every item its own options.
pub(super) fn set_items(scope: Scope, items: Vec<SetItem>, cx: &Context) -> Result<Vec<Raw>> {
    let array = scope.array(items.len())?;
    for (index, item) in items.into_iter().enumerate() {
        scope.nested(|| {
            let object = scope.object()?;
            scope.set(object, "key", scope.string(&item.key)?)?;
            scope.set(object, "value", value(scope, item.value)?)?;
            scope.set(
                object,
                "options",
                item_options(scope, item.options.as_ref(), cx)?,
            )?;
            scope.set_element(array, index, object)
        })?;
    }
    let mut arguments = vec![array];
    if let Some(common) = &cx.options.foreign {
        arguments.push(show(scope, common)?);
    }
    Ok(arguments)
}

fn item_options(scope: Scope, own: Option<&Foreign>, cx: &Context) -> Result<Raw> {
    match (own, &cx.options.foreign) {
        (Some(own), _) if !is_undefined(own) => show(scope, own),
        (_, Some(common)) => show(scope, common),
        _ => scope.object(),
    }
}

/// Bytes as text, for drivers that store only text.
pub(super) fn encoded_raw(value: Value) -> Result<Value> {
    match value.detached() {
        Value::Bytes(blob) => {
            let mut text = BASE64_PREFIX.to_owned();
            STANDARD.encode_string(blob.as_bytes(), &mut text);
            Ok(Value::text(text))
        }
        Value::Foreign(_) => Err(Error::new(
            Kind::InvalidValue,
            "the driver has no setItemRaw, so a raw value must be a string or bytes",
        )),
        text @ Value::Text(_) => Ok(text),
    }
}
