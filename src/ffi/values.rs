//! Values across the border.

use std::ptr;
use std::sync::Arc;

use napi::sys;

use super::foreign::{JsRef, show_stored};
use super::promise::Show;
use super::scope::{Raw, Scope, Type, call};
use crate::codec::{CHUNK_VALUES, bare_json, join_plain, random_mark};
use crate::error::{Error, Kind, Result};
use crate::value::{Blob, BlobKind, Foreign, Text, Value};

/// Reads a value to store: a string is text, everything else is carried as it is.
///
/// # Errors
/// `INVALID_VALUE` for a string that is not well-formed: in UTF-8 it would become another one.
pub(super) fn value_of(scope: Scope, value: Raw) -> Result<Value> {
    match scope.as_text(value)? {
        Some(text) if text.is_ascii() || scope.is_well_formed(value, text.as_str())? => {
            Ok(Value::Text(text))
        }
        Some(_) => Err(Error::new(
            Kind::InvalidValue,
            "a text with lone surrogates cannot be stored raw",
        )),
        None => foreign_of(scope, value).map(Value::Foreign),
    }
}

/// Holds on to a JavaScript value.
pub(super) fn foreign_of(scope: Scope, value: Raw) -> Result<Foreign> {
    JsRef::new(scope, value).map(Foreign::new)
}

/// A value as it is: text as a string, bytes in the class in which they came.
pub(super) fn raw_result(scope: Scope, value: Option<Value>) -> Result<Raw> {
    match value {
        None => scope.null(),
        Some(Value::Text(text)) => scope.text(&text),
        Some(Value::Bytes(blob)) => blob_result(scope, &blob),
        Some(Value::Foreign(foreign)) => show_stored(scope, &foreign),
    }
}

/// A value to decode: text, whatever its bytes were stored as.
pub(super) fn text_result(scope: Scope, value: Option<Value>) -> Result<Raw> {
    match value {
        Some(Value::Bytes(blob)) => scope.text(&blob_text(&blob)?),
        other => raw_result(scope, other),
    }
}

fn blob_text(blob: &Blob) -> Result<Text> {
    match std::str::from_utf8(blob.as_bytes()) {
        Ok(text) => Ok(Text::new(text)),
        Err(_) => Err(Error::new(
            Kind::Corrupt,
            "the stored bytes are not UTF-8 text",
        )),
    }
}

/// The longest text, in bytes, whose envelope is worth taking off here: it takes a copy.
const MAX_BARE_BYTES: usize = 8 * 1024;

/// A value to decode, as [`text_result`], but plain values that are not large come without their
/// envelope: a space and their JSON, which V8 parses as it is. No other text begins with a space.
pub(super) fn encoded_result(scope: Scope, value: Option<Value>) -> Result<Raw> {
    let Some(Value::Text(text)) = &value else {
        return text_result(scope, value);
    };
    let short = Some(text.as_str()).filter(|text| text.len() <= MAX_BARE_BYTES);
    match short.and_then(bare_json) {
        Some(json) => scope.spaced(json, text.is_ascii()),
        None if text.as_str().starts_with(' ') => scope.string(text.as_str().trim_start()),
        None => scope.text(text),
    }
}

/// The values of a batch in chunks, each of which V8 parses in one go: an array of texts, one for
/// each chunk of which every value is absent or plain (see [`join_plain`]), and of arrays of the
/// values one by one for other chunks.
pub(super) fn batch_result(scope: Scope, mut values: Vec<Option<Value>>) -> Result<Raw> {
    let (mark, mut joined) = (random_mark(), String::new());
    let chunks = scope.array(values.len().div_ceil(CHUNK_VALUES))?;
    for (index, chunk) in values.chunks_mut(CHUNK_VALUES).enumerate() {
        scope.nested(|| {
            let shown = if join_plain(chunk, &mark, &mut joined) {
                scope.string(&joined)?
            } else {
                list_of(scope, chunk.iter_mut().map(Option::take), encoded_result)?
            };
            scope.set_element(chunks, index, shown)
        })?;
    }
    Ok(chunks)
}

/// The values of a batch, one by one.
pub(super) fn list_of_values(scope: Scope, values: Vec<Option<Value>>) -> Result<Raw> {
    list_of(scope, values.into_iter(), text_result)
}

