//! Strings across the border.

use std::mem::MaybeUninit;
use std::ptr;

use napi::sys;

use super::scope::{Raw, Scope, call};
use crate::error::{Error, Kind, Result};
use crate::value::Text;

/// Strings that need at most this many bytes are read into the stack. V8 writes without measuring
/// first if three bytes a character fit.
const STACK_BYTES: usize = 4096;

/// V8 refuses longer strings.
const MAX_STRING_BYTES: usize = 512 * 1024 * 1024;

/// What UTF-16 that is not well-formed becomes in UTF-8.
const REPLACEMENT: &str = "\u{FFFD}";

impl Scope {
    /// A JavaScript string.
    pub(super) fn string(self, content: &str) -> Result<Raw> {
        self.string_of(content, content.is_ascii())
    }

    /// A JavaScript string from text that knows whether it is ASCII.
    pub(super) fn text(self, content: &Text) -> Result<Raw> {
        self.string_of(content.as_str(), content.is_ascii())
    }

    fn string_of(self, content: &str, ascii: bool) -> Result<Raw> {
        if content.len() > MAX_STRING_BYTES {
            let message = format!(
                "a string of {} bytes is longer than V8 allows",
                content.len()
            );
            return Err(Error::new(Kind::LimitExceeded, message));
        }
        let (start, length) = (content.as_ptr().cast(), content.len().cast_signed());
        let mut value = ptr::null_mut();
        if ascii {
            // One byte a character: V8 copies it without looking.
            call!(self, napi_create_string_latin1(start, length, &mut value))?;
        } else {
            call!(self, napi_create_string_utf8(start, length, &mut value))?;
        }
        Ok(value)
    }

    /// Reads a string and hands it to `use_it`, without allocating if it is short. `None` if the
    /// value is not a string.
    pub(super) fn with_string<T>(
        self,
        value: Raw,
        use_it: impl FnOnce(&str) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut buffer = [const { MaybeUninit::<u8>::uninit() }; STACK_BYTES];
        let mut length = 0;
        // The call itself tells whether the value is a string, so its type is not asked first.
        // SAFETY: as in `call!`; the buffer is as long as it is said to be.
        let status = unsafe {
            sys::napi_get_value_string_utf8(
                self.env,
                value,
                buffer.as_mut_ptr().cast(),
                STACK_BYTES,
                &mut length,
            )
        };
        if status == sys::Status::napi_string_expected || status == sys::Status::napi_invalid_arg {
            return Ok(None);
        }
        self.check(status)?;
        // A character that did not fit whole leaves up to three bytes free, and one is for the NUL.
        if length + 4 >= STACK_BYTES {
            return use_it(&self.long_string(value)?).map(Some);
        }
        // SAFETY: Node-API wrote `length` bytes, fewer than the buffer has.
        let written = unsafe { std::slice::from_raw_parts(buffer.as_ptr().cast::<u8>(), length) };
        use_it(utf8(written)?).map(Some)
    }

    /// The string, if the value is one.
    pub(super) fn as_string(self, value: Raw) -> Result<Option<String>> {
        self.with_string(value, |content| Ok(content.to_owned()))
    }

    /// Text for a store, if the value is a string.
    pub(super) fn as_text(self, value: Raw) -> Result<Option<Text>> {
        self.with_string(value, |content| Ok(Text::new(content)))
    }

    fn long_string(self, value: Raw) -> Result<String> {
        let mut length = 0;
        call!(
            self,
            napi_get_value_string_utf8(value, ptr::null_mut(), 0, &mut length)
        )?;
        let mut bytes = vec![0_u8; length + 1];
        call!(
            self,
            napi_get_value_string_utf8(value, bytes.as_mut_ptr().cast(), bytes.len(), &mut length)
        )?;
        bytes.truncate(length);
        String::from_utf8(bytes)
            .map_err(|_| Error::new(Kind::Internal, "V8 returned text that is not UTF-8"))
    }

    /// Refuses a key with a lone surrogate: in UTF-8 it would become another key.
    pub(super) fn check_well_formed(self, value: Raw, key: &str) -> Result<()> {
        if self.is_well_formed(value, key)? {
            return Ok(());
        }
        let message = format!("Invalid key: {key:?}, it must be well-formed Unicode");
        Err(Error::new(Kind::InvalidKey, message).key(key))
    }

    /// True if the string has no lone surrogate. `text` is what it became in UTF-8.
    pub(super) fn is_well_formed(self, value: Raw, text: &str) -> Result<bool> {
        if text.is_ascii() || !text.contains(REPLACEMENT) {
            return Ok(true);
        }
        let mut length = 0;
        call!(
            self,
            napi_get_value_string_utf16(value, ptr::null_mut(), 0, &mut length)
        )?;
        let mut units = vec![0_u16; length + 1];
        call!(
            self,
            napi_get_value_string_utf16(value, units.as_mut_ptr(), units.len(), &mut length)
        )?;
        units.truncate(length);
        Ok(char::decode_utf16(units).all(|unit| unit.is_ok()))
    }
}

fn utf8(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes)
        .map_err(|_| Error::new(Kind::Internal, "V8 returned text that is not UTF-8"))
}
