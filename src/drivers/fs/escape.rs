//! One segment of a key as file names, and back.
//!
//! Names that every platform can hold stay as they are, so that other libraries read the same
//! files. In the others, each byte that is in the way becomes `%x` and two upper-case hexadecimal
//! digits. `%x` was chosen over `%` because URL-encoded keys are common and must stay untouched.

use unicode_normalization::is_nfc;

/// Starts an escape. A literal `%x` in a key is always escaped itself.
const INTRODUCER: &str = "%x";

/// Ends the name of a folder that holds the rest of an over-long segment.
pub(super) const CONTINUES: &str = "%x+";

/// Ends the name of a value whose own name is taken by a folder: `a` beside `a:b`.
pub(super) const BESIDE: &str = "%x=";

/// The name of the empty key.
const EMPTY: &str = "%x-";

/// The longest name that common file systems hold, in bytes.
pub(super) const MAX_NAME_BYTES: usize = 255;

/// Names that start so are temporary files of this driver, and never values.
pub(super) const TEMPORARY_PREFIX: &str = ".stowage-tmp-";

/// Which names need an escape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// What some platform cannot hold. For file systems that tell all names apart.
    Portable,
    /// Also what a file system takes for another name: upper case, other Unicode spellings.
    Strict,
}

/// Appends the file names for `segment` to `path`: one, or several joined by `/` if it is long.
pub(super) fn push_segment(path: &mut String, segment: &str, form: Form, beside: bool) {
    let suffix = if beside { BESIDE } else { "" };
    if stands_for_itself(segment, form) {
        path.push_str(segment);
        path.push_str(suffix);
        return;
    }
    let start = path.len();
    push_name(path, segment, form);
    path.push_str(suffix);
    if path.len() - start > MAX_NAME_BYTES {
        path.truncate(start);
        push_pieces(path, segment, form, suffix);
    }
}

/// True for the usual names, which need no escape and fit with any suffix. Others may still turn
/// out to need none; this is only to know at once.
pub(super) fn stands_for_itself(segment: &str, form: Form) -> bool {
    const LONGEST: usize = MAX_NAME_BYTES - BESIDE.len();
    let is_plain = |byte: u8| match byte {
        b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'$' | b'.' | b'@' | b'+' | b'=' | b',' => true,
        b'A'..=b'Z' => form == Form::Portable,
        _ => false,
    };
    (1..=LONGEST).contains(&segment.len())
        && segment.bytes().all(is_plain)
        && !segment.ends_with('.')
        && !is_reserved(segment)
}

/// An over-long segment as folders that continue in the next name.
fn push_pieces(path: &mut String, segment: &str, form: Form, suffix: &str) {
    let mut rest = segment;
    while let Some((piece, after)) = cut(rest, form) {
        push_name(path, piece, form);
        path.push_str(CONTINUES);
        path.push('/');
        rest = after;
    }
    push_name(path, rest, form);
    path.push_str(suffix);
}

/// Splits off a piece that fits a name with its suffix; `None` if all of it fits.
fn cut(text: &str, form: Form) -> Option<(&str, &str)> {
    const ROOM: usize = MAX_NAME_BYTES - CONTINUES.len();
    let mut length = 0;
    for (start, character) in text.char_indices() {
        length += longest(character, form, start == 0);
        if length > ROOM {
            return text.split_at_checked(start);
        }
    }
    None
}

/// The most bytes that a character can take in a name, wherever in it it stands.
fn longest(character: char, form: Form, first: bool) -> usize {
    const ESCAPED_BYTE: usize = INTRODUCER.len() + 2;
    let may_be_escaped = first
        || matches!(character, '.' | ' ' | '%' | '~')
        || is_refused(character)
        || (form == Form::Strict && (character.is_ascii_uppercase() || !character.is_ascii()));
    character.len_utf8() * if may_be_escaped { ESCAPED_BYTE } else { 1 }
}

/// Appends one name.
fn push_name(path: &mut String, text: &str, form: Form) {
    if text.is_empty() {
        path.push_str(EMPTY);
        return;
    }
    let reserved = is_reserved(text);
    // A text that is not in composed form looks the same as its composed twin to some file systems.
    let recompose = form == Form::Strict && !text.is_ascii() && !is_nfc(text);
    let mut rest = text.chars();
    let mut first = true;
    while let Some(character) = rest.next() {
        let last = rest.as_str().is_empty();
        let escape = (first && reserved)
            || (last && matches!(character, '.' | ' '))
            || is_refused(character)
            || (character == '%' && rest.as_str().starts_with(['x', 'X']))
            || (form == Form::Strict && has_twin(character, rest.as_str(), recompose));
        match escape {
            true => push_escaped(path, character),
            false => path.push(character),
        }
        first = false;
    }
}

