//! Keys as paths below the base, and back. Pure: nothing here touches the disk.
//!
//! `a:b` is `a/b`. A key has one preferred path per [`Form`], the same with the suffix that lets a
//! value stand beside a folder of its own name, and the literal path, under which another library
//! may have stored it. A path belongs to one key at most; [`key_of`] is the inverse of all of them.

use std::iter;

use super::escape::{
    BESIDE, CONTINUES, Form, MAX_NAME_BYTES, has_escape, is_temporary, push_segment,
    stands_for_itself, unescape,
};
use crate::key::{MAX_KEY_BYTES, MAX_KEY_SEGMENTS, SEPARATOR, normalize};

/// The fewest bytes of an over-long segment that one folder takes: four for each byte that is
/// escaped, in a name of 255 with its suffix.
const MIN_PIECE_BYTES: usize = 59;

/// The deepest folder that can hold a key: a tree that is deeper was not made by this driver, and
/// walking it could take for ever.
pub(super) const MAX_FOLDERS: usize = MAX_KEY_SEGMENTS + MAX_KEY_BYTES / MIN_PIECE_BYTES;

/// The path of `key` in the given form.
pub(super) fn path_of(key: &str, form: Form) -> String {
    build(key, form, false)
}

/// The path of `key` when a folder holds its own name.
pub(super) fn path_beside(key: &str, form: Form) -> String {
    build(key, form, true)
}

fn build(key: &str, form: Form, beside: bool) -> String {
    let mut path = String::with_capacity(key.len() + BESIDE.len());
    let mut segments = key.split(SEPARATOR).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        push_segment(&mut path, segment, form, beside && last);
        if !last {
            path.push('/');
        }
    }
    path
}

/// Every path under which `key` may be stored, in the order in which they count. Each is put
/// together when it is asked for: mostly the first is enough.
pub(super) fn paths(key: &str, form: Form) -> impl Iterator<Item = String> {
    iter::once_with(move || path_of(key, form))
        .chain(iter::once_with(move || alternatives(key, form)).flatten())
}

/// Every path under which `key` may be stored except the preferred one, in the order in which they
/// count.
pub(super) fn alternatives(key: &str, form: Form) -> Vec<String> {
    // All forms agree on such a key.
    let is_simple = |segment| stands_for_itself(segment, Form::Strict);
    if key.split(SEPARATOR).all(is_simple) {
        return vec![path_beside(key, form)];
    }
    let other = match form {
        Form::Portable => Form::Strict,
        Form::Strict => Form::Portable,
    };
    let mut paths = vec![path_of(key, form), path_beside(key, form)];
    // The form in which a tree that was copied from another system may hold the key.
    add(&mut paths, path_of(key, other));
    add(&mut paths, path_beside(key, other));
    if let Some(literal) = literal_path(key) {
        add(&mut paths, literal);
    }
    paths.remove(0);
    paths
}

fn add(paths: &mut Vec<String>, path: String) {
    if !paths.contains(&path) {
        paths.push(path);
    }
}

/// The folders that may hold keys below `key`, the preferred one first.
pub(super) fn folders(key: &str, form: Form) -> Vec<String> {
    let mut paths = vec![path_of(key, form)];
    for other in [Form::Portable, Form::Strict] {
        add(&mut paths, path_of(key, other));
    }
    if let Some(literal) = literal_folder(key) {
        add(&mut paths, literal);
    }
    paths
}

/// The path under which a library without escapes stores `key`, unless it stands for another key.
fn literal_path(key: &str) -> Option<String> {
    let path = literal_folder(key)?;
    (!has_escape(&path) || key_of(&path).as_deref() == Some(key)).then_some(path)
}

fn literal_folder(key: &str) -> Option<String> {
    let usable = |segment: &str| {
        !matches!(segment, "" | "." | "..")
            && segment.len() <= MAX_NAME_BYTES
            && !is_temporary(segment)
            && !segment.contains(['/', '\\', '?', '\0'])
    };
    if !key.split(SEPARATOR).all(usable) {
        return None;
    }
    // Windows opens devices, streams and shortened names under names that need an escape.
    if cfg!(windows) && !is_plain(key) {
        return None;
    }
    Some(key.replace(SEPARATOR, "/"))
}

/// True if the portable path of the key is the key itself.
fn is_plain(key: &str) -> bool {
    path_of(key, Form::Portable) == key.replace(SEPARATOR, "/")
}

/// The key whose value `path` holds; `None` if no key can have this path.
pub(super) fn key_of(path: &str) -> Option<String> {
    let escaped = if has_escape(path) {
        escaped_key(path)
    } else {
        None
    };
    escaped.or_else(|| literal_key(path))
}

/// The key of a path that this driver wrote: it must come out the same when written again.
fn escaped_key(path: &str) -> Option<String> {
    let (stem, beside) = match path.strip_suffix(BESIDE) {
        Some(stem) => (stem, true),
        None => (path, false),
    };
    let mut key = String::with_capacity(stem.len());
    let mut names = stem.split('/').peekable();
    while let Some(name) = names.next() {
        let (name, continues) = match name.strip_suffix(CONTINUES) {
            Some(name) => (name, true),
            None => (name, false),
        };
        key.push_str(&unescape(name)?);
        if !continues && names.peek().is_some() {
            key.push(SEPARATOR);
        }
    }
    let same = |form| build(&key, form, beside) == path;
    (is_canonical(&key) && (same(Form::Portable) || same(Form::Strict))).then_some(key)
}

fn literal_key(path: &str) -> Option<String> {
    if path.contains([SEPARATOR, '\\', '?']) || path.split('/').any(is_no_name) {
        return None;
    }
    let key = path.replace('/', ":");
    is_canonical(&key).then_some(key)
}

fn is_no_name(name: &str) -> bool {
    name.is_empty() || name == "." || is_temporary(name)
}

fn is_canonical(key: &str) -> bool {
    normalize(key).is_ok_and(|same| same == key)
}

/// How many separators a key directly in this folder has: an over-long segment takes several
/// folders but counts once.
pub(super) fn depth_in(folder: &str) -> usize {
    folder
        .split('/')
        .filter(|name| !name.is_empty() && !name.ends_with(CONTINUES))
        .count()
}

/// True if no key can be in this folder, because there are too many above it.
pub(super) fn is_too_deep(folder: &str) -> bool {
    // A path of few bytes cannot have that many names.
    folder.len() > MAX_FOLDERS && folder.matches('/').count() >= MAX_FOLDERS
}

#[cfg(test)]
#[path = "path_tests.rs"]
mod tests;
