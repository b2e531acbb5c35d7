//! The key parser.

use super::text_of;
use crate::key::{
    KeyList, LIST_SEPARATOR, MAX_KEY_BYTES, SEPARATOR, canonical, is_below, normalize,
    normalize_base,
};

/// Normalisation settles at once, lets nothing through that no driver may see, and refuses
/// nothing else.
///
/// # Panics
/// If that does not hold.
pub fn keys(input: &[u8]) {
    let input = text_of(input);
    let key = canonical(&input);
    assert_eq!(key, by_the_book(&input), "the rules, written plainly");
    assert_eq!(canonical(&key), key, "settled");
    assert!(!key.contains(['?', '/', '\\']));
    assert!(key.is_empty() || key.split(SEPARATOR).all(|segment| !segment.is_empty()));
    let may_pass = key.split(SEPARATOR).all(|segment| segment != "..")
        && !key.contains('\0')
        && key.len() <= MAX_KEY_BYTES;
    let normal = normalize(&input).ok();
    assert_eq!(normal.is_some(), may_pass);
    assert!(normal.as_ref().is_none_or(|normal| *normal == key));
    assert_eq!(
        normalize(&key).ok().as_deref(),
        normal.as_deref(),
        "settled"
    );
    base(&input, normal.as_deref());
    list(&input);
}

fn by_the_book(input: &str) -> String {
    let end = input.find('?').unwrap_or(input.len());
    let unified: String = input
        .chars()
        .take(input.get(..end).map_or(0, |path| path.chars().count()))
        .map(|character| {
            if matches!(character, '/' | '\\') {
                SEPARATOR
            } else {
                character
            }
        })
        .collect();
    let mut key = String::new();
    for character in unified.trim_matches(SEPARATOR).chars() {
        if character != SEPARATOR || !key.ends_with(SEPARATOR) {
            key.push(character);
        }
    }
    key
}

/// A base is nothing, or a key and a separator.
fn base(input: &str, key: Option<&str>) {
    let base = normalize_base(input).ok();
    let expected = key.map(|key| match key {
        "" => String::new(),
        key => format!("{key}{SEPARATOR}"),
    });
    assert_eq!(base, expected);
    if let Some((base, key)) = base.zip(key) {
        assert!(is_below(&format!("{base}x"), &base));
        assert!(
            base.is_empty() || !is_below(key, &base),
            "a key is not below itself"
        );
    }
}

/// A list of keys gives back what it was given.
fn list(input: &str) {
    let parts: Vec<&str> = input.split(LIST_SEPARATOR).collect();
    let list: KeyList = parts.iter().copied().collect();
    assert_eq!(list.joined(), input);
    assert!(list.iter().eq(parts.iter().copied()));
    assert_eq!(list.get(parts.len()), None);
}
