//! The properties over the inputs that the fuzzer kept, and over random ones.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::fs;
use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use proptest::prelude::*;

use super::*;

type Property = fn(&[u8]);

const PROPERTIES: [(&str, Property); 3] = [("keys", keys), ("codec", codec), ("paths", paths)];

#[test]
fn every_kept_input_holds() {
    for (name, property) in PROPERTIES {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
        let kept = fs::read_to_string(folder.join(format!("{name}.txt"))).unwrap();
        assert!(!kept.is_empty(), "{name}: the corpus is there");
        for line in kept.lines() {
            // Names the input of a failure: this is shown only then.
            eprintln!("{name}: {line}");
            property(&BASE64_STANDARD.decode(line).unwrap());
        }
    }
}

/// Pieces in which mistakes hide, in any order.
fn odd_input() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        ":",
        "/",
        "\\",
        "?",
        ".",
        "..",
        "\0",
        "%x",
        "%x=",
        "%x+",
        "%x-",
        "41",
        "a",
        "A",
        "é",
        "e\u{301}",
        "con",
        "nul",
        " ",
        "~1",
        ".stowage-tmp-",
        "{\"json\":",
        "}",
        "\"meta\":",
        "[",
        "]",
        "\"",
        "\\\"",
        ",",
        "7",
        "\x1f",
        "null",
        "\u{feff}",
        "\u{202e}",
    ]);
    let pieces = prop::collection::vec(pieces, 0..12);
    prop_oneof![
        3 => pieces.prop_map(|pieces| pieces.concat().into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..64),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn every_random_input_holds(input in odd_input()) {
        PROPERTIES.iter().for_each(|(_, property)| property(&input));
    }
}