fn push_escaped(path: &mut String, character: char) {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
    ];
    let mut buffer = [0; 4];
    for byte in character.encode_utf8(&mut buffer).bytes() {
        path.push_str(INTRODUCER);
        let digits = [byte >> 4, byte & 15].map(|half| DIGITS.get(usize::from(half)));
        path.extend(digits.into_iter().flatten());
    }
}

/// Characters that Windows refuses in names, and the separators.
fn is_refused(character: char) -> bool {
    matches!(
        character,
        '\0'..='\x1f' | '\x7f' | '<' | '>' | ':' | '"' | '|' | '?' | '*' | '/' | '\\'
    )
}

/// Names that Windows takes for a device, with any extension, and names of temporary files.
fn is_reserved(text: &str) -> bool {
    const DEVICES: [&str; 7] = ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"];
    let is_temporary = text
        .get(..TEMPORARY_PREFIX.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(TEMPORARY_PREFIX));
    if is_temporary {
        return true;
    }
    // Every device name starts with one of these, which settles nearly all names at once.
    if !text.starts_with(['c', 'C', 'p', 'P', 'a', 'A', 'n', 'N', 'l', 'L']) {
        return false;
    }
    let stem = text.split('.').next().unwrap_or(text).trim_end_matches(' ');
    DEVICES
        .iter()
        .any(|device| stem.eq_ignore_ascii_case(device))
        || is_port(stem)
}

/// `COM1`, `LPT9` and the like; Windows also reads the superscript digits.
fn is_port(stem: &str) -> bool {
    let Some((letters, digit)) = stem.split_at_checked(3) else {
        return false;
    };
    let port = letters.eq_ignore_ascii_case("com") || letters.eq_ignore_ascii_case("lpt");
    let mut digits = digit.chars();
    let first = digits.next();
    port && digits.next().is_none()
        && first.is_some_and(|digit| digit.is_ascii_digit() || matches!(digit, '¹' | '²' | '³'))
}

/// True if some file system takes a name with this character for a name without it.
fn has_twin(character: char, rest: &str, recompose: bool) -> bool {
    if character.is_ascii() {
        // `~1` ends the short names that Windows makes up for long ones.
        let short_name = character == '~' && rest.starts_with(|next: char| next.is_ascii_digit());
        return character.is_ascii_uppercase() || short_name;
    }
    recompose || is_ignorable(character) || !is_fold_stable(character)
}

/// True if the character is what all ways of ignoring case leave alone.
fn is_fold_stable(character: char) -> bool {
    let upper = character.to_uppercase();
    let back = upper.flat_map(char::to_lowercase);
    back.eq([character]) && character.to_lowercase().eq([character])
}

/// Characters that Unicode calls default-ignorable: some file systems skip them.
fn is_ignorable(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// True if the text may hold an escape. Everything else stands for itself.
pub(super) fn has_escape(text: &str) -> bool {
    text.contains(INTRODUCER)
}

/// The text of one name without its suffix, escapes resolved; `None` if it is not UTF-8 then.
pub(super) fn unescape(name: &str) -> Option<String> {
    if name == EMPTY {
        return Some(String::new());
    }
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once(INTRODUCER) {
        bytes.extend_from_slice(before.as_bytes());
        let digits = after.get(..2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = after.get(2..)?;
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).ok()
}

/// True for names of temporary files of this driver: they are no values and are never reported.
#[must_use]
pub fn is_temporary(name: &str) -> bool {
    name.starts_with(TEMPORARY_PREFIX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_name_that_stands_for_itself_needs_no_escape(
            name in "[a-zA-Z0-9$_.@+=,~%: -]{1,6}|(con|com1|aux|clock\\$|\\.stowage-tmp-)[.1x]?|[a-z]{250,255}"
        ) {
            for form in [Form::Portable, Form::Strict] {
                let mut written = String::new();
                push_name(&mut written, &name, form);
                prop_assert!(!stands_for_itself(&name, form) || written == name);
            }
        }
    }

    #[test]
    fn usual_names_are_known_at_once() {
        for name in ["a", "user-1", "settings.json", "k$", "0"] {
            assert!(stands_for_itself(name, Form::Strict), "{name}");
        }
        assert!(stands_for_itself("userName", Form::Portable));
        for name in ["", ".", "con", "a.", "a b", "%x", "userName"] {
            assert!(!stands_for_itself(name, Form::Strict), "{name}");
        }
        assert!(!stands_for_itself(&"n".repeat(253), Form::Portable));
    }
}
