//! Starting, failing and stopping.

use std::rc::Rc;

use super::*;
use crate::error::Kind;
use crate::watch::Ignored;

#[test]
fn a_missing_base_is_created() {
    let host = TestHost::new();
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("a/b");
    let (options, rules) = (WatchOptions::default(), TreeRules::default());
    let starting = watch_tree(
        &base,
        options,
        rules,
        OwnChanges::default(),
        host.shared(),
        Rc::new(|_, _| {}),
    );
    let watch = host.run_until(starting).unwrap();
    assert!(base.is_dir());
    host.run_until(watch.stop()).unwrap();
}

#[test]
fn a_base_that_comes_back_is_watched_again() {
    let mut fixture = Fixture::unwatched();
    let folder = std::mem::replace(&mut fixture.folder, tempfile::tempdir().unwrap());
    let base = folder.path().join("base");
    fs::create_dir_all(base.join("dir")).unwrap();
    fs::write(base.join("dir/one"), "1").unwrap();
    let (options, rules) = (WatchOptions::default(), TreeRules::default());
    let sink = fixture.sink();
    let starting = watch_tree(
        &base,
        options,
        rules,
        fixture.own.clone(),
        fixture.host.shared(),
        sink,
    );
    fixture.watch = Some(fixture.host.run_until(starting).unwrap());
    fs::remove_dir_all(&base).unwrap();
    fixture.wait_for(Remove, "dir/one");
    fs::create_dir_all(base.join("dir")).unwrap();
    fs::write(base.join("dir/two"), "2").unwrap();
    fixture.wait_for(Update, "dir/two");
    fs::rename(&base, folder.path().join("away")).unwrap();
    fixture.wait_for(Remove, "dir/two");
    fs::rename(folder.path().join("away"), &base).unwrap();
    fixture.wait_until(|events| events.iter().filter(|event| event.1 == "dir/two").count() >= 3);
    assert!(fixture.host.take_uncaught().is_empty());
}

/// Whoever holds a folder open keeps the kernel from saying that it was removed.
#[cfg(unix)]
mod held {
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    /// Watches `base` below a new folder that `prepare` has filled; the folder and the held base.
    fn watch(base: &str, prepare: impl FnOnce(&Path)) -> (Fixture, TempDir, fs::File) {
        let mut fixture = Fixture::unwatched();
        let outer = std::mem::replace(&mut fixture.folder, tempfile::tempdir().unwrap());
        prepare(outer.path());
        let base = outer.path().join(base);
        let starting = watch_tree(
            &base,
            WatchOptions::default(),
            TreeRules::default(),
            fixture.own.clone(),
            fixture.host.shared(),
            fixture.sink(),
        );
        fixture.watch = Some(fixture.host.run_until(starting).unwrap());
        let held = fs::File::open(&base).unwrap();
        (fixture, outer, held)
    }

    fn fill(base: &Path, name: &str) {
        fs::create_dir_all(base.join("dir")).unwrap();
        fs::write(base.join("dir").join(name), name).unwrap();
    }

    #[test]
    fn a_base_that_is_removed_comes_back() {
        let (fixture, outer, _held) = watch("base", |outer| fill(&outer.join("base"), "one"));
        let base = outer.path().join("base");
        fs::remove_dir_all(&base).unwrap();
        fixture.wait_for(Remove, "dir/one");
        fill(&base, "two");
        fixture.wait_for(Update, "dir/two");
        fs::write(base.join("dir/three"), "3").unwrap();
        fixture.wait_for(Update, "dir/three");
    }

    #[test]
    fn an_empty_base_that_is_removed_comes_back() {
        let (fixture, outer, _held) = watch("base", |_| {});
        let base = outer.path().join("base");
        fs::remove_dir(&base).unwrap();
        fill(&base, "one");
        fixture.wait_for(Update, "dir/one");
    }

