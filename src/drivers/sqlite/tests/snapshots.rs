//! The items as they were.

use std::ops::Bound;

use super::*;
use crate::driver::{MAX_PAGE_BYTES, Page, Range, Snapshot};

fn snapshot(fixture: &Fixture, mode: Mode) -> Result<Box<dyn Snapshot>> {
    fixture.wait(fixture.driver.snapshot(&Context::new(mode)))
}

fn all() -> Range {
    Range {
        lower: Bound::Unbounded,
        upper: Bound::Unbounded,
        reverse: false,
        keys_only: false,
        include_meta: false,
    }
}

fn page(fixture: &Fixture, from: &dyn Snapshot, range: &Range, limit: usize) -> Page {
    let [one, other] = MODES.map(|mode| {
        fixture
            .wait(from.page(range, limit, &Context::new(mode)))
            .unwrap()
    });
    assert_eq!(one.items.len(), other.items.len());
    one
}

fn keys_of(page: &Page) -> Vec<&str> {
    page.items.iter().map(|(key, _)| key.as_str()).collect()
}

#[test]
fn later_writes_do_not_show() {
    for place in [None, Some(Place::Memory)] {
        let fixture = Fixture::with(|options| {
            if let Some(place) = place {
                options.place = place;
            }
        });
        fixture.set("a", "old");
        let cx = Context::new(Mode::NonBlocking);
        let unawaited = fixture
            .driver
            .set(Key::literal("b"), Value::text("early"), &cx);
        let unawaited = fixture.host.start(unawaited);
        for mode in MODES {
            let snapshot = snapshot(&fixture, mode).unwrap();
            fixture.set("a", "new");
            fixture.set("c", "late");
            let get = |key: &str| {
                let value = snapshot.get(Key::literal(key), &Context::new(mode));
                fixture.wait(value).unwrap().as_ref().map(text_of)
            };
            assert_eq!(get("a").as_deref(), Some("old"));
            assert_eq!(get("b").as_deref(), Some("early"));
            assert_eq!(get("c"), None);
            let whole = page(&fixture, &*snapshot, &all(), 10);
            assert_eq!(keys_of(&whole), ["a", "b"]);
            assert!(whole.is_last);
            drop(snapshot);
            fixture.set("a", "old");
            let cx = Context::new(Mode::Blocking);
            fixture
                .wait(fixture.driver.remove(Key::literal("c"), &cx))
                .unwrap();
        }
        fixture.host.finish(unawaited).unwrap();
    }
}

#[test]
fn ranges_follow_the_bytes_of_the_keys() {
    let fixture = Fixture::new();
    for key in ["B", "a", "a$", "a:b", "b", "é", "\u{ffff}", "\u{10000}"] {
        fixture.set(key, key);
    }
    let snapshot = snapshot(&fixture, Mode::NonBlocking).unwrap();
    let ask = |range: Range, limit| page(&fixture, &*snapshot, &range, limit);
    let whole = ask(all(), 100);
    assert_eq!(
        keys_of(&whole),
        ["B", "a", "a:b", "b", "é", "\u{ffff}", "\u{10000}"]
    );
    let with_meta = Range {
        include_meta: true,
        ..all()
    };
    assert_eq!(ask(with_meta, 100).items.len(), 8);
    let between = Range {
        lower: Bound::Included("a".into()),
        upper: Bound::Excluded("b".into()),
        ..all()
    };
    let found = ask(between, 100);
    assert_eq!(keys_of(&found), ["a", "a:b"]);
    assert_eq!(found.items[0].1.as_ref().map(text_of).as_deref(), Some("a"));
    let backwards = Range {
        lower: Bound::Excluded("a".into()),
        upper: Bound::Included("b".into()),
        reverse: true,
        keys_only: true,
        ..all()
    };
    let found = ask(backwards.clone(), 100);
    assert_eq!(keys_of(&found), ["b", "a:b"]);
    assert!(found.items.iter().all(|(_, value)| value.is_none()));
    let first = ask(backwards, 1);
    assert_eq!(keys_of(&first), ["b"]);
    assert!(!first.is_last);
}

#[test]
fn a_page_of_large_values_is_short() {
    let fixture = Fixture::new();
    for number in 0..4 {
        fixture.set(&format!("k{number}"), &"x".repeat(MAX_PAGE_BYTES / 2));
    }
    let snapshot = snapshot(&fixture, Mode::Blocking).unwrap();
    let found = page(&fixture, &*snapshot, &all(), 100);
    assert_eq!(found.items.len(), 2);
    assert!(!found.is_last);
}

#[test]
fn there_are_only_so_many_at_a_time() {
    let fixture = Fixture::new();
    let mut open: Vec<_> = (0..MAX_SNAPSHOTS)
        .map(|_| snapshot(&fixture, Mode::NonBlocking).unwrap())
        .collect();
    let refused = snapshot(&fixture, Mode::Blocking).err().unwrap();
    assert_eq!(refused.kind(), Kind::Busy);
    let later = fixture.driver.snapshot(&Context::new(Mode::NonBlocking));
    let later = fixture.host.start(later);
    fixture.host.run_until_idle();
    assert!(!later.is_done());
    open.pop();
    open.push(fixture.host.finish(later).unwrap());
    open.clear();
    assert!(snapshot(&fixture, Mode::Blocking).is_ok());
}

#[test]
fn closing_the_driver_ends_them() {
    let fixture = Fixture::new();
    fixture.set("a", "1");
    let snapshot = snapshot(&fixture, Mode::NonBlocking).unwrap();
    fixture.close();
    for mode in MODES {
        let answer = snapshot.get(Key::literal("a"), &Context::new(mode));
        assert_eq!(fixture.wait(answer).unwrap_err().kind(), Kind::Disposed);
    }
    let folder = std::fs::read_dir(fixture.path.parent().unwrap()).unwrap();
    assert_eq!(folder.count(), 1, "no connection is left");
}
