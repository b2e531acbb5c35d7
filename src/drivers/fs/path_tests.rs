use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization as _;

use super::*;

/// What the strictest known file system takes for the same name.
fn folded(path: &str) -> String {
    let decomposed: String = path.nfd().collect();
    let upper: String = decomposed.chars().flat_map(char::to_uppercase).collect();
    let lower: String = upper.chars().flat_map(char::to_lowercase).collect();
    lower.nfd().collect()
}

fn all_paths(key: &str, form: Form) -> Vec<String> {
    let mut paths = vec![path_of(key, form)];
    paths.extend(alternatives(key, form));
    paths
}

#[test]
fn portable_names_are_untouched() {
    for key in [
        "a",
        "a:b",
        "Readme",
        "a b",
        ".hidden",
        "a.json",
        "é",
        "日本語",
        "price$",
        "x..y",
        "..a",
        "https%3A%2F%2Fexample.org%2Fa%20b",
        "100%",
        "%41",
        "~1",
        "a%2A",
        "-",
        "__proto__",
        "consul",
        "com10",
        "comb",
        "console.log",
        "#!@^&(),;='[]{}`+",
        "e\u{301}",
    ] {
        assert_eq!(path_of(key, Form::Portable), key.replace(':', "/"));
    }
    let long = "k".repeat(MAX_NAME_BYTES);
    assert_eq!(path_of(&long, Form::Portable), long);
}

#[test]
fn names_that_some_platform_refuses_are_escaped() {
    for (key, path) in [
        ("CON", "%x43ON"),
        ("nul", "%x6Eul"),
        ("nul.txt", "%x6Eul.txt"),
        ("con .x", "%x63on .x"),
        ("COM1", "%x43OM1"),
        ("lpt²", "%x6Cpt²"),
        ("a.", "a%x2E"),
        ("trail ", "trail%x20"),
        (".", "%x2E"),
        ("a<b", "a%x3Cb"),
        ("a\u{1}", "a%x01"),
        ("%x41", "%x25x41"),
        ("%X41", "%x25X41"),
        ("a%x=", "a%x25x="),
        ("", "%x-"),
        (".stowage-tmp-1", "%x2Estowage-tmp-1"),
        (".STOWAGE-TMP-1", "%x2ESTOWAGE-TMP-1"),
        ("a.:b", "a%x2E/b"),
    ] {
        assert_eq!(path_of(key, Form::Portable), path);
        assert_eq!(key_of(path).as_deref(), Some(key));
    }
    assert_eq!(path_of("Readme", Form::Strict), "%x52eadme");
    assert_eq!(path_of("e\u{301}", Form::Strict), "e%xCC%x81");
    assert_eq!(path_beside("a:b", Form::Portable), "a/b%x=");
}

#[test]
fn long_segments_are_split_into_folders_that_fit() {
    for key in [
        "k".repeat(300),
        "é".repeat(300),
        "*".repeat(300),
        "a".repeat(254) + ":b",
    ] {
        for form in [Form::Portable, Form::Strict] {
            for path in all_paths(&key, form) {
                assert!(
                    path.split('/').all(|name| name.len() <= MAX_NAME_BYTES),
                    "{path}"
                );
                assert_eq!(key_of(&path).as_ref(), Some(&key), "{path}");
            }
        }
    }
    assert_eq!(depth_in(&format!("a/{}{CONTINUES}", "k".repeat(252))), 1);
}

#[test]
fn a_literal_file_of_another_library_keeps_its_key() {
    for key in ["CON", "a.", "trail ", "a<b", "%xZZ", "a%x=b"] {
        assert!(
            alternatives(key, Form::Portable).contains(&key.to_owned()) || cfg!(windows),
            "{key}"
        );
        assert_eq!(key_of(key).as_deref(), Some(key));
    }
    // Names that this driver writes for another key are not that library's.
    assert_eq!(key_of("a%x2A").as_deref(), Some("a*"));
    assert_eq!(key_of("%x41").as_deref(), Some("A"));
    assert!(!alternatives("a%x2A", Form::Portable).contains(&"a%x2A".to_owned()));
}

#[test]
fn names_that_no_key_has_are_no_keys() {
    for path in [
        "a?b",
        "a:b",
        "a\\b",
        ".stowage-tmp-1-2-3",
        "a/.stowage-tmp-1",
        "./a",
        "a//b",
    ] {
        assert_eq!(key_of(path), None, "{path}");
    }
}