    #[test]
    fn a_base_that_is_replaced_is_left_for_the_new_one() {
        let (fixture, outer, _held) = watch("base", |outer| {
            fs::create_dir(outer.join("base")).unwrap();
            fill(&outer.join("other"), "one");
        });
        fs::rename(outer.path().join("other"), outer.path().join("base")).unwrap();
        fixture.wait_for(Update, "dir/one");
    }

    #[test]
    fn a_base_behind_a_link_comes_back() {
        let (fixture, outer, _held) = watch("link", |outer| {
            fill(&outer.join("far/base"), "one");
            symlink("far/base", outer.join("link")).unwrap();
        });
        fs::remove_dir_all(outer.path().join("far/base")).unwrap();
        fixture.wait_for(Remove, "dir/one");
        fill(&outer.path().join("far/base"), "two");
        fixture.wait_for(Update, "dir/two");
        fill(&outer.path().join("near"), "three");
        symlink("near", outer.path().join("link.new")).unwrap();
        fs::rename(outer.path().join("link.new"), outer.path().join("link")).unwrap();
        fixture.wait_for(Update, "dir/three");
        fixture.wait_for(Remove, "dir/two");
    }

    #[test]
    fn a_base_that_goes_with_a_folder_above_it_comes_back() {
        let (fixture, outer, _held) = watch("a/b/c/base", |outer| {
            fill(&outer.join("a/b/c/base"), "one");
        });
        let base = outer.path().join("a/b/c/base");
        // The parent of the base is watched itself.
        fs::rename(outer.path().join("a/b/c"), outer.path().join("away")).unwrap();
        fixture.wait_for(Remove, "dir/one");
        fill(&base, "two");
        fixture.wait_for(Update, "dir/two");
        // Of what is above it the first missing file tells.
        fs::rename(outer.path().join("a"), outer.path().join("gone")).unwrap();
        fs::write(outer.path().join("gone/b/c/base/dir/two"), "changed").unwrap();
        fixture.wait_for(Remove, "dir/two");
        fill(&base, "three");
        fixture.wait_for(Update, "dir/three");
    }
}

#[test]
fn nothing_is_delivered_after_stop_and_stop_frees_everything() {
    let mut fixture = Fixture::plain();
    fixture.write("a", "1");
    fixture.wait_for(Update, "a");
    fixture.write("b", "2");
    fixture.stop();
    fixture.write("c", "3");
    fixture.host.run_until_idle();
    assert_eq!(fixture.seen.events.borrow().len(), 1);
    assert!(!fixture.own.is_active());
}

#[test]
fn a_listener_may_stop_the_watch() {
    let fixture = Fixture::unwatched();
    let watch: Rc<RefCell<Option<Box<dyn Watch>>>> = Rc::default();
    let (slot, inner) = (Rc::clone(&watch), fixture.sink());
    let sink: EventSink = Rc::new(move |kind, path: &str| {
        drop(slot.borrow_mut().take());
        inner(kind, path);
    });
    let options = WatchOptions {
        ignore_initial: false,
        ..WatchOptions::default()
    };
    fixture.write("a", "1");
    fixture.write("b", "2");
    let base = fixture.folder.path().to_path_buf();
    let host = fixture.host.shared();
    let starting = watch_tree(
        &base,
        options,
        TreeRules::default(),
        fixture.own.clone(),
        host,
        sink,
    );
    // The answer comes before the first report, so the sink finds the watch in its place.
    let place = Rc::clone(&watch);
    let placed = starting.map(move |started| drop(place.borrow_mut().replace(started)));
    fixture.host.run_until(placed).unwrap();
    fixture.wait_until(|events| !events.is_empty());
    fixture.host.run_until_idle();
    assert_eq!(fixture.seen.events.borrow().len(), 1);
}

#[test]
fn only_a_persistent_watch_keeps_the_environment_alive() {
    let mut fixture = Fixture::plain();
    assert_eq!(fixture.host.guards(), 0);
    fixture.stop();
    fixture
        .start(
            WatchOptions {
                persistent: true,
                ..WatchOptions::default()
            },
            TreeRules::default(),
        )
        .unwrap();
    assert_eq!(fixture.host.guards(), 1);
    fixture.stop();
    assert_eq!(fixture.host.guards(), 0);
}

