use proptest::prelude::*;

use super::*;

#[test]
fn a_value_beneath_a_value_is_absent() {
    let fixture = Fixture::new();
    fixture.set("a", "1");
    assert_eq!(fixture.get("a:b"), None);
    assert!(!fixture.has("a:b"));
    fixture.remove("a:b");
    assert_eq!(fixture.get("a").as_deref(), Some("1"));
}

#[test]
fn a_folder_is_not_a_value() {
    let fixture = Fixture::new();
    fixture.set("a:b", "1");
    assert!(!fixture.has("a"));
    assert_eq!(fixture.get("a"), None);
    fixture.remove("a");
    assert_eq!(fixture.get("a:b").as_deref(), Some("1"));
}

#[test]
fn a_value_and_a_folder_of_one_name_live_side_by_side() {
    for atomic in [true, false] {
        for order in [["a", "a:b"], ["a:b", "a"]] {
            let fixture = Fixture::with(|options| options.atomic = atomic);
            for (index, key) in order.iter().enumerate() {
                fixture.set(key, &index.to_string());
            }
            for (index, key) in order.iter().enumerate() {
                assert_eq!(fixture.get(key), Some(index.to_string()), "{order:?}");
                assert!(fixture.has(key));
                fixture.set(key, "new");
                assert_eq!(fixture.get(key).as_deref(), Some("new"));
            }
            assert_eq!(fixture.keys(""), ["a", "a:b"]);
            assert_eq!(fixture.keys("a:"), ["a:b"]);
            fixture.remove("a");
            assert_eq!(
                (fixture.get("a"), fixture.get("a:b").as_deref()),
                (None, Some("new"))
            );
            assert_eq!(fixture.keys(""), ["a:b"]);
            fixture.set("a", "again");
            fixture.remove("a:b");
            assert_eq!(fixture.keys(""), ["a"]);
            assert_eq!(fixture.get("a").as_deref(), Some("again"));
            fixture.remove("a");
            assert_eq!(fixture.files(), Vec::<String>::new());
        }
    }
}

#[test]
fn a_value_of_the_longest_name_makes_way_for_a_folder() {
    let fixture = Fixture::new();
    let long = "n".repeat(255);
    fixture.set(&long, "1");
    assert_eq!(fixture.files(), [long.as_str()]);
    fixture.set(&format!("{long}:b"), "2");
    assert_eq!(fixture.get(&long).as_deref(), Some("1"));
    assert_eq!(fixture.get(&format!("{long}:b")).as_deref(), Some("2"));
    assert_eq!(fixture.keys(""), [long.clone(), format!("{long}:b")]);
}

#[test]
fn deep_chains_of_values_and_folders_hold() {
    let fixture = Fixture::new();
    let keys = ["a:b:c:d", "a", "a:b:c", "a:b", "a:b:x"];
    for key in keys {
        fixture.set(key, key);
    }
    for key in keys {
        assert_eq!(fixture.get(key).as_deref(), Some(key));
    }
    let mut sorted = strings(&keys);
    sorted.sort();
    assert_eq!(fixture.keys(""), sorted);
    fixture.clear("a:b:").unwrap();
    assert_eq!(fixture.keys(""), ["a", "a:b"]);
    fixture.clear("").unwrap();
    assert_eq!(fixture.files(), Vec::<String>::new());
}

/// Paths beyond the system's limit need descriptors to walk from.
#[cfg(all(unix, not(stowage_plain_files)))]
#[test]
fn long_keys_are_absent_and_can_be_stored() {
    let fixture = Fixture::new();
    let keys = [
        "k".repeat(300),
        "é".repeat(1_000),
        vec!["segment".repeat(10); 100].join(":"),
        "k".repeat(crate::key::MAX_KEY_BYTES),
        "*".repeat(9_000),
    ];
    for key in &keys {
        assert_eq!(fixture.get(key), None);
        fixture.set(key, "v");
        assert_eq!(fixture.get(key).as_deref(), Some("v"));
        assert!(fixture.keys("").contains(key));
    }
    for key in &keys {
        fixture.remove(key);
    }
    assert_eq!(fixture.files(), Vec::<String>::new());
}

