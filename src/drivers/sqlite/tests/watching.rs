//! What others hear.

use std::cell::RefCell;

use super::*;
use crate::driver::EventKind::{Expire, Remove, Update};
use crate::driver::{EventKind, Watch};

type Events = Rc<RefCell<Vec<(EventKind, String)>>>;

fn watch(fixture: &Fixture) -> (Box<dyn Watch>, Events) {
    let events = Events::default();
    let seen = Rc::clone(&events);
    let sink: EventSink = Rc::new(move |kind, key| seen.borrow_mut().push((kind, key.to_owned())));
    let watch = fixture.wait(fixture.driver.watch(sink)).unwrap();
    (watch.unwrap(), events)
}

/// Stopping delivers nothing more, so a last change that is heard of marks the end.
fn heard_until(fixture: &Fixture, events: &Events, last: &str) -> Vec<(EventKind, String)> {
    let end = std::time::Instant::now() + Duration::from_secs(30);
    while !events.borrow().iter().any(|(_, key)| key == last) {
        assert!(
            std::time::Instant::now() < end,
            "nothing was heard of {last}"
        );
        fixture.host.run_until_idle();
        std::thread::yield_now();
    }
    events.borrow_mut().drain(..).collect()
}

fn named(events: &[(EventKind, &str)]) -> Vec<(EventKind, String)> {
    let owned = events.iter().map(|(kind, key)| (*kind, (*key).to_owned()));
    owned.collect()
}

#[test]
fn others_hear_of_every_kind_of_write_once_and_in_order() {
    let one = Fixture::new();
    let other = one.another();
    let cx = Context::new(Mode::NonBlocking);
    let (watching, events) = watch(&one);
    let set = |key: &str, value: &str| {
        let set = other.driver.set(Key::literal(key), Value::text(value), &cx);
        other.wait(set).unwrap();
    };
    for key in ["a", "b:1", "b:2", "c"] {
        set(key, "x");
    }
    other
        .wait(other.driver.remove(Key::literal("a"), &cx))
        .unwrap();
    other
        .wait(other.driver.remove(Key::literal("missing"), &cx))
        .unwrap();
    other.wait(other.driver.clear("b:", &cx)).unwrap();
    // What it writes itself is told by the storage around it.
    one.wait(one.driver.set(Key::literal("mine"), Value::text("x"), &cx))
        .unwrap();
    other.wait(other.driver.clear("", &cx)).unwrap();
    set("last", "x");
    let expected = [
        (Update, "a"),
        (Update, "b:1"),
        (Update, "b:2"),
        (Update, "c"),
        (Remove, "a"),
        (Remove, "b:1"),
        (Remove, "b:2"),
        (Remove, "c"),
        (Remove, "mine"),
        (Update, "last"),
    ];
    assert_eq!(heard_until(&one, &events, "last"), named(&expected));
    one.wait(watching.stop()).unwrap();
    set("later", "x");
    let logged: i64 = one
        .foreign()
        .query_row("SELECT count(*) FROM kv_changes", [], |row| row.get(0))
        .unwrap();
    assert_eq!(logged, 0);
}

#[test]
fn a_write_that_fails_is_not_heard_of() {
    let one = Fixture::new();
    let other = one.another();
    let cx = Context::new(Mode::NonBlocking);
    let (_watching, events) = watch(&one);
    let commit = Commit {
        checks: vec![Check {
            key: "a".into(),
            expected: Some(Value::text("something else")),
        }],
        writes: vec![Write {
            key: "a".into(),
            change: Change::Remove,
        }],
    };
    let verdict = other.wait(other.driver.commit(commit, &cx)).unwrap();
    assert_eq!(verdict, Verdict::Conflict("a".into()));
    let set = other
        .driver
        .set(Key::literal("last"), Value::text("x"), &cx);
    other.wait(set).unwrap();
    assert_eq!(
        heard_until(&one, &events, "last"),
        named(&[(Update, "last")])
    );
}

#[test]
fn what_is_swept_is_heard_of_here_and_elsewhere_once() {
    let one = Fixture::new();
    let other = one.another();
    let mut cx = Context::new(Mode::NonBlocking);
    cx.options.expiry = Expiry::In(1_000.0);
    let set = one.driver.set(Key::literal("short"), Value::text("x"), &cx);
    one.wait(set).unwrap();
    assert_eq!(one.host.timers(), 1);
    let (_here, here) = watch(&one);
    let (_elsewhere, elsewhere) = watch(&other);
    one.host.advance(Duration::from_secs(60));
    let expected = named(&[(Expire, "short")]);
    assert_eq!(heard_until(&one, &here, "short"), expected);
    assert_eq!(heard_until(&other, &elsewhere, "short"), expected);
    one.host.run_until_idle();
    assert_eq!(one.host.timers(), 0, "nothing is left that can end");
    let rows: i64 = one
        .foreign()
        .query_row("SELECT count(*) FROM kv", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 0);
}

#[test]
fn opening_a_file_with_items_that_end_sees_to_their_sweep() {
    let one = Fixture::new();
    let mut cx = Context::new(Mode::Blocking);
    cx.options.expiry = Expiry::In(1_000.0);
    one.wait(one.driver.set(Key::literal("short"), Value::text("x"), &cx))
        .unwrap();
    let other = one.another();
    assert_eq!(other.host.timers(), 1);
    other.wait(other.driver.close(&cx)).unwrap();
    assert_eq!(other.host.timers(), 0);
}

#[test]
fn a_database_in_memory_and_a_reader_can_be_watched_as_far_as_that_goes() {
    let memory = Fixture::new();
    let options = SqliteOptions::new(Place::Memory);
    let driver = Sqlite::open(options, memory.host.shared()).unwrap();
    let sink: EventSink = Rc::new(|_, _| {});
    let watching = memory
        .wait(driver.watch(Rc::clone(&sink)))
        .unwrap()
        .unwrap();
    memory.wait(watching.stop()).unwrap();
    let reader = Fixture::at(memory.path.clone(), |options| options.read_only = true).unwrap();
    assert!(reader.wait(reader.driver.watch(sink)).unwrap().is_none());
}