fn list_of(
    scope: Scope,
    values: impl ExactSizeIterator<Item = Option<Value>>,
    show: Show<Option<Value>>,
) -> Result<Raw> {
    let array = scope.array(values.len())?;
    for (index, value) in values.enumerate() {
        scope.nested(|| scope.set_element(array, index, show(scope, value)?))?;
    }
    Ok(array)
}

/// Bytes as a `Buffer`.
pub(super) fn buffer_result(scope: Scope, bytes: Vec<u8>) -> Result<Raw> {
    buffer_of(scope, &bytes)
}

/// A copy, always: Electron refuses external memory.
fn buffer_of(scope: Scope, bytes: &[u8]) -> Result<Raw> {
    let mut value = ptr::null_mut();
    call!(
        scope,
        napi_create_buffer_copy(
            bytes.len(),
            bytes.as_ptr().cast(),
            ptr::null_mut(),
            &mut value
        )
    )
    .map(|()| value)
}

/// Bytes in the class in which they came.
fn blob_result(scope: Scope, blob: &Blob) -> Result<Raw> {
    let bytes = blob.as_bytes();
    let mut value = ptr::null_mut();
    if blob.kind() == BlobKind::Buffer {
        return buffer_of(scope, bytes);
    }
    let array_buffer = array_buffer_of(scope, bytes)?;
    if blob.kind() == BlobKind::ArrayBuffer {
        return Ok(array_buffer);
    }
    let class = sys::TypedarrayType::uint8_array;
    call!(
        scope,
        napi_create_typedarray(class, bytes.len(), array_buffer, 0, &mut value)
    )?;
    Ok(value)
}

fn array_buffer_of(scope: Scope, bytes: &[u8]) -> Result<Raw> {
    let (mut start, mut value) = (ptr::null_mut(), ptr::null_mut());
    call!(
        scope,
        napi_create_arraybuffer(bytes.len(), &mut start, &mut value)
    )?;
    if !bytes.is_empty() {
        // SAFETY: `start` is the new buffer's memory, as long as `bytes`, and nobody else has it yet.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), start.cast::<u8>(), bytes.len()) };
    }
    Ok(value)
}

/// A private copy of the bytes of a `Buffer`, a typed array, a `DataView` or an `ArrayBuffer`;
/// `None` for every other value.
pub(super) fn blob_of(scope: Scope, value: Raw) -> Result<Option<Blob>> {
    if scope.type_of(value)? != Type::Object {
        return Ok(None);
    }
    let (mut is_buffer, mut is_view, mut is_array_buffer) = (false, false, false);
    call!(scope, napi_is_arraybuffer(value, &mut is_array_buffer))?;
    if is_array_buffer {
        let (mut start, mut length) = (ptr::null_mut(), 0);
        call!(
            scope,
            napi_get_arraybuffer_info(value, &mut start, &mut length)
        )?;
        return Ok(Some(Blob::new(
            copy(start.cast(), length),
            BlobKind::ArrayBuffer,
        )));
    }
    // For Node-API every view of bytes is a buffer.
    call!(scope, napi_is_buffer(value, &mut is_buffer))?;
    if !is_buffer {
        return Ok(None);
    }
    call!(scope, napi_is_typedarray(value, &mut is_view))?;
    let (mut start, mut length) = (ptr::null_mut(), 0);
    call!(scope, napi_get_buffer_info(value, &mut start, &mut length))?;
    let kind = if is_view && is_plain_uint8_array(scope, value)? {
        BlobKind::Uint8Array
    } else {
        BlobKind::Buffer
    };
    Ok(Some(Blob::new(copy(start.cast(), length), kind)))
}

fn copy(start: *const u8, length: usize) -> Arc<[u8]> {
    if length == 0 {
        return Arc::default();
    }
    // SAFETY: Node-API reported `length` readable bytes at `start`, and JavaScript cannot run (and
    // so cannot detach them) before the copy is made.
    unsafe { std::slice::from_raw_parts(start, length) }.into()
}

/// True for a `Uint8Array` that is not a `Buffer`.
fn is_plain_uint8_array(scope: Scope, value: Raw) -> Result<bool> {
    let buffer_class = scope.get(scope.global()?, "Buffer")?;
    let mut is_buffer = false;
    if scope.type_of(buffer_class)? == Type::Function {
        call!(scope, napi_instanceof(value, buffer_class, &mut is_buffer))?;
    }
    Ok(!is_buffer)
}
