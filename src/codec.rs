//! What native code knows of encoded values: the envelope of superjson text, and no more.

use std::cell::RefCell;
use std::hash::{BuildHasher as _, RandomState};

use memchr::memmem;

use crate::value::{Text, Value};

/// The envelope of plain values in superjson text.
const ENVELOPE_START: &str = "{\"json\":";
const ENVELOPE_END: &str = "}";

/// The member of the envelope that only rich values have.
const META_MEMBER: &[u8] = b"\"meta\":";

/// Texts of a batch are joined up to this many bytes; beyond, each is handed over by itself.
const MAX_JOINED_BYTES: usize = 64 * 1024 * 1024;

/// The text of a plain value: its JSON in the envelope.
#[must_use]
pub fn enclose(json: &str) -> Text {
    SCRATCH.with_borrow_mut(|scratch| {
        scratch.clear();
        [ENVELOPE_START, json, ENVELOPE_END]
            .iter()
            .for_each(|part| scratch.push_str(part));
        let text = Text::new(&**scratch);
        scratch.shrink_to(MAX_SCRATCH_BYTES);
        text
    })
}

thread_local! {
    /// Where texts are put together before they are copied into their own allocation.
    static SCRATCH: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What the scratch may keep between two texts.
const MAX_SCRATCH_BYTES: usize = 64 * 1024;

/// Joins the bare values of plain texts to one JSON array, which V8 parses in one go; absent values
/// become `null`. `None` if a value is rich, not text, or the whole would be too long.
///
/// Texts are not parsed here, and corrupt ones could complete each other. So the same random number
/// stands before every value: the reader must find it at every even place of the array, and then
/// every value at its own; otherwise it must decode each text by itself.
#[must_use]
pub fn join_plain(values: &[Option<Value>]) -> Option<String> {
    let meta = memmem::Finder::new(META_MEMBER);
    let mark = format!("{},", random_mark());
    let mut joined = String::with_capacity(values.len() * 64);
    joined.push('[');
    for value in values {
        if joined.len() > 1 {
            joined.push(',');
        }
        joined.push_str(&mark);
        match value {
            None => joined.push_str("null"),
            Some(Value::Text(text)) => joined.push_str(bare(text.as_str(), &meta)?),
            Some(_) => return None,
        }
        if joined.len() > MAX_JOINED_BYTES {
            return None;
        }
    }
    joined.push(']');
    Some(joined)
}

/// A number that stored text cannot know, small enough to be parsed without allocation.
fn random_mark() -> u32 {
    // Every `RandomState` has keys of its own.
    let random = RandomState::new().hash_one(0_u8);
    #[expect(clippy::cast_possible_truncation, reason = "30 random bits are wanted")]
    let mark = random as u32 >> 2;
    mark
}

fn bare<'t>(text: &'t str, meta: &memmem::Finder<'_>) -> Option<&'t str> {
    let inner = text
        .strip_prefix(ENVELOPE_START)?
        .strip_suffix(ENVELOPE_END)?;
    meta.find(inner.as_bytes()).is_none().then_some(inner)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    fn joined(texts: &[Option<&str>]) -> Option<String> {
        let values: Vec<_> = texts.iter().map(|text| text.map(Value::text)).collect();
        join_plain(&values)
    }

    #[test]
    fn plain_texts_become_one_array() {
        let texts = [Some(r#"{"json":{"a":1}}"#), None, Some(r#"{"json":"x"}"#)];
        let text = joined(&texts).unwrap();
        let mark = text[1..].split(',').next().unwrap();
        assert_eq!(
            text,
            format!(r#"[{mark},{{"a":1}},{mark},null,{mark},"x"]"#)
        );
        assert_eq!(joined(&[]).as_deref(), Some("[]"));
    }

    #[test]
    fn marks_differ() {
        assert_ne!(joined(&[None]), joined(&[None]));
    }

    #[test]
    fn rich_and_foreign_looking_texts_are_not_joined() {
        assert_eq!(
            joined(&[Some(r#"{"json":1,"meta":{"values":["Date"]}}"#)]),
            None
        );
        assert_eq!(joined(&[Some("[1,2]")]), None);
        assert_eq!(joined(&[Some("")]), None);
    }
}
