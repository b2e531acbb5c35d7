//! What this process does itself is not reported a second time.

use super::*;
use crate::watch::Stamp;

/// Publishes as the fs driver does.
fn publish(own: &OwnChanges, base: &Path, name: &str, content: &str) {
    let temporary = base.join(format!("{name}.stowage-temporary"));
    fs::write(&temporary, content).unwrap();
    let guard = own.writing(name);
    let stamp = Stamp::of(&fs::metadata(&temporary).unwrap());
    fs::rename(&temporary, base.join(name)).unwrap();
    guard.wrote(stamp);
}

fn quiet() -> TreeRules {
    let hidden = |path: &str, _: bool| path.ends_with(".stowage-temporary");
    TreeRules {
        hidden: std::sync::Arc::new(hidden),
        ..TreeRules::default()
    }
}

fn fixture() -> Fixture {
    Fixture::new(WatchOptions::default(), quiet(), |base| {
        fs::write(base.join("old"), "old").unwrap()
    })
}

#[test]
fn own_writes_and_removals_are_silent_and_foreign_ones_are_not() {
    let fixture = fixture();
    let base = fixture.folder.path();
    for round in 0..200 {
        publish(&fixture.own, base, "old", &format!("round {round}"));
        publish(&fixture.own, base, &format!("new-{round}"), "content");
    }
    let guard = fixture.own.writing("new-7");
    fs::remove_file(base.join("new-7")).unwrap();
    guard.removed();
    assert_eq!(fixture.take(), []);
    fixture.write("old", "round XXX");
    fixture.remove("new-8");
    fixture.write("new-7", "back");
    fixture.wait_for(Remove, "new-8");
    assert_eq!(
        fixture.take(),
        [updates(&["new-7"]), removals(&["new-8"]), updates(&["old"])].concat()
    );
}

#[test]
fn an_event_that_overtakes_its_announcement_waits_for_it() {
    let fixture = fixture();
    let guard = fixture.own.writing("old");
    fixture.write("old", "new content");
    let stamp = Stamp::of(&fs::metadata(fixture.path("old")).unwrap());
    fixture.barrier();
    assert_eq!(*fixture.seen.events.borrow(), []);
    guard.wrote(stamp);
    assert_eq!(fixture.take(), []);
}

#[test]
fn a_write_of_the_same_size_by_others_right_after_ours_is_reported() {
    let fixture = fixture();
    publish(&fixture.own, fixture.folder.path(), "old", "ours");
    fixture.write("foreign.tmp", "them");
    fixture.rename("foreign.tmp", "old");
    assert_eq!(fixture.take(), updates(&["old"]));
}

#[test]
fn own_writes_from_other_threads_race_with_their_events() {
    let fixture = fixture();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (own, base) = (fixture.own.clone(), fixture.folder.path());
            scope.spawn(move || {
                for round in 0..300 {
                    publish(
                        &own,
                        base,
                        &format!("file-{thread}-{}", round % 5),
                        &format!("{round}"),
                    );
                }
            });
        }
    });
    assert_eq!(fixture.take(), []);
}

#[test]
fn own_files_in_own_new_folders_are_silent() {
    let fixture = fixture();
    for folder in 0..50 {
        let path = format!("folder-{folder}");
        fixture.make_folder(&path);
        publish(
            &fixture.own,
            fixture.folder.path(),
            &format!("{path}/file"),
            "content",
        );
    }
    assert_eq!(fixture.take(), []);
}
