//! Guesses which new files will vanish at once.
//!
//! Programs that save by writing a temporary file and renaming it would otherwise be reported twice:
//! once for a name that is gone when anybody reads it. A wrong guess costs a little time, never a
//! report.

use std::time::Duration;

use super::snapshot::Snapshot;

/// How long any new file is held back: longer than the gap between a close and a rename in one
/// program, short enough that nobody notices.
pub(super) const NEW_FILE_HOLD: Duration = Duration::from_micros(500);

/// How long a new file is held back whose name looks temporary.
pub(super) const TEMPORARY_HOLD: Duration = Duration::from_millis(50);

/// Ends of names that editors, downloaders and libraries give to unfinished files.
const SUFFIXES: &[&str] = &[
    "~",
    "#",
    ".temp",
    ".swp",
    ".swx",
    ".part",
    ".partial",
    ".crdownload",
    ".download",
    ".new",
];

/// Beginnings of such names.
const PREFIXES: &[char] = &['.', '~', '#'];

/// The name under which vim tests whether it may create files.
const VIM_TEST_FILE: &str = "4913";

/// What separates the name of a file from what a program appends for its temporary twin.
const SEPARATORS: &[char] = &['.', '-', '_', '~', '#', '!', '@'];

/// How long to wait before the new file `path` is reported.
pub(super) fn hold(path: &str, known: &Snapshot) -> Duration {
    let start = path.rfind('/').map_or(0, |slash| slash + 1);
    let (folder, name) = path.split_at_checked(start).unwrap_or(("", path));
    if looks_temporary(name) || extends_a_sibling(folder, name, known) {
        TEMPORARY_HOLD
    } else {
        NEW_FILE_HOLD
    }
}

fn looks_temporary(name: &str) -> bool {
    name.starts_with(PREFIXES)
        || SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
        || name.to_ascii_lowercase().contains("tmp")
        || name == VIM_TEST_FILE
}

/// True for `a.json.1234` where `a.json` exists: the twin of a file that is about to be replaced.
fn extends_a_sibling(folder: &str, name: &str, known: &Snapshot) -> bool {
    let mut candidate = String::with_capacity(folder.len() + name.len());
    name.match_indices(SEPARATORS)
        .filter(|(end, _)| *end > 0)
        .any(|(end, _)| {
            candidate.clear();
            candidate.push_str(folder);
            candidate.push_str(name.get(..end).unwrap_or(name));
            known.contains(&candidate)
        })
}

#[cfg(test)]
mod tests {
    use super::super::snapshot::Known;
    use super::*;

    #[test]
    fn names_that_look_temporary_are_held_longer() {
        let mut known = Snapshot::new(9);
        assert!(known.insert("dir/a.json", Known::default()));
        let temporary = [
            "dir/a.json.1234567",
            "dir/a.json~",
            "dir/.a.json.swp",
            "dir/a.json-9f3",
            "x.tmp",
            "tmp8d_2k1",
            "dir/b.json.tmp-12",
            ".goutputstream-XY",
            "#a#",
            "4913",
            "movie.part",
        ];
        for path in temporary {
            assert_eq!(hold(path, &known), TEMPORARY_HOLD, "{path}");
        }
        for path in [
            "dir/b.json",
            "a.json.1",
            "dir/a",
            "49131",
            "dir/a.json$",
            "new",
            "é.json",
        ] {
            assert_eq!(hold(path, &known), NEW_FILE_HOLD, "{path}");
        }
    }
}
