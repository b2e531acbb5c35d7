//! What others do to a folder.

use std::rc::Rc;
use std::sync::Arc;

use super::*;
use crate::watch::{AwaitWriteFinish, Ignored};

fn with_globs(globs: &[&str]) -> WatchOptions {
    let ignored = globs
        .iter()
        .map(|glob| Ignored::Glob((*glob).to_owned()))
        .collect();
    WatchOptions {
        ignored,
        ..WatchOptions::default()
    }
}

#[test]
fn a_burst_of_new_files_is_reported_once_each() {
    let fixture = Fixture::plain();
    let mut names: Vec<_> = (0..1_000)
        .map(|index| format!("file-{index}.json"))
        .collect();
    names.iter().for_each(|name| fixture.write(name, "content"));
    fixture.wait_until(|events| events.len() >= 1_000);
    names.sort();
    assert_reports(
        fixture.take(),
        names.into_iter().map(|name| (Update, name)).collect(),
    );
}

#[test]
fn a_burst_of_changes_is_reported_once_each() {
    let names: Rc<Vec<_>> = Rc::new(
        (0..1_000)
            .map(|index| format!("file-{index:04}.json"))
            .collect(),
    );
    let fixture = Fixture::new(WatchOptions::default(), TreeRules::default(), |base| {
        names
            .iter()
            .for_each(|name| fs::write(base.join(name), "old").unwrap());
    });
    names.iter().for_each(|name| fixture.write(name, "content"));
    fixture.wait_until(|events| events.len() >= 1_000);
    assert_reports(
        fixture.take(),
        names.iter().map(|name| (Update, name.clone())).collect(),
    );
    names.iter().for_each(|name| fixture.remove(name));
    fixture.wait_until(|events| events.len() >= 1_000);
    assert_reports(
        fixture.take(),
        names.iter().map(|name| (Remove, name.clone())).collect(),
    );
}

#[test]
fn an_edit_by_temporary_file_and_rename_is_one_update() {
    let fixture = Fixture::new(WatchOptions::default(), TreeRules::default(), |base| {
        fs::write(base.join("a.json"), "old").unwrap();
    });
    for temporary in ["a.json.tmp", ".a.json.swp", "a.json.4711"] {
        fixture.write(temporary, "new content");
        fixture.rename(temporary, "a.json");
        assert_eq!(fixture.take(), updates(&["a.json"]), "{temporary}");
    }
}

#[test]
fn a_file_that_is_replaced_is_one_update() {
    let fixture = Fixture::new(WatchOptions::default(), TreeRules::default(), |base| {
        fs::write(base.join("a"), "old").unwrap();
    });
    fixture.remove("a");
    fixture.write("a", "new");
    assert_eq!(fixture.take(), updates(&["a"]));
}

#[test]
fn folders_created_and_filled_at_once_are_reported_whole() {
    let fixture = Fixture::plain();
    let mut names = Vec::new();
    for folder in 0..20 {
        fixture.make_folder(&format!("new-{folder}/deep/deeper"));
        for file in 0..10 {
            for level in ["", "deep/", "deep/deeper/"] {
                let name = format!("new-{folder}/{level}file-{file}");
                fixture.write(&name, "content");
                names.push(name);
            }
        }
    }
    let total = names.len();
    fixture.wait_until(move |events| events.len() >= total);
    names.sort();
    assert_reports(
        fixture.take(),
        names.into_iter().map(|name| (Update, name)).collect(),
    );
}

#[test]
fn moving_a_folder_moves_its_files() {
    let fixture = Fixture::new(WatchOptions::default(), TreeRules::default(), |base| {
        fs::create_dir_all(base.join("a/b")).unwrap();
        fs::write(base.join("a/one"), "1").unwrap();
        fs::write(base.join("a/b/two"), "2").unwrap();
    });
    fixture.rename("a", "c");
    fixture.wait_for(Remove, "a/b/two");
    assert_eq!(
        fixture.take(),
        [
            removals(&["a/b/two", "a/one"]),
            updates(&["c/b/two", "c/one"])
        ]
        .concat()
    );
    fixture.write("c/b/two", "2 changed");
    assert_eq!(fixture.take(), updates(&["c/b/two"]));
    fs::remove_dir_all(fixture.path("c")).unwrap();
    assert_eq!(fixture.take(), removals(&["c/b/two", "c/one"]));
}

