//! Checks, copies, space and figures of a driver.

use std::cell::Cell;

use super::*;

fn filled(items: usize) -> Fixture {
    let fixture = Fixture::new();
    let cx = Context::new(Mode::Blocking);
    let items = (0..items).map(|index| SetItem {
        key: format!("key-{index:05}").into(),
        value: Value::text("x".repeat(500)),
        options: None,
        expiry: Expiry::Never,
    });
    fixture
        .wait(fixture.driver.set_many(items.collect(), &cx))
        .unwrap();
    fixture
}

#[test]
fn a_damaged_value_is_found_and_the_others_are_readable() {
    let fixture = filled(100);
    let report = fixture.wait(fixture.driver.verify()).unwrap();
    assert!(report.is_ok(), "{report:?}");
    fixture
        .foreign()
        .execute("UPDATE kv SET value = 'y' WHERE key = 'key-00050'", [])
        .unwrap();
    let report = fixture.wait(fixture.driver.verify()).unwrap();
    assert_eq!((report.items, report.damaged_items), (100, 1));
    assert_eq!(report.damaged[0].key, "key-00050");
    for mode in MODES {
        let damaged = fixture.get_in("key-00050", mode).unwrap_err();
        assert_eq!(damaged.kind(), Kind::Corrupt);
        assert!(fixture.get_in("key-00051", mode).unwrap().is_some());
    }
}

#[test]
fn a_copy_holds_what_was_written_before_it_began() {
    let fixture = filled(20_000);
    let cx = Context::new(Mode::NonBlocking);
    let set = fixture
        .driver
        .set(Key::literal("last"), Value::text("x"), &cx);
    let calls = Rc::new(Cell::new(0));
    let called = Rc::clone(&calls);
    let progress: Progress = Rc::new(move |_| {
        called.set(called.get() + 1);
        true
    });
    let to = fixture.path.with_file_name("copy.db");
    // Not awaited: the copy comes after it all the same.
    let set = fixture.host.start(set);
    let copied = fixture.driver.backup(to.clone(), false, progress);
    let copied = fixture.wait(copied).unwrap();
    fixture.host.finish(set).unwrap();
    assert_eq!(copied.pages, copied.total);
    let copy = Fixture::at(to, |_| {}).unwrap();
    let stats = copy.wait(copy.driver.stats()).unwrap();
    assert_eq!(stats.items, 20_001);
}

#[test]
fn a_copy_that_is_not_wanted_any_more_ends() {
    let fixture = filled(20_000);
    let to = fixture.path.with_file_name("copy.db");
    let copied = fixture.driver.backup(to.clone(), false, Rc::new(|_| false));
    // It may have ended before anybody could say so.
    match fixture.wait(copied) {
        Ok(_) => assert!(to.exists()),
        Err(error) => {
            assert_eq!(error.kind(), Kind::Timeout);
            assert!(!to.exists());
        }
    }
}

#[test]
fn compacting_and_figures() {
    let fixture = filled(5_000);
    let cx = Context::new(Mode::NonBlocking);
    fixture.wait(fixture.driver.clear("", &cx)).unwrap();
    fixture
        .wait(fixture.driver.set(Key::literal("a"), Value::text("x"), &cx))
        .unwrap();
    let compacted = fixture.wait(fixture.driver.compact()).unwrap();
    assert!(compacted.bytes_after * 10 < compacted.bytes_before);
    for _ in 0..3 {
        assert_eq!(
            fixture.get_in("a", Mode::Blocking).unwrap().as_deref(),
            Some("x")
        );
    }
    let stats = fixture.wait(fixture.driver.stats()).unwrap();
    assert_eq!((stats.items, stats.free_pages), (1, 0));
    assert_eq!(stats.groups.commits, 3);
    assert_eq!((stats.cache_hits, stats.cache_misses), (2, 1));
    fixture.wait(fixture.driver.close(&cx)).unwrap();
    let error = fixture.wait(fixture.driver.stats()).unwrap_err();
    assert_eq!(error.kind(), Kind::Disposed);
}
