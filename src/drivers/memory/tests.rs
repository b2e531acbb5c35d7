#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

use std::cell::{Cell, RefCell};
use std::ops::Bound;

use super::*;
use crate::driver::{EventKind, Mode, Options, Range};
use crate::testkit::TestHost;

fn cx() -> Context {
    Context::new(Mode::Blocking)
}

fn living(milliseconds: f64) -> Context {
    cx().with_options(Options {
        expiry: Expiry::In(milliseconds),
        ..Options::default()
    })
}

fn set(memory: &Memory, key: &str, cx: &Context) {
    let stored = memory.set(Key::literal(key), Value::text("x"), cx);
    assert!(matches!(stored, MaybePromise::Ready(Ok(Outcome::Done))));
}

fn everything() -> Range {
    Range {
        lower: Bound::Unbounded,
        upper: Bound::Unbounded,
        reverse: false,
        keys_only: true,
        include_meta: true,
    }
}

#[test]
fn the_timer_is_there_only_while_something_can_end_and_keeps_nothing_alive() {
    let host = TestHost::new();
    let memory = Memory::on(host.shared());
    set(&memory, "a", &cx());
    assert_eq!(host.timers(), 0);
    set(&memory, "a", &living(100.0));
    set(&memory, "b", &living(50.0));
    assert_eq!((host.timers(), host.lively_timers()), (1, 0));
    memory.delete("b");
    set(&memory, "a", &cx());
    assert_eq!(host.timers(), 0, "nothing ends any more");
    assert!(memory.0.content.is_plain());
    set(&memory, "c", &living(1e15));
    host.advance(Duration::from_secs(3600 * 24 * 60));
    assert_eq!((memory.len(), host.timers()), (2, 1));
    drop(memory);
    assert_eq!(host.timers(), 0);
}

#[test]
fn what_has_ended_is_swept_and_told() {
    let host = TestHost::new();
    let memory = Memory::on(host.shared());
    let told = Rc::new(RefCell::new(Vec::new()));
    let (seen, changes) = (Rc::clone(&told), Rc::new(Cell::new(0)));
    let sink: EventSink = Rc::new(move |kind, key| seen.borrow_mut().push((kind, key.to_owned())));
    let watch = host.run_until(memory.watch(sink)).unwrap().unwrap();
    let ending = Rc::new(Cell::new(false));
    let (counted, shown) = (Rc::clone(&changes), Rc::clone(&ending));
    memory.on_change(move || counted.set(counted.get() + 1));
    memory.on_ending(move |is_ending| shown.set(is_ending));
    set(&memory, "late", &living(20.0));
    set(&memory, "early", &living(10.0));
    set(&memory, "stays", &cx());
    assert!(ending.get());
    host.advance(Duration::from_millis(10));
    assert_eq!(*told.borrow(), [(EventKind::Expire, "early".to_owned())]);
    assert_eq!((changes.get(), memory.0.content.sorted().len()), (4, 2));
    host.advance(Duration::from_millis(10));
    assert_eq!(told.borrow().len(), 2);
    assert!(!ending.get());
    host.run_until(watch.stop()).unwrap();
    set(&memory, "silent", &living(1.0));
    host.advance(Duration::from_secs(1));
    assert_eq!((told.borrow().len(), memory.len()), (2, 1));
}

#[test]
fn many_ends_are_swept_in_steps_and_unseen_before() {
    let host = TestHost::new();
    let memory = Memory::on(host.shared());
    for number in 0..1200 {
        set(&memory, &number.to_string(), &living(5.0));
    }
    host.advance(Duration::from_millis(4));
    assert_eq!(memory.list("").len(), 1200);
    host.advance(Duration::from_millis(1));
    assert!(memory.is_empty() && memory.list("").is_empty());
    assert_eq!(memory.0.content.sorted().len(), 0);
}

#[test]
fn an_open_snapshot_keeps_what_changes_and_a_closed_one_costs_nothing() {
    let memory = Memory::new();
    for key in ["b", "a", "c"] {
        set(&memory, key, &cx());
    }
    let snapshot = MemorySnapshot::new(memory.clone());
    memory.delete("a");
    set(&memory, "d", &cx());
    memory.remove_below("");
    set(&memory, "e", &cx());
    let page = snapshot.page(&everything(), 10, &cx());
    let MaybePromise::Ready(Ok(page)) = page else {
        panic!("memory answers at once");
    };
    let keys: Vec<&str> = page.items.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["a", "b", "c"]);
    drop(snapshot);
    set(&memory, "f", &cx());
    assert!(memory.0.content.is_plain());
}