#[test]
fn wrong_globs_and_failing_functions_fail_the_start() {
    let mut fixture = Fixture::unwatched();
    fixture.make_folder("dir");
    let glob = WatchOptions {
        ignored: vec![Ignored::Glob("{".to_owned())],
        ..WatchOptions::default()
    };
    let error = fixture.start(glob, TreeRules::default()).unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidOption);
    let thrown = || Err(Error::new(Kind::InvalidValue, "thrown by the function"));
    let failing = vec![Ignored::Function(Rc::new(move |_| thrown()))];
    let options = WatchOptions {
        ignored: failing,
        ..WatchOptions::default()
    };
    let error = fixture.start(options, TreeRules::default()).unwrap_err();
    assert_eq!(error.message(), "thrown by the function");
    assert_eq!(error.operation_name(), Some("watch"));
    assert!(!fixture.own.is_active() || fixture.watch.is_none());
}

#[test]
fn a_function_that_fails_later_is_uncaught_and_ignores_nothing() {
    let failing = vec![Ignored::Function(Rc::new(|_| {
        Err(Error::new(Kind::InvalidValue, "thrown"))
    }))];
    let options = WatchOptions {
        ignored: failing,
        ..WatchOptions::default()
    };
    let fixture = Fixture::new(options, TreeRules::default(), |_| {});
    fixture.write("a", "1");
    fixture.wait_for(Update, "a");
    let messages: Vec<_> = fixture
        .host
        .take_uncaught()
        .iter()
        .map(|error| error.message().to_owned())
        .collect();
    assert_eq!(messages, ["thrown"]);
}

#[test]
fn a_base_that_is_a_file_fails_the_start() {
    let mut fixture = Fixture::unwatched();
    fixture.write("file", "content");
    let base = fixture.path("file");
    let (options, rules, sink) = (
        WatchOptions::default(),
        TreeRules::default(),
        fixture.sink(),
    );
    let starting = watch_tree(
        &base,
        options,
        rules,
        fixture.own.clone(),
        fixture.host.shared(),
        sink,
    );
    let error = fixture
        .host
        .run_until(starting)
        .map(|watch| fixture.watch = Some(watch))
        .unwrap_err();
    assert_eq!(error.code(), "EEXIST");
}

#[cfg(target_os = "linux")]
mod resources {
    use std::process::Command;

    use super::*;

    const ALONE: &str = "watch::tests::lifecycle::resources::alone_in_its_process";

    /// Descriptors and threads belong to the process, so they are counted in one without others.
    #[test]
    fn stopped_and_dropped_watches_leave_no_descriptor_and_no_thread() {
        let program = std::env::current_exe().unwrap();
        let output = Command::new(program)
            .args(["--exact", ALONE, "--ignored"])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && text.contains("1 passed"),
            "{text}"
        );
    }

    fn descriptors() -> usize {
        fs::read_dir("/proc/self/fd").unwrap().count()
    }

    fn threads() -> usize {
        let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
        let names = tasks.filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
        names
            .filter(|name| name.starts_with("stowage-watch"))
            .count()
    }

    #[test]
    #[ignore = "run by stopped_and_dropped_watches_leave_no_descriptor_and_no_thread"]
    fn alone_in_its_process() {
        let mut fixture = Fixture::unwatched();
        fixture.make_folder("a/b/c");
        let before = descriptors();
        for _ in 0..50 {
            fixture
                .start(WatchOptions::default(), TreeRules::default())
                .unwrap();
            assert!(threads() >= 1 && descriptors() > before);
            fixture.stop();
            assert_eq!(descriptors(), before);
        }
        for _ in 0..50 {
            fixture
                .start(WatchOptions::default(), TreeRules::default())
                .unwrap();
            fixture.watch = None;
        }
        fixture.host.run_until_idle();
        // Dropping does not wait, so the end of the last thread has to be watched for.
        while threads() > 0 || descriptors() > before {
            std::thread::yield_now();
        }
    }
}
