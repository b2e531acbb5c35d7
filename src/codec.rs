//! What native code knows of encoded values: the envelope of superjson text, and no more.

use memchr::memmem;

use crate::value::Value;

/// The envelope of plain values in superjson text.
const ENVELOPE_START: &str = "{\"json\":";
const ENVELOPE_END: &str = "}";

/// The member of the envelope that only rich values have.
const META_MEMBER: &[u8] = b"\"meta\":";

/// Texts of a batch are joined up to this many bytes; beyond, each is handed over by itself.
const MAX_JOINED_BYTES: usize = 64 * 1024 * 1024;

/// Joins the bare values of plain texts to one JSON array, which V8 parses in one go; absent values
/// become `null`. `None` if a value is rich, not text, or the whole would be too long.
///
/// Texts are not parsed here. One that is not what it seems makes the whole invalid JSON or changes
/// the number of elements; the reader must check both and then decode each text by itself.
#[must_use]
pub fn join_plain(values: &[Option<Value>]) -> Option<String> {
    let meta = memmem::Finder::new(META_MEMBER);
    let mut joined = String::with_capacity(values.len() * 64);
    joined.push('[');
    for value in values {
        if joined.len() > 1 {
            joined.push(',');
        }
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

fn bare<'t>(text: &'t str, meta: &memmem::Finder<'_>) -> Option<&'t str> {
    let inner = text
        .strip_prefix(ENVELOPE_START)?
        .strip_suffix(ENVELOPE_END)?;
    meta.find(inner.as_bytes()).is_none().then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(texts: &[Option<&str>]) -> Option<String> {
        let values: Vec<_> = texts.iter().map(|text| text.map(Value::text)).collect();
        join_plain(&values)
    }

    #[test]
    fn plain_texts_become_one_array() {
        let texts = [Some(r#"{"json":{"a":1}}"#), None, Some(r#"{"json":"x"}"#)];
        assert_eq!(joined(&texts).as_deref(), Some(r#"[{"a":1},null,"x"]"#));
        assert_eq!(joined(&[]).as_deref(), Some("[]"));
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