#[test]
fn a_folder_moved_out_is_forgotten_and_moved_in_is_learned() {
    let elsewhere = tempfile::tempdir().unwrap();
    let fixture = Fixture::new(WatchOptions::default(), TreeRules::default(), |base| {
        fs::create_dir(base.join("a")).unwrap();
        fs::write(base.join("a/one"), "1").unwrap();
    });
    fs::rename(fixture.path("a"), elsewhere.path().join("a")).unwrap();
    fixture.wait_for(Remove, "a/one");
    fs::write(elsewhere.path().join("a/two"), "2").unwrap();
    assert_eq!(fixture.take(), removals(&["a/one"]));
    fs::rename(elsewhere.path().join("a"), fixture.path("back")).unwrap();
    fixture.wait_for(Update, "back/two");
    assert_eq!(fixture.take(), updates(&["back/one", "back/two"]));
}

#[test]
fn a_file_and_a_folder_may_take_each_others_place() {
    let fixture = Fixture::new(WatchOptions::default(), TreeRules::default(), |base| {
        fs::write(base.join("a"), "file").unwrap();
    });
    fixture.remove("a");
    fixture.make_folder("a");
    fixture.write("a/b", "below");
    fixture.wait_for(Remove, "a");
    assert_eq!(
        fixture.take(),
        [removals(&["a"]), updates(&["a/b"])].concat()
    );
    fixture.remove("a/b");
    fs::remove_dir(fixture.path("a")).unwrap();
    fixture.write("a", "file again");
    fixture.wait_for(Remove, "a/b");
    assert_eq!(
        fixture.take(),
        [updates(&["a"]), removals(&["a/b"])].concat()
    );
}

#[test]
fn ignored_paths_are_silent() {
    let hidden =
        |path: &str, is_folder: bool| path == "secret" && is_folder || path.ends_with(".hidden");
    let rules = TreeRules {
        hidden: Arc::new(hidden),
        ..TreeRules::default()
    };
    let fixture = Fixture::new(
        with_globs(&["**/node_modules/**", "*.log"]),
        rules,
        |base| {
            fs::create_dir_all(base.join("node_modules/x")).unwrap();
            fs::create_dir_all(base.join("secret")).unwrap();
        },
    );
    fixture.make_folder("deep/node_modules/y");
    for silent in [
        "node_modules/x/a",
        "deep/node_modules/y/a",
        "secret/a",
        "a.hidden",
        "a.log",
    ] {
        fixture.write(silent, "content");
    }
    fixture.write("deep/seen.log", "content");
    fixture.rename("a.hidden", "a");
    fixture.wait_for(Update, "a");
    assert_eq!(fixture.take(), updates(&["a", "deep/seen.log"]));
}

#[test]
fn rules_of_the_orchestrating_thread_decide_about_folders_and_files() {
    let asked = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&asked);
    let function = Ignored::Function(Rc::new(move |path: &str| {
        log.borrow_mut().push(path.to_owned());
        Ok(path.ends_with("skip") || path.ends_with(".skip"))
    }));
    let rules = TreeRules {
        ignored_here: Some(Rc::new(|path: &str, is_folder: bool| {
            Ok(is_folder && path.ends_with("late"))
        })),
        ..TreeRules::default()
    };
    let options = WatchOptions {
        ignored: vec![function],
        ..WatchOptions::default()
    };
    let fixture = Fixture::new(options, rules, |base| {
        fs::create_dir_all(base.join("skip/inner")).unwrap()
    });
    fixture.make_folder("dir/late/inner");
    for path in [
        "skip/a",
        "skip/inner/a",
        "dir/late/a",
        "dir/late/inner/a",
        "dir/a.skip",
        "dir/a",
        "late-file",
    ] {
        fixture.write(path, "content");
    }
    fixture.wait_for(Update, "dir/a");
    assert_eq!(fixture.take(), updates(&["dir/a", "late-file"]));
    let inner = fixture.path("skip/inner").to_string_lossy().into_owned();
    assert!(
        !asked.borrow().contains(&inner),
        "an ignored folder is not entered"
    );
}