#[test]
fn hostile_keys_stay_below_the_base() {
    let fixture = Fixture::new();
    for key in [
        "..",
        "a:..:b",
        "../x",
        "..\\x",
        "a\0b",
        "/../x",
        "a/../../x",
    ] {
        assert_eq!(fixture.get_error(key).kind(), Kind::InvalidKey, "{key}");
        assert_eq!(
            fixture.try_set(key, "1").unwrap_err().kind(),
            Kind::InvalidKey,
            "{key}"
        );
        assert_eq!(
            fixture.try_remove(key).unwrap_err().kind(),
            Kind::InvalidKey,
            "{key}"
        );
    }
    let odd = [
        "%2e%2e",
        "....",
        "C:..x",
        "...",
        ".",
        "a:.:b",
        "file:stream",
        "\u{202e}rtl",
        "zero\u{200b}width",
        "__proto__",
        "constructor",
        "~",
        "-rf",
        "\u{1}",
        "PROGRA~1",
        "v1..",
        "notes:v1..",
        " ",
        "a ",
        "%x",
        "%x=",
    ];
    for key in odd {
        fixture.set(key, key);
    }
    for key in odd {
        assert_eq!(fixture.get(key).as_deref(), Some(key));
    }
    assert_eq!(fixture.keys("").len(), odd.len());
    assert_eq!(fs::read_dir(fixture.folder.path()).unwrap().count(), 1);
}

#[test]
fn keys_that_some_platform_confuses_are_distinct_on_all() {
    for fixture in [Fixture::new(), Fixture::strict()] {
        let keys = [
            "Readme", "readme", "README", "é", "e\u{301}", "É", "CON", "con", "nul", "NUL.txt",
            "a.", "a", "a..", "trail", "trail ", "ß", "ss", "Folder:x", "folder:x",
        ];
        for key in keys {
            fixture.set(key, key);
        }
        for key in keys {
            assert_eq!(fixture.get(key).as_deref(), Some(key));
        }
        let mut sorted = strings(&keys);
        sorted.sort();
        assert_eq!(fixture.keys(""), sorted);
        for key in keys {
            fixture.remove(key);
            assert!(!fixture.has(key));
        }
        assert_eq!(fixture.files(), Vec::<String>::new());
    }
}

#[test]
fn the_empty_key_is_a_key() {
    let fixture = Fixture::new();
    assert_eq!(fixture.get(""), None);
    fixture.set("", "v");
    assert_eq!(fixture.get("").as_deref(), Some("v"));
    fixture.remove("");
    assert_eq!(fixture.get(""), None);
}

#[test]
fn spellings_of_a_key_meet() {
    let fixture = Fixture::new();
    fixture.set("/a\\b/", "1");
    assert_eq!(fixture.files(), ["a/b"]);
    assert_eq!(fixture.get("a:b?x=1").as_deref(), Some("1"));
}

fn key() -> impl Strategy<Value = String> {
    let segment = prop::sample::select(vec![
        "a", "b", "A", "%x=", "CON", "x.", "é", "e\u{301}", "%x41",
    ]);
    prop::collection::vec(segment, 1..4).prop_map(|segments| segments.join(":"))
}

#[derive(Clone, Debug)]
enum Step {
    Set(String, u8),
    Remove(String),
    Clear(String),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (key(), any::<u8>()).prop_map(|(key, value)| Step::Set(key, value)),
        3 => key().prop_map(Step::Remove),
        1 => key().prop_map(|key| Step::Clear(key + ":")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_sequence_of_changes_leaves_what_a_map_would_hold(
        steps in prop::collection::vec(step(), 1..40), strict: bool, atomic: bool,
    ) {
        let fixture = Fixture::with(|options| options.atomic = atomic);
        if strict { fixture.driver.store.assume_twins(); }
        let mut model = std::collections::BTreeMap::new();
        for step in steps {
            match step {
                Step::Set(key, value) => {
                    fixture.set(&key, &value.to_string());
                    model.insert(key, value.to_string());
                }
                Step::Remove(key) => {
                    fixture.remove(&key);
                    model.remove(&key);
                }
                Step::Clear(base) => {
                    fixture.clear(&base).unwrap();
                    model.retain(|key, _| !key.starts_with(&base));
                }
            }
            prop_assert_eq!(fixture.keys(""), model.keys().cloned().collect::<Vec<_>>());
        }
        for (key, value) in &model {
            prop_assert_eq!(fixture.get(key), Some(value.clone()));
        }
        fixture.clear("").unwrap();
        prop_assert_eq!(fixture.files(), Vec::<String>::new());
    }
}