/// Segments from the characters where mistakes hide.
fn segment() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        "%x",
        "%x4",
        "1",
        "=",
        "+",
        "-",
        "%",
        "x",
        "X",
        "A",
        "a",
        ".",
        " ",
        "~",
        "é",
        "e\u{301}",
        "É",
        "ß",
        "ẞ",
        "ς",
        "σ",
        "Σ",
        "ſ",
        "s",
        "K",
        "k",
        "İ",
        "i",
        "\u{200b}",
        "CON",
        "con",
        "<",
        "\u{7}",
        "nul",
        "ǅ",
        "ŉ",
        "µ",
        "μ",
        "가",
        "\u{1100}\u{1161}",
        ".stowage-tmp-",
        "Ω",
        "ω",
    ]);
    let long = (
        prop::sample::select(vec!["a", "B", "é", "%x", "*", "."]),
        80_usize..400,
    );
    prop_oneof![
        8 => prop::collection::vec(odd, 1..6).prop_map(|parts| parts.concat()),
        2 => "[^:/?\\\\\0]{1,12}",
        1 => long.prop_map(|(text, count)| text.repeat(count)),
    ]
    .prop_filter("a segment that keys refuse", |segment| segment != "..")
}

fn key() -> impl Strategy<Value = String> {
    prop::collection::vec(segment(), 1..4).prop_map(|segments| segments.join(":"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn every_path_of_a_key_leads_back_to_it(key in key()) {
        for form in [Form::Portable, Form::Strict] {
            for path in all_paths(&key, form) {
                prop_assert_eq!(key_of(&path), Some(key.clone()), "{}", path);
            }
        }
    }

    #[test]
    fn names_fit_every_platform(key in key()) {
        for name in [path_of(&key, Form::Portable), path_beside(&key, Form::Strict)]
            .iter().flat_map(|path| path.split('/'))
        {
            prop_assert!(!name.is_empty() && name.len() <= MAX_NAME_BYTES);
            prop_assert!(!name.ends_with(['.', ' ']) && !is_temporary(name));
            prop_assert!(!name.contains(['<', '>', ':', '"', '|', '?', '*', '\\', '\0']));
            prop_assert!(!name.contains(|character: char| character.is_ascii_control()));
        }
    }

    #[test]
    fn strict_paths_differ_also_without_case_and_spelling(one in key(), other in key()) {
        let paths = |key: &str| [path_of(key, Form::Strict), path_beside(key, Form::Strict)];
        if one != other {
            for (left, right) in paths(&one).iter().flat_map(|left| {
                paths(&other).map(|right| (left.clone(), right))
            }) {
                prop_assert_ne!(folded(&left), folded(&right));
            }
        }
    }

    #[test]
    fn twins_differ_in_strict_form(segment in segment()) {
        let twins = [segment.to_uppercase(), segment.to_lowercase(), segment.nfc().collect(), segment.nfd().collect()];
        for twin in twins.iter().filter(|twin| **twin != segment) {
            let (one, other) = (path_of(&segment, Form::Strict), path_of(twin, Form::Strict));
            prop_assert_ne!(folded(&one), folded(&other));
        }
    }

    #[test]
    fn foreign_names_never_crash_and_never_share_a_key_with_an_escaped_one(path in "[a-cA-C%x0-9=+./ -]{1,24}") {
        if let Some(key) = key_of(&path) {
            prop_assert!(all_paths(&key, Form::Portable).contains(&path) || literal_folder(&key).as_ref() == Some(&path));
        }
    }

    #[test]
    fn a_folder_never_takes_the_path_of_a_value(one in key(), other in segment()) {
        // The value of `one` and the folder of `one:other` are told apart by the suffix at the end.
        let below = path_of(&format!("{one}:{other}"), Form::Portable);
        let beside = path_beside(&one, Form::Portable) + "/";
        prop_assert!(!below.starts_with(&beside));
    }
}

#[test]
fn no_key_is_deeper_than_a_walk_goes() {
    for (text, length) in [("a", 1), ("A", 1), ("?", 1), (".", 1), ("é", 2), ("😀", 4)] {
        let long = text.repeat((MAX_KEY_BYTES - 2 * MAX_KEY_SEGMENTS) / length);
        let key = format!("{}{long}", "d:".repeat(MAX_KEY_SEGMENTS - 1));
        for form in [Form::Portable, Form::Strict] {
            let path = path_of(&key, form);
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            assert!(!is_too_deep(folder), "{text:?} in {form:?}");
        }
    }
    assert!(is_too_deep(&vec!["%x+"; MAX_FOLDERS + 1].join("/")));
}
