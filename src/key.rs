//! Keys: normalised once at the edge, then carried in a type that cannot be wrong.
//!
//! A canonical key has segments joined by `:`, no empty segment, no `?`, `/`, `\`. The rules are
//! those of `unstorage`: everything after `?` is dropped, `/` and `\` mean `:`, runs of `:` are one.

use std::borrow::Cow;

use ref_cast::RefCast;

use crate::error::{Error, Kind, Result};

/// Separates the segments of a key.
pub const SEPARATOR: char = ':';

/// The longest key in bytes of UTF-8.
pub const MAX_KEY_BYTES: usize = 64 * 1024;

/// The most segments of a key. Each is a folder for the drivers that keep files, and finding the
/// bottom of a deep tree takes time that grows with the square of its depth.
pub const MAX_KEY_SEGMENTS: usize = 1024;

/// Keys of up to this many bytes cannot have too many segments.
const ORDINARY_BYTES: usize = 2 * MAX_KEY_SEGMENTS - 1;

/// The last character of the key that holds the metadata of another key.
pub const META_SUFFIX: char = '$';

/// A key, usually canonical and relative to the driver it is given to.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash, RefCast)]
#[repr(transparent)]
pub struct Key(str);

impl Key {
    /// Takes a key as it is: for keys that are canonical already, or that a driver's own API was
    /// given literally.
    #[must_use]
    pub fn literal(key: &str) -> &Key {
        Key::ref_cast(key)
    }

    /// The text of the key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True for keys that hold the metadata of another key.
    #[must_use]
    pub fn is_meta(&self) -> bool {
        is_meta(&self.0)
    }

    /// The key that holds this key's metadata.
    #[must_use]
    pub fn meta_key(&self) -> String {
        format!("{}{META_SUFFIX}", &self.0)
    }

    /// The number of separators, which is what `maxDepth` counts.
    #[must_use]
    pub fn depth(&self) -> usize {
        depth(&self.0)
    }
}

/// True for keys that hold the metadata of another key.
#[must_use]
pub fn is_meta(key: &str) -> bool {
    key.ends_with(META_SUFFIX)
}

/// True if `key` starts with `base`, which is empty for everything.
///
/// Asking for emptiness first is no detail: an empty base often has no memory, and comparing no bytes
/// at such an address costs a hundred times as much as comparing some, where `memcmp` uses masked
/// loads.
#[must_use]
pub fn is_below(key: &str, base: &str) -> bool {
    base.is_empty() || key.starts_with(base)
}

/// The least text that is greater than everything that starts with `prefix`; `None` if there is none.
/// The order of characters is that of their bytes in UTF-8.
#[must_use]
pub fn end_of_prefix(prefix: &str) -> Option<String> {
    let mut end = prefix.to_owned();
    while let Some(last) = end.pop() {
        // Between the two ranges of characters lies one of code points that are none.
        let next = match last {
            '\u{d7ff}' => Some('\u{e000}'),
            other => char::from_u32(u32::from(other) + 1),
        };
        if let Some(next) = next {
            end.push(next);
            return Some(end);
        }
    }
    None
}

/// The number of separators in `key`.
#[must_use]
pub fn depth(key: &str) -> usize {
    key.bytes().filter(|byte| *byte == b':').count()
}

/// Brings `input` into canonical form and refuses what no driver may see.
///
/// # Errors
/// `INVALID_KEY` for a `..` segment, a NUL, more than [`MAX_KEY_BYTES`] or [`MAX_KEY_SEGMENTS`].
pub fn normalize(input: &str) -> Result<Cow<'_, str>> {
    if is_ordinary(input) {
        return Ok(Cow::Borrowed(input));
    }
    let key = canonical(input);
    check(&key)?;
    Ok(key)
}

/// Canonical form of a key that a driver lists or reports: never refused, because it exists.
#[must_use]
pub fn canonical(input: &str) -> Cow<'_, str> {
    if is_canonical(input) {
        Cow::Borrowed(input)
    } else {
        Cow::Owned(rewrite(input))
    }
}

/// Canonical form of a base: empty, or a key followed by `:`.
///
/// # Errors
/// As [`normalize`].
pub fn normalize_base(input: &str) -> Result<String> {
    let mut base = normalize(input)?.into_owned();
    if !base.is_empty() {
        base.push(SEPARATOR);
    }
    Ok(base)
}

/// Refuses keys that no driver may see. The key must be canonical.
fn check(key: &str) -> Result<()> {
    if key.len() > MAX_KEY_BYTES {
        let message = format!("Invalid key: longer than {MAX_KEY_BYTES} bytes");
        return Err(Error::new(Kind::InvalidKey, message));
    }
    if key.len() > ORDINARY_BYTES && depth(key) >= MAX_KEY_SEGMENTS {
        let message = format!("Invalid key: more than {MAX_KEY_SEGMENTS} segments");
        return Err(Error::new(Kind::InvalidKey, message));
    }
    if key.as_bytes().contains(&0) {
        return Err(invalid(key, "it must not contain NUL"));
    }
    let mut pairs = key.as_bytes().windows(2);
    if pairs.any(|pair| pair == b"..") && key.split(SEPARATOR).any(|segment| segment == "..") {
        return Err(invalid(key, "it must not contain `..` segments"));
    }
    Ok(())
}

fn invalid(key: &str, reason: &str) -> Error {
    Error::new(Kind::InvalidKey, format!("Invalid key: {key:?}, {reason}")).key(key)
}

/// True for keys that are surely canonical and allowed, which nearly all are. One pass over the bytes
/// that asks everything at once: this runs for every call. Two dots in a row may be part of a name,
/// so such keys are looked at again, as are long ones.
fn is_ordinary(key: &str) -> bool {
    let mut before = b':';
    for byte in key.bytes() {
        match byte {
            0 | b'?' | b'/' | b'\\' => return false,
            b':' | b'.' if byte == before => return false,
            _ => before = byte,
        }
    }
    before != b':' && key.len() <= ORDINARY_BYTES
}

