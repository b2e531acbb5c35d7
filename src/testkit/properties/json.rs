//! Just enough of JSON to judge what the codec makes of it, as the codec itself never parses.

/// How deep values may nest: the recursion must end before the stack does.
const MAX_DEPTH: usize = 64;

/// True if `text` is one JSON value. Numbers and escapes are taken a little more loosely than the
/// standard does: they neither begin nor end anything.
pub(super) fn is_value(text: &str) -> bool {
    value(text.trim_matches(SPACE), 0).is_some_and(str::is_empty)
}

const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// Takes a value off the front of `text` and gives the rest, spaces after it removed.
fn value(text: &str, depth: usize) -> Option<&str> {
    let rest = match text.chars().next()? {
        '"' => string(text)?,
        '[' => items(text, ']', depth, value)?,
        '{' => items(text, '}', depth, member)?,
        _ => scalar(text)?,
    };
    Some(rest.trim_start_matches(SPACE))
}

fn member(text: &str, depth: usize) -> Option<&str> {
    let rest = string(text)?.trim_start_matches(SPACE).strip_prefix(':')?;
    value(rest.trim_start_matches(SPACE), depth)
}

fn items(
    text: &str,
    end: char,
    depth: usize,
    item: fn(&str, usize) -> Option<&str>,
) -> Option<&str> {
    if depth == MAX_DEPTH {
        return None;
    }
    let mut rest = text.get(1..)?.trim_start_matches(SPACE);
    if let Some(after) = rest.strip_prefix(end) {
        return Some(after);
    }
    loop {
        rest = item(rest, depth + 1)?;
        match rest.strip_prefix(',') {
            Some(after) => rest = after.trim_start_matches(SPACE),
            None => return rest.strip_prefix(end),
        }
    }
}

fn string(text: &str) -> Option<&str> {
    let mut characters = text.strip_prefix('"')?.chars();
    loop {
        match characters.next()? {
            '"' => return Some(characters.as_str()),
            '\\' => {
                characters.next()?;
            }
            '\0'..='\x1f' => return None,
            _ => {}
        }
    }
}

fn scalar(text: &str) -> Option<&str> {
    let word = ["null", "true", "false"]
        .iter()
        .find_map(|word| text.strip_prefix(word));
    word.or_else(|| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_number =
            |character: char| matches!(character, '0'..='9' | '.' | 'e' | 'E' | '+' | '-');
        let rest = digits.trim_start_matches(is_number);
        (digits.starts_with(|first: char| first.is_ascii_digit()) && rest.len() < digits.len())
            .then_some(rest)
    })
}

/// A JSON value made from bytes: every input gives one, and every shape has an input.
pub(super) fn make(bytes: &mut impl Iterator<Item = u8>, depth: usize) -> String {
    let parts = |bytes: &mut _, count: u8| -> Vec<String> {
        (0..count % 4).map(|_| make(bytes, depth + 1)).collect()
    };
    match bytes.next().unwrap_or_default() {
        choice @ 0..64 if depth < MAX_DEPTH / 2 => format!("[{}]", parts(bytes, choice).join(",")),
        choice @ 64..128 if depth < MAX_DEPTH / 2 => {
            let members = parts(bytes, choice);
            let members = members
                .iter()
                .map(|value| format!("{}:{value}", name_of(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        choice @ 128..192 => {
            let text: Vec<u8> = bytes.take(usize::from(choice % 16)).collect();
            make_string(&String::from_utf8_lossy(&text))
        }
        choice @ 192..224 => format!("-{choice}.5e+{choice}"),
        choice => ["null", "true", "0"]
            .get(usize::from(choice % 3))
            .copied()
            .unwrap_or("1")
            .to_owned(),
    }
}

/// A name for a member: short, as names that grow with their values would double at each depth.
fn name_of(value: &str) -> String {
    make_string(&value.chars().take(4).collect::<String>())
}

fn make_string(text: &str) -> String {
    let mut string = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => string.extend(['\\', character]),
            '\0'..='\x1f' => string.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => string.push(character),
        }
    }
    string.push('"');
    string
}
