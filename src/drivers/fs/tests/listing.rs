use std::cell::RefCell;

use super::*;

fn ignoring(globs: &[&str]) -> Fixture {
    let globs = strings(globs);
    Fixture::with(|options| options.ignore = Ignore::new(&globs, None).unwrap())
}

#[test]
fn ignored_files_and_folders_are_neither_listed_nor_cleared() {
    let fixture = ignoring(&["**/node_modules/**", "**/.git/**", "*.tmp"]);
    for path in [
        "a",
        "b.tmp",
        "node_modules/x",
        "c/node_modules/y",
        "c/.git/z",
        "c/d",
    ] {
        fixture.plant(path, "1");
    }
    assert_eq!(fixture.keys(""), ["a", "c:d"]);
    assert_eq!(fixture.keys("c:"), ["c:d"]);
    assert_eq!(fixture.keys("c:node_modules:"), Vec::<String>::new());
    assert_eq!(
        fixture.get("node_modules:x").as_deref(),
        Some("1"),
        "ignored is not forbidden"
    );
    fixture.clear("").unwrap();
    assert_eq!(
        fixture.files(),
        ["b.tmp", "c/.git/z", "c/node_modules/y", "node_modules/x"]
    );
}

#[test]
fn a_function_sees_folders_by_path_and_files_by_name() {
    let asked = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&asked);
    let function: IgnoreFunction = Rc::new(move |path| {
        log.borrow_mut().push(path.to_owned());
        Ok(path.ends_with("hidden") || path == "skip")
    });
    let fixture =
        Fixture::with(|options| options.ignore = Ignore::new(&[], Some(function)).unwrap());
    for path in ["a", "skip", "d/hidden/x", "d/skip", "d/y"] {
        fixture.plant(path, "1");
    }
    assert_eq!(fixture.keys(""), ["a", "d:y"]);
    let base = fixture.base().to_str().unwrap().to_owned();
    let mut seen = asked.take();
    seen.sort();
    seen.dedup();
    let mut expected = vec![
        "a".to_owned(),
        "skip".to_owned(),
        "y".to_owned(),
        base.clone(),
    ];
    expected.extend([format!("{base}/d"), format!("{base}/d/hidden")]);
    expected.sort();
    assert_eq!(seen, expected);
    assert_eq!(fixture.keys("d:hidden:"), Vec::<String>::new());
    fixture.clear("").unwrap();
    assert_eq!(fixture.files(), ["d/hidden/x", "d/skip", "skip"]);
}

#[test]
fn what_a_function_throws_surfaces_and_nothing_is_cleared() {
    let function: IgnoreFunction = Rc::new(|_| Err(Error::new(Kind::Foreign, "thrown")));
    let fixture =
        Fixture::with(|options| options.ignore = Ignore::new(&[], Some(function)).unwrap());
    fixture.set("a", "1");
    assert_eq!(
        fixture.try_keys("", None).unwrap_err().kind(),
        Kind::Foreign
    );
    assert_eq!(fixture.clear("").unwrap_err().kind(), Kind::Foreign);
    fixture.set("b", "2");
    assert_eq!(fixture.files(), ["a", "b"]);
}

#[test]
fn a_synchronous_call_does_not_wait_for_its_own_thread() {
    let function: IgnoreFunction = Rc::new(|_| Ok(false));
    let fixture =
        Fixture::with(|options| options.ignore = Ignore::new(&[], Some(function)).unwrap());
    fixture.set("a", "1");
    let clear = fixture.driver.clear("", &Context::new(Mode::NonBlocking));
    // The clear has its listing and waits for this thread to ask the function; or it is not that
    // far yet and the wait ends when it is.
    let error = fixture.get_in("a", Mode::Blocking).unwrap_err();
    assert_eq!(error.kind(), Kind::Busy);
    fixture.wait(clear).unwrap();
    assert_eq!(fixture.get("a"), None);
}

#[test]
fn depth_counts_from_the_root() {
    let fixture = Fixture::new();
    let long = "k".repeat(600);
    for key in ["a", "a:b", "a:b:c", &long, &format!("{long}:d")] {
        fixture.set(key, "1");
    }
    let keys = |base: &str, depth| fixture.try_keys(base, Some(depth)).unwrap();
    assert_eq!(keys("", 0), strings(&["a", &long]));
    assert_eq!(
        keys("", 1),
        strings(&["a", "a:b", &long, &format!("{long}:d")])
    );
    assert_eq!(keys("a:b:", 1), Vec::<String>::new());
    assert_eq!(keys("a:b:", 2), ["a:b:c"]);
}

#[test]
fn clearing_a_base_removes_exactly_what_it_lists() {
    let fixture = Fixture::new();
    for key in ["a", "a:1", "a:1:2", "a$", "a:1$", "ab:1", "b:1"] {
        fixture.set(key, "1");
    }
    assert_eq!(fixture.keys("a:"), ["a:1", "a:1$", "a:1:2"]);
    fixture.clear("a:").unwrap();
    assert_eq!(fixture.keys(""), ["a", "a$", "ab:1", "b:1"]);
    assert!(!fixture.file("a").is_dir());
}

#[test]
fn a_base_narrows_the_walk() {
    let fixture = Fixture::new();
    fixture.set("d7:x", "1");
    fixture.set("d8:y", "1");
    let listing = fixture.driver.store.list("d7:", None, false).unwrap();
    let folders: Vec<_> = listing
        .folders
        .iter()
        .map(|folder| folder.path.as_str())
        .collect();
    assert_eq!(folders, ["d7"]);
}

#[test]
fn left_over_temporary_files_are_hidden_and_swept() {
    let fixture = Fixture::new();
    let dead = format!("a/.stowage-tmp-{}-0000000000000000-0", std::process::id());
    let alive = ".stowage-tmp-1-0000000000000000-0";
    fixture.plant(&dead, "torn");
    fixture.plant(alive, "torn");
    fixture.plant("a/b", "1");
    assert_eq!(fixture.keys(""), ["a:b"]);
    assert_eq!(fixture.files(), [alive, "a/b"]);
    fixture.plant(&dead, "torn");
    fixture.driver.store.sweep();
    assert_eq!(fixture.files(), [alive, "a/b"]);
}
