//! What native code knows of encoded values: the envelope of superjson text, and no more.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::OnceLock;

use memchr::memmem;

use crate::concat::concat;
use crate::value::{Text, Value};

/// The envelope of plain values in superjson text.
const ENVELOPE_START: &str = "{\"json\":";
const ENVELOPE_END: &str = "}";

/// The member of the envelope that only rich values have.
const META_MEMBER: &[u8] = b"\"meta\":";

/// Values of a batch that are joined to one text: enough that their number costs more than the text
/// itself, few enough that the text stays in the processor's cache.
pub const CHUNK_VALUES: usize = 512;

/// Bytes of one joined text beyond which each value is handed over by itself.
const MAX_JOINED_BYTES: usize = 4 * 1024 * 1024;

/// The text of a plain value: its JSON in the envelope.
#[must_use]
pub fn enclose(json: &str) -> Text {
    Text::new(concat([ENVELOPE_START, json, ENVELOPE_END]))
}

/// The JSON of a plain value in the envelope: the text without it. `None` if the text has annotations
/// or is not in the envelope.
///
/// The text is not parsed here. If the JSON is valid then so is the text, and it is its only member;
/// if it is not, the text with the envelope put back tells what is wrong.
#[must_use]
pub fn bare_json(text: &str) -> Option<&str> {
    let inner = text
        .strip_prefix(ENVELOPE_START)?
        .strip_suffix(ENVELOPE_END)?;
    let is_plain = meta_member().find(inner.as_bytes()).is_none();
    is_plain.then_some(inner)
}

/// Joins the bare values of plain texts to one JSON array, which V8 parses in one go; absent values
/// become `null`. False, with an undefined text, if a value is rich, not text, or the whole would be
/// too long.
///
/// Texts are not parsed here, and corrupt ones could complete each other. So the same random number
/// stands before every value: the reader must find it at every even place of the array, and then
/// every value at its own; otherwise it must decode each text by itself.
pub fn join_plain(values: &[Option<Value>], mark: &str, joined: &mut String) -> bool {
    joined.clear();
    joined.push('[');
    for value in values {
        if joined.len() > 1 {
            joined.push(',');
        }
        joined.push_str(mark);
        let bare = match value {
            None => Some("null"),
            Some(Value::Text(text)) => bare_json(text.as_str()),
            Some(_) => None,
        };
        match bare {
            Some(bare) if joined.len() + bare.len() <= MAX_JOINED_BYTES => joined.push_str(bare),
            _ => return false,
        }
    }
    joined.push(']');
    true
}

/// The elements of a JSON array, each as its own text. `json` must be what `JSON.stringify` made of
/// an array; anything else gives elements that are no JSON either.
pub fn array_elements(json: &str) -> impl Iterator<Item = &str> {
    let inner = json
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let mut rest = inner.filter(|inner| !inner.is_empty());
    std::iter::from_fn(move || {
        let text = rest?;
        let end = element_end(text.as_bytes());
        rest = text.get(end + 1..);
        text.get(..end)
    })
}

/// Where the first element of comma-separated JSON ends.
fn element_end(json: &[u8]) -> usize {
    let (mut place, mut depth) = (0, 0_usize);
    while let Some(byte) = json.get(place) {
        match byte {
            b'"' => place = string_end(json, place),
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => return place,
            _ => {}
        }
        place += 1;
    }
    json.len()
}

/// The place of the quote that ends the string which begins at `start`.
fn string_end(json: &[u8], start: usize) -> usize {
    let mut place = start + 1;
    while let Some(byte) = json.get(place) {
        match byte {
            b'"' => return place,
            b'\\' => place += 2,
            _ => place += 1,
        }
    }
    json.len()
}

fn meta_member() -> &'static memmem::Finder<'static> {
    static FINDER: OnceLock<memmem::Finder<'static>> = OnceLock::new();
    FINDER.get_or_init(|| memmem::Finder::new(META_MEMBER))
}

/// A number that stored text cannot know, small enough to be parsed without allocation, with the
/// comma that separates it from the value.
#[must_use]
pub fn random_mark() -> String {
    // Every `RandomState` has keys of its own.
    let random = RandomState::new().hash_one(0_u8);
    #[expect(clippy::cast_possible_truncation, reason = "30 random bits are wanted")]
    let mark = random as u32 >> 2;
    format!("{mark},")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    fn joined(texts: &[Option<&str>]) -> Option<String> {
        let values: Vec<_> = texts.iter().map(|text| text.map(Value::text)).collect();
        let mut joined = "left over".to_owned();
        join_plain(&values, "7,", &mut joined).then_some(joined)
    }

    #[test]
    fn plain_texts_become_one_array() {
        let texts = [Some(r#"{"json":{"a":1}}"#), None, Some(r#"{"json":"x"}"#)];
        assert_eq!(joined(&texts).unwrap(), r#"[7,{"a":1},7,null,7,"x"]"#);
        assert_eq!(joined(&[]).as_deref(), Some("[]"));
    }

    #[test]
    fn marks_differ() {
        assert_ne!(random_mark(), random_mark());
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

    #[test]
    fn an_array_is_taken_apart_at_its_own_commas() {
        let elements = |json: &'static str| array_elements(json).collect::<Vec<_>>();
        assert_eq!(
            elements(r#"[{"a":[1,2],"b":"],\","},"x,\\",[],1.5,null]"#),
            [
                r#"{"a":[1,2],"b":"],\","}"#,
                r#""x,\\""#,
                "[]",
                "1.5",
                "null"
            ]
        );
        assert!(elements("[]").is_empty());
        assert!(elements("no array").is_empty());
        assert_eq!(elements(r#"["never ends\"#.trim_end()).len(), 0);
    }
}
