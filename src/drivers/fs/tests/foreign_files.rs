//! Files that another library wrote under their literal names.

use super::*;

#[cfg(not(windows))]
#[test]
fn literal_names_are_read_listed_once_overwritten_and_removed() {
    for key in [
        "CON", "nul.txt", "a.", "trail ", "a<b", "%x", "%X41", "x:CON:a.", "%xAG", "e\u{301}",
        "README",
    ] {
        let fixture = Fixture::new();
        let path = key.replace(':', "/");
        fixture.plant(&path, "old");
        assert_eq!(fixture.get(key).as_deref(), Some("old"), "{key}");
        assert!(fixture.has(key));
        assert_eq!(fixture.keys(""), [key]);
        if let Some((folder, _)) = key.rsplit_once(':') {
            assert_eq!(fixture.keys(&format!("{folder}:")), [key]);
        }
        fixture.set(key, "new");
        assert_eq!(fixture.get(key).as_deref(), Some("new"));
        assert_eq!(fixture.keys(""), [key]);
        assert_eq!(
            fixture.files(),
            [path],
            "the other library still finds its file"
        );
        fixture.remove(key);
        assert_eq!(fixture.files(), Vec::<String>::new());
    }
}

#[cfg(not(windows))]
#[test]
fn two_files_of_one_key_count_once_and_go_together() {
    let fixture = Fixture::new();
    fixture.plant("CON", "literal");
    fixture.plant("%x43ON", "escaped");
    assert_eq!(fixture.get("CON").as_deref(), Some("escaped"));
    assert_eq!(fixture.keys(""), ["CON"]);
    fixture.remove("CON");
    assert_eq!(fixture.files(), Vec::<String>::new());
}

#[test]
fn a_tree_from_a_system_without_case_is_read_on_one_with_it() {
    let fixture = Fixture::new();
    fixture.plant("%x52eadme", "1");
    fixture.plant("%x46older/x", "2");
    assert_eq!(fixture.get("Readme").as_deref(), Some("1"));
    assert_eq!(fixture.keys(""), ["Folder:x", "Readme"]);
    assert_eq!(fixture.keys("Folder:"), ["Folder:x"]);
    fixture.set("Readme", "new");
    assert_eq!(fixture.files(), ["%x46older/x", "%x52eadme"]);
    fixture.clear("").unwrap();
    assert_eq!(fixture.files(), Vec::<String>::new());
}

#[test]
fn a_tree_from_a_system_with_case_is_read_on_one_without() {
    let fixture = Fixture::strict();
    fixture.plant("Readme", "1");
    fixture.plant("Folder/X", "2");
    assert_eq!(fixture.get("Readme").as_deref(), Some("1"));
    assert_eq!(fixture.keys(""), ["Folder:X", "Readme"]);
    assert_eq!(fixture.keys("Folder:"), ["Folder:X"]);
    fixture.set("Readme", "new");
    fixture.set("readme", "twin");
    assert_eq!(fixture.files(), ["Folder/X", "Readme", "readme"]);
    assert_eq!(
        (
            fixture.get("Readme").as_deref(),
            fixture.get("readme").as_deref()
        ),
        (Some("new"), Some("twin"))
    );
}

#[cfg(unix)]
#[test]
fn names_that_no_key_has_are_left_alone() {
    use std::os::unix::ffi::OsStrExt as _;
    let fixture = Fixture::new();
    fixture.plant("a?b", "");
    fixture.plant("a:b", "");
    fixture.plant("a\\b", "");
    fixture.plant(".stowage-tmp-1-0123456789abcdef-1", "");
    fs::write(
        fixture.base().join(std::ffi::OsStr::from_bytes(b"\xff")),
        "",
    )
    .unwrap();
    fixture.plant("a", "1");
    assert_eq!(fixture.keys(""), ["a"]);
    fixture.clear("").unwrap();
    assert_eq!(fs::read_dir(fixture.base()).unwrap().count(), 5);
}