#[test]
fn depth_limits_what_is_watched() {
    let options = WatchOptions {
        depth: Some(1),
        ..WatchOptions::default()
    };
    let fixture = Fixture::new(options, TreeRules::default(), |_| {});
    fixture.make_folder("a/b");
    ["one", "a/two", "a/b/three"]
        .iter()
        .for_each(|path| fixture.write(path, "content"));
    fixture.wait_for(Update, "a/two");
    assert_eq!(fixture.take(), updates(&["a/two", "one"]));
}

#[test]
fn existing_files_are_reported_if_asked_for() {
    let options = WatchOptions {
        ignore_initial: false,
        ..WatchOptions::default()
    };
    let fixture = Fixture::new(options, TreeRules::default(), |base| {
        fs::create_dir(base.join("a")).unwrap();
        fs::write(base.join("a/one"), "1").unwrap();
        fs::write(base.join("two"), "2").unwrap();
    });
    fixture.wait_for(Update, "two");
    assert_eq!(fixture.take(), updates(&["a/one", "two"]));
}

#[test]
fn reading_touching_attributes_and_opening_are_nothing() {
    let fixture = Fixture::new(WatchOptions::default(), TreeRules::default(), |base| {
        fs::write(base.join("a"), "content").unwrap();
    });
    assert_eq!(fs::read(fixture.path("a")).unwrap(), b"content");
    let file = fs::OpenOptions::new()
        .write(true)
        .open(fixture.path("a"))
        .unwrap();
    file.set_permissions(file.metadata().unwrap().permissions())
        .unwrap();
    drop(file);
    assert_eq!(fixture.take(), []);
}

#[test]
fn a_file_counts_once_it_stands_still_if_asked_for() {
    let finish = AwaitWriteFinish {
        stability_threshold: std::time::Duration::from_millis(80),
        poll_interval: std::time::Duration::from_millis(10),
    };
    let options = WatchOptions {
        await_write_finish: Some(finish),
        ..WatchOptions::default()
    };
    let fixture = Fixture::new(options, TreeRules::default(), |_| {});
    fixture.write("a", "1");
    fixture.write("a", "12");
    assert_eq!(fixture.take(), updates(&["a"]));
}

#[cfg(unix)]
#[test]
fn links_are_followed_inside_the_base_only() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "secret").unwrap();
    let fixture = Fixture::plain();
    fixture.write("real", "content");
    symlink("real", fixture.path("inside")).unwrap();
    symlink(outside.path().join("secret"), fixture.path("outside")).unwrap();
    symlink(outside.path(), fixture.path("folder")).unwrap();
    fs::write(outside.path().join("more"), "more").unwrap();
    fixture.wait_for(Update, "inside");
    assert_eq!(fixture.take(), updates(&["inside", "real"]));

    let options = WatchOptions {
        follow_symlinks: false,
        ..WatchOptions::default()
    };
    let strict = Fixture::new(options, TreeRules::default(), |_| {});
    strict.write("real", "content");
    symlink("real", strict.path("inside")).unwrap();
    assert_eq!(strict.take(), updates(&["real"]));
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf8_are_skipped() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let fixture = Fixture::plain();
    let strange = OsStr::from_bytes(b"bad-\xff");
    fs::write(fixture.folder.path().join(strange), "content").unwrap();
    fs::create_dir(fixture.folder.path().join(OsStr::from_bytes(b"dir-\xff"))).unwrap();
    fixture.write("good", "content");
    assert_eq!(fixture.take(), updates(&["good"]));
}
