//! What must hold for every key and every path, for tests and fuzzing.

use super::escape::{CONTINUES, Form, MAX_NAME_BYTES, is_temporary};
use super::path::{folders, key_of, path_of, paths as paths_of};
use crate::key::normalize;
use crate::testkit::properties::text_of;

const FORMS: [Form; 2] = [Form::Portable, Form::Strict];

/// A key's paths stay below the base and lead back to it alone; a path that leads to a key is one
/// under which the key is looked for.
///
/// # Panics
/// If that does not hold.
pub fn paths(input: &[u8]) {
    let input = text_of(input);
    if let Ok(key) = normalize(&input) {
        FORMS.iter().for_each(|form| paths_of_key(&key, *form));
    }
    if is_path(&input) {
        key_of_path(&input);
    }
}

fn paths_of_key(key: &str, form: Form) {
    for path in paths_of(key, form) {
        assert!(is_path(&path), "{path:?} stays below the base");
        // So no two keys share a path.
        assert_eq!(key_of(&path).as_deref(), Some(key), "{path:?}");
    }
    for folder in folders(key, form) {
        assert!(is_path(&folder), "{folder:?} stays below the base");
    }
    let preferred = path_of(key, form);
    assert_eq!(preferred, path_of(key, form), "the same every time");
    assert!(
        !preferred.ends_with(CONTINUES),
        "a value is not where it goes on"
    );
}

fn key_of_path(path: &str) {
    let Some(key) = key_of(path) else {
        return;
    };
    assert_eq!(
        normalize(&key).ok().as_deref(),
        Some(&*key),
        "a key as keys are"
    );
    for form in FORMS {
        assert!(
            paths_of(&key, form).any(|looked_at| looked_at == path),
            "{key:?} is listed and not found at {path:?}"
        );
    }
}

/// True for paths that a file system could show below a folder.
fn is_path(path: &str) -> bool {
    path.split('/').all(|name| {
        (1..=MAX_NAME_BYTES).contains(&name.len())
            && !matches!(name, "." | "..")
            && !name.contains('\0')
            && !is_temporary(name)
    })
}
