//! Strings across the border.

use std::cell::RefCell;
use std::mem::MaybeUninit;
use std::ptr;

use napi::sys;

use super::scope::{Raw, Scope, call};
use crate::error::{Error, Kind, Result};
use crate::key;
use crate::value::Text;

/// Strings of fewer UTF-16 units are read into the stack.
const STACK_UNITS: usize = 2048;

/// V8 refuses longer strings.
const MAX_STRING_BYTES: usize = 512 * 1024 * 1024;

/// What UTF-16 that is not well-formed becomes in UTF-8.
const REPLACEMENT: &str = "\u{FFFD}";

thread_local! {
    /// Where texts get their space. V8 copies it, and runs nothing of ours meanwhile.
    static SPACED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What is kept of it between two texts.
const MAX_SPACED_BYTES: usize = 64 * 1024;

impl Scope {
    /// A JavaScript string.
    pub(super) fn string(self, content: &str) -> Result<Raw> {
        self.string_of(content, content.is_ascii())
    }

    /// A JavaScript string from text that knows whether it is ASCII.
    pub(super) fn text(self, content: &Text) -> Result<Raw> {
        self.string_of(content.as_str(), content.is_ascii())
    }

    /// A JavaScript string of a space and `content`.
    pub(super) fn spaced(self, content: &str, ascii: bool) -> Result<Raw> {
        SPACED.with_borrow_mut(|spaced| {
            spaced.clear();
            spaced.push(' ');
            spaced.push_str(content);
            let string = self.string_of(spaced, ascii);
            spaced.shrink_to(MAX_SPACED_BYTES);
            string
        })
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
        let mut buffer = [const { MaybeUninit::<u16>::uninit() }; STACK_UNITS];
        let mut length = 0;
        // The call itself tells whether the value is a string, so its type is not asked first. V8
        // copies UTF-16 units in a third of the time that it takes to write UTF-8.
        // SAFETY: as in `call!`; the buffer is as long as it is said to be.
        let status = unsafe {
            sys::napi_get_value_string_utf16(
                self.env,
                value,
                buffer.as_mut_ptr().cast(),
                STACK_UNITS,
                &mut length,
            )
        };
        if status == sys::Status::napi_string_expected || status == sys::Status::napi_invalid_arg {
            return Ok(None);
        }
        self.check(status)?;
        // One unit is for the NUL: a full buffer may not hold all.
        if length + 1 >= STACK_UNITS {
            let units = self.units(value)?;
            return with_text(&units, &mut Box::new_uninit_slice(units.len()), use_it).map(Some);
        }
        // SAFETY: Node-API wrote `length` units, fewer than the buffer has.
        let units = unsafe { std::slice::from_raw_parts(buffer.as_ptr().cast::<u16>(), length) };
        let mut bytes = [const { MaybeUninit::uninit() }; STACK_UNITS];
        with_text(units, &mut bytes, use_it).map(Some)
    }

    /// The string, if the value is one.
    pub(super) fn as_string(self, value: Raw) -> Result<Option<String>> {
        self.with_string(value, |content| Ok(content.to_owned()))
    }

    /// Text for a store, if the value is a string.
    pub(super) fn as_text(self, value: Raw) -> Result<Option<Text>> {
        self.with_string(value, |content| Ok(Text::new(content)))
    }

    /// The UTF-16 units of a string.
    fn units(self, value: Raw) -> Result<Vec<u16>> {
        let mut length = 0;
        call!(
            self,
            napi_get_value_string_utf16(value, ptr::null_mut(), 0, &mut length)
        )?;
        // One unit is for the NUL that Node-API writes behind the string.
        let mut units = Vec::<u16>::with_capacity(length + 1);
        call!(
            self,
            napi_get_value_string_utf16(value, units.as_mut_ptr(), length + 1, &mut length)
        )?;
        // SAFETY: that many units were just written, and there is room for one more.
        unsafe { units.set_len(length) };
        Ok(units)
    }

    /// Refuses a key with a lone surrogate: in UTF-8 it would become another key.
    pub(super) fn check_well_formed(self, value: Raw, key: &str) -> Result<()> {
        if self.is_well_formed(value, key)? {
            return Ok(());
        }
        let message = format!("Invalid key: {key:?}, it must be well-formed Unicode");
        Err(Error::new(Kind::InvalidKey, message).key(key))
    }

    /// A base in canonical form, if the value is a string.
    ///
    /// # Errors
    /// `INVALID_KEY` as for a key: half a character would become another base.
    pub(super) fn base(self, value: Raw) -> Result<Option<String>> {
        self.with_string(value, |base| {
            self.check_well_formed(value, base)?;
            key::normalize_base(base)
        })
    }

    /// True if the string has no lone surrogate. `text` is what it became in UTF-8.
    pub(super) fn is_well_formed(self, value: Raw, text: &str) -> Result<bool> {
        if text.is_ascii() || !text.contains(REPLACEMENT) {
            return Ok(true);
        }
        let units = self.units(value)?;
        Ok(char::decode_utf16(units).all(|unit| unit.is_ok()))
    }
}

/// Hands the units to `use_it` as text, made in `buffer` if they are ASCII, which most are.
fn with_text<T>(
    units: &[u16],
    buffer: &mut [MaybeUninit<u8>],
    use_it: impl FnOnce(&str) -> Result<T>,
) -> Result<T> {
    match ascii(units, buffer) {
        Some(text) => use_it(text),
        None => use_it(&String::from_utf16_lossy(units)),
    }
}

/// The units as text in `buffer`, if it has room and all are ASCII. The loop has no branch, so it is
/// vectorised.
fn ascii<'b>(units: &[u16], buffer: &'b mut [MaybeUninit<u8>]) -> Option<&'b str> {
    let bytes = buffer.get_mut(..units.len())?;
    let mut all = 0;
    for (byte, unit) in bytes.iter_mut().zip(units) {
        all |= unit;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "if it matters, nothing is returned"
        )]
        byte.write(*unit as u8);
    }
    if all > 0x7F {
        return None;
    }
    // SAFETY: every byte was written just above, and all are ASCII, which is UTF-8.
    Some(unsafe {
        std::str::from_utf8_unchecked(std::slice::from_raw_parts(
            bytes.as_ptr().cast::<u8>(),
            bytes.len(),
        ))
    })
}