/// True if normalisation would change nothing.
fn is_canonical(key: &str) -> bool {
    let mut after_separator = true;
    for byte in key.bytes() {
        match byte {
            b'?' | b'/' | b'\\' => return false,
            b':' if after_separator => return false,
            _ => after_separator = byte == b':',
        }
    }
    !after_separator || key.is_empty()
}

fn rewrite(input: &str) -> String {
    let path = input.split('?').next().unwrap_or_default();
    let mut key = String::with_capacity(path.len());
    for segment in path
        .split([':', '/', '\\'])
        .filter(|segment| !segment.is_empty())
    {
        if !key.is_empty() {
            key.push(SEPARATOR);
        }
        key.push_str(segment);
    }
    key
}

/// Keys in one allocation, separated by NUL, which no key contains. Cheap to hand to JavaScript.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyList {
    text: String,
    /// Offset after each key, its separator not included.
    ends: Vec<usize>,
}

/// Separates the keys of a [`KeyList`].
pub const LIST_SEPARATOR: char = '\0';

impl KeyList {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key made of two parts, usually a mount point and a key relative to it.
    pub fn push_joined(&mut self, base: &str, key: &str) {
        if !self.ends.is_empty() {
            self.text.push(LIST_SEPARATOR);
        }
        self.text.push_str(base);
        self.text.push_str(key);
        self.ends.push(self.text.len());
    }

    /// Adds a key.
    pub fn push(&mut self, key: &str) {
        self.push_joined("", key);
    }

    /// The number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// True if there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The key at `index`.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&str> {
        let start = match index.checked_sub(1) {
            Some(previous) => self.ends.get(previous)? + 1,
            None => 0,
        };
        self.text.get(start..*self.ends.get(index)?)
    }

    /// The keys in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// All keys in one text, separated by NUL.
    #[must_use]
    pub fn joined(&self) -> &str {
        &self.text
    }
}

impl<'a> FromIterator<&'a str> for KeyList {
    fn from_iter<I: IntoIterator<Item = &'a str>>(keys: I) -> Self {
        let mut list = KeyList::new();
        keys.into_iter().for_each(|key| list.push(key));
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn canonical_keys_are_borrowed() {
        for key in ["", "a", "a:b", "a..:b", "é:ü", "..a", "price$"] {
            assert!(
                matches!(normalize(key), Ok(Cow::Borrowed(same)) if same == key),
                "{key}"
            );
        }
    }

    #[test]
    fn other_spellings_are_rewritten() {
        let cases = [
            ("/a/b/", "a:b"),
            ("a\\b", "a:b"),
            (":a::b:", "a:b"),
            ("a?b=1", "a"),
            ("?", ""),
            ("::", ""),
            ("a:?", "a"),
        ];
        for (input, expected) in cases {
            assert_eq!(normalize(input).ok().as_deref(), Some(expected), "{input}");
        }
    }

    #[test]
    fn keys_that_leave_the_base_are_refused() {
        for key in ["..", "a:..:b", "../x", "a/..", "a\0b"] {
            let error = normalize(key).map(Cow::into_owned).err();
            assert_eq!(
                error.as_ref().map(Error::kind),
                Some(Kind::InvalidKey),
                "{key}"
            );
            assert!(error.is_some_and(|error| error.message().contains("Invalid key")));
        }
        assert!(normalize(&"k".repeat(MAX_KEY_BYTES + 1)).is_err());
        assert!(normalize(&"k".repeat(MAX_KEY_BYTES)).is_ok());
    }

    #[test]
    fn keys_of_too_many_segments_are_refused() {
        let of = |segments: usize| vec!["k"; segments].join(":");
        assert!(normalize(&of(MAX_KEY_SEGMENTS)).is_ok());
        for segments in [MAX_KEY_SEGMENTS + 1, MAX_KEY_BYTES / 2] {
            let refused = normalize(&of(segments)).map(Cow::into_owned).err();
            assert_eq!(refused.map(|error| error.kind()), Some(Kind::InvalidKey));
        }
    }

    #[test]
    fn a_prefix_ends_where_its_last_character_is_raised() {
        assert_eq!(end_of_prefix("a:").as_deref(), Some("a;"));
        assert_eq!(end_of_prefix("a\u{d7ff}").as_deref(), Some("a\u{e000}"));
        assert_eq!(end_of_prefix("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(end_of_prefix("\u{10ffff}"), None);
        assert_eq!(end_of_prefix(""), None);
    }

    #[test]
    fn a_base_ends_with_a_separator_unless_empty() {
        assert_eq!(normalize_base("a/b").ok().as_deref(), Some("a:b:"));
        assert_eq!(normalize_base("/").ok().as_deref(), Some(""));
    }

    proptest! {
        #[test]
        fn ordinary_keys_are_canonical_and_allowed(input in "[a?/\\\\:.\0]{0,8}") {
            if is_ordinary(&input) {
                prop_assert!(is_canonical(&input) && check(&input).is_ok());
            }
        }

        #[test]
        fn normalising_twice_changes_nothing(input in ".*") {
            if let Ok(once) = normalize(&input) {
                prop_assert!(matches!(normalize(&once), Ok(Cow::Borrowed(_))));
            }
        }

        #[test]
        fn a_key_list_returns_what_was_pushed(keys in prop::collection::vec("[^\0]*", 0..20)) {
            let list: KeyList = keys.iter().map(String::as_str).collect();
            prop_assert_eq!(list.iter().collect::<Vec<_>>(), keys);
        }
    }
}
