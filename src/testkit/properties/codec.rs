//! The native side of the codec, which handles JSON without parsing it.

use super::{json, text_of};
use crate::codec::{array_elements, bare_json, enclose, join_plain};
use crate::value::{Text, Value};

/// Ends a text in the input, and with it separates several: no stored text contains it unescaped.
const END: char = '\x1f';

/// Whatever was stored, taking it out of its envelope and joining it with others never panics, and
/// what was joined comes apart as it was.
///
/// # Panics
/// If that does not hold.
pub fn codec(input: &[u8]) {
    let text = text_of(input);
    envelope(&text);
    elements_of_anything(&text);
    corrupt_texts_never_complete_each_other(&text);
    valid_values_come_back(input);
}

fn envelope(text: &str) {
    let enclosed = enclose(text);
    let is_plain = !text.contains("\"meta\":");
    assert_eq!(bare_json(enclosed.as_str()), is_plain.then_some(text));
    if let Some(bare) = bare_json(text) {
        assert_eq!(enclose(bare).as_str(), text);
    }
}

/// Also of what is no array: elements are pieces of the text, in order.
fn elements_of_anything(text: &str) {
    for text in [text, &format!("[{text}]")] {
        let elements: Vec<&str> = array_elements(text).collect();
        let inner = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        assert!(inner.unwrap_or_default().starts_with(&elements.join(",")));
    }
}

/// If a reader finds the mark where it must be, every text was valid by itself.
fn corrupt_texts_never_complete_each_other(text: &str) {
    let bare: Vec<&str> = text.split(END).collect();
    let mark = unknown_mark(text);
    let Some(joined) = join(&bare, &mark) else {
        return;
    };
    if !json::is_value(&joined) {
        return;
    }
    let elements: Vec<&str> = array_elements(&joined).collect();
    let own_mark = mark.trim_end_matches(',');
    let is_marked = elements.len() == 2 * bare.len()
        && elements
            .iter()
            .step_by(2)
            .all(|element| *element == own_mark);
    if is_marked {
        assert!(elements.iter().skip(1).step_by(2).eq(bare.iter()));
        assert!(bare.iter().all(|bare| json::is_value(bare)));
    }
}

/// A number that the texts do not know, as a random one is not known to what was stored.
fn unknown_mark(text: &str) -> String {
    let mut mark = 7_u64;
    while text.contains(&mark.to_string()) {
        mark = mark.wrapping_mul(31) + 1;
    }
    format!("{mark},")
}

fn join(bare: &[&str], mark: &str) -> Option<String> {
    let values: Vec<Option<Value>> = bare
        .iter()
        .map(|bare| Some(Value::Text(enclose(bare))))
        .collect();
    let mut joined = String::from("left over");
    join_plain(&values, mark, &mut joined).then_some(joined)
}

fn valid_values_come_back(input: &[u8]) {
    let mut bytes = input.iter().copied().take(super::MAX_INPUT_BYTES);
    let count = usize::from(bytes.next().unwrap_or_default() % 8);
    let values: Vec<String> = (0..count).map(|_| json::make(&mut bytes, 0)).collect();
    let whole = format!("[{}]", values.join(","));
    assert!(json::is_value(&whole), "{whole}");
    assert!(array_elements(&whole).eq(values.iter().map(String::as_str)));
    let bare: Vec<&str> = values.iter().map(String::as_str).collect();
    let is_plain = bare
        .iter()
        .all(|bare| bare_json(Text::as_str(&enclose(bare))).is_some());
    let joined = join(&bare, "7,");
    assert_eq!(joined.is_some(), is_plain);
    if let Some(joined) = joined {
        let expected = bare.iter().flat_map(|bare| ["7", bare]);
        assert!(array_elements(&joined).eq(expected), "{joined}");
    }
}
