//! What could not be written stays, is read, is retried, and is told.

use std::cell::RefCell;

use super::*;
use crate::error::Error;

/// Options that note the codes of the failures that they hear of.
fn listening() -> (QueueOptions, Rc<RefCell<Vec<String>>>) {
    let heard = Rc::new(RefCell::new(Vec::new()));
    let noted = Rc::clone(&heard);
    let note = move |error: &Error| {
        let key = error.key_name().unwrap_or_default();
        let operation = error.operation_name().unwrap_or_default();
        noted
            .borrow_mut()
            .push(format!("{} {operation} {key}", error.code()));
    };
    (
        QueueOptions {
            on_error: Some(Rc::new(note)),
            ..QueueOptions::default()
        },
        heard,
    )
}

#[test]
fn a_background_failure_is_survived_and_retried() {
    let (options, heard) = listening();
    let bench = Bench::with(options);
    bench.below.fail_next("set", 2);
    bench.set("k", "value");
    bench.host.advance(INTERVAL);
    assert_eq!(*heard.borrow(), ["ENOSPC setItem k"]);
    assert_eq!(
        bench.get("k").as_deref(),
        Some("value"),
        "kept and readable"
    );
    assert_eq!(bench.queue.state().size, 1);
    assert_eq!(
        bench.queue.last_error().map(|error| error.code()),
        Some("ENOSPC")
    );
    bench.host.advance(INTERVAL);
    assert_eq!(heard.borrow().len(), 2);
    bench.host.advance(INTERVAL * 2 - Duration::from_millis(1));
    assert_eq!(bench.stored("k"), None, "the delay doubles");
    bench.host.advance(Duration::from_millis(1));
    assert_eq!(bench.stored("k").as_deref(), Some("value"));
    assert!(bench.queue.last_error().is_none());
    assert!(bench.flush().is_ok(), "the listener has heard of it");
    assert!(bench.host.take_uncaught().is_empty());
}

#[test]
fn a_failure_that_nobody_heard_rejects_the_next_flush_once() {
    let bench = Bench::new();
    bench.below.fail_next("set", 1);
    bench.set("k", "value");
    bench.host.advance(INTERVAL);
    assert_eq!(bench.stored("k"), None);
    assert_eq!(
        bench.flush().err().map(|error| error.code()),
        Some("ENOSPC")
    );
    assert_eq!(
        bench.stored("k").as_deref(),
        Some("value"),
        "that flush tried again all the same"
    );
    assert!(bench.flush().is_ok());
    assert!(bench.host.take_uncaught().is_empty());
}

#[test]
fn a_flush_rejects_while_its_own_attempt_fails() {
    let (options, heard) = listening();
    let bench = Bench::with(options);
    bench.below.fail_next("set", 2);
    bench.set("k", "value");
    for attempt in 1..=2 {
        let error = bench.flush().unwrap_err();
        assert_eq!((error.code(), error.key_name()), ("ENOSPC", Some("k")));
        assert_eq!(heard.borrow().len(), attempt);
    }
    bench.flush().unwrap();
    assert_eq!(bench.stored("k").as_deref(), Some("value"));
}

#[test]
fn a_rejected_flush_leaves_nothing_to_tell() {
    let bench = Bench::new();
    bench.below.fail_next("set", 1);
    bench.set("k", "value");
    assert!(bench.flush().is_err());
    bench.host.advance(INTERVAL);
    assert_eq!(bench.stored("k").as_deref(), Some("value"));
    assert!(bench.flush().is_ok());
}

#[test]
fn only_the_failed_items_of_a_batch_stay() {
    let bench = Bench::new();
    bench.below.fail_key("b");
    for key in ["a", "b", "c"] {
        bench.set(key, "1");
    }
    let error = bench.flush().unwrap_err();
    assert_eq!((error.code(), error.key_name()), ("ENOSPC", Some("b")));
    assert_eq!(bench.queue.queued_keys().iter().collect::<Vec<_>>(), ["b"]);
    assert_eq!(bench.memory.len(), 2);
    bench.below.heal();
    bench.below.take_calls();
    bench.flush().unwrap();
    assert_eq!(summary(&bench.below.take_calls()), ["set b 1", "flush  "]);
}

#[test]
fn a_batch_that_fails_as_a_whole_is_tried_one_by_one() {
    let bench = Bench::new();
    bench.below.fail_next("set_many", 1);
    bench.below.fail_next("set", 1);
    bench.set("a", "1");
    bench.set("b", "2");
    let error = bench.flush().unwrap_err();
    assert_eq!(
        (error.operation_name(), error.key_name()),
        (Some("setItem"), Some("a"))
    );
    assert_eq!(bench.queue.queued_keys().iter().collect::<Vec<_>>(), ["a"]);
    assert_eq!(bench.stored("b").as_deref(), Some("2"));
    bench.flush().unwrap();
    assert_eq!(bench.memory.len(), 2);
}

#[test]
fn a_failed_write_holds_back_its_key_and_nothing_else() {
    let bench = Bench::with(QueueOptions {
        merge_updates: false,
        ..QueueOptions::default()
    });
    bench.below.fail_key("bad");
    bench.set("bad", "1");
    bench.set("good", "1");
    bench.remove("bad");
    bench.set("good", "2");
    bench.set("bad", "2");
    assert!(bench.flush().is_err());
    assert_eq!(bench.stored("good").as_deref(), Some("2"));
    assert_eq!(bench.queue.state().size, 3, "all three are kept, in order");
    bench.below.heal();
    bench.below.take_calls();
    bench.flush().unwrap();
    let calls = summary(&bench.below.take_calls());
    assert_eq!(calls, ["set bad 1", "remove bad ", "set bad 2", "flush  "]);
}

#[test]
fn a_newer_write_replaces_a_failed_one() {
    let bench = Bench::new();
    bench.hold(Hold::Effect);
    bench.below.fail_next("set", 1);
    bench.set("k", "old");
    let flush = bench.host.start(bench.queue.flush(&later()));
    bench.set("k", "new");
    bench.release();
    assert!(flush.take().unwrap().is_err());
    assert_eq!(bench.get("k").as_deref(), Some("new"));
    assert_eq!(bench.queue.state().size, 1);
    bench.below.take_calls();
    bench.flush().unwrap();
    assert_eq!(summary(&bench.below.take_calls()), ["set k new", "flush  "]);
}

#[test]
fn full_batches_do_not_hammer_a_store_in_trouble() {
    let bench = Bench::with(QueueOptions {
        batch_size: 2,
        ..QueueOptions::default()
    });
    bench.below.fail_key("key0");
    bench.set_numbered(20);
    assert_eq!(bench.below.count("set_many"), 1);
    bench.below.heal();
    bench.host.advance(INTERVAL);
    assert_eq!(bench.memory.len(), 20);
}

#[test]
fn a_clear_that_fails_is_told_kept_and_retried() {
    let bench = Bench::new();
    bench.memory.insert("a:1", Value::text("1")).unwrap();
    bench.below.fail_next("clear", 1);
    let clear = bench.clear("a:");
    bench.set("a:2", "after");
    assert_eq!(
        clear.take().unwrap().err().map(|error| error.code()),
        Some("ENOSPC")
    );
    assert_eq!(bench.keys(""), ["a:2"]);
    bench.host.advance(INTERVAL);
    assert_eq!(bench.memory.list("").iter().collect::<Vec<_>>(), ["a:2"]);
}

#[test]
fn a_clear_makes_earlier_failures_below_it_moot() {
    let bench = Bench::new();
    bench.below.fail_key("a:1");
    bench.set("a:1", "1");
    let clear = bench.clear("");
    assert!(clear.take().unwrap().is_ok());
    assert_eq!(bench.queue.state().size, 0);
    assert!(bench.flush().is_ok());
}

#[test]
fn what_follows_a_clear_is_not_held_by_failures_before_it() {
    let bench = Bench::new();
    bench.hold(Hold::Effect);
    bench.set("first", "1");
    let flush = bench.host.start(bench.queue.flush(&later()));
    bench.below.fail_next("set", 1);
    bench.set("a:1", "before");
    bench.clear("a:");
    bench.set("a:1", "after");
    bench.release();
    assert!(flush.take().unwrap().is_ok());
    assert_eq!(bench.stored("a:1").as_deref(), Some("after"));
    assert_eq!(bench.queue.state().size, 0);
}

#[test]
fn a_failure_whose_caller_has_gone_is_kept_for_the_next() {
    let bench = Bench::new();
    bench.hold(Hold::Effect);
    bench.below.fail_next("set", 1);
    bench.set("k", "1");
    drop(bench.queue.flush(&later()));
    bench.release();
    assert_eq!(
        bench.flush().err().map(|error| error.code()),
        Some("ENOSPC")
    );
    assert_eq!(bench.stored("k").as_deref(), Some("1"));
}

#[test]
fn a_listener_that_flushes_at_every_failure_does_not_hold_the_thread() {
    let hook: Rc<RefCell<Option<Queue>>> = Rc::default();
    let flushing = Rc::clone(&hook);
    let listener = move |_: &Error| {
        let queue = flushing.borrow().clone();
        if let Some(queue) = queue {
            assert!(matches!(queue.flush(&now()), MaybePromise::Ready(_)));
            drop(queue.flush(&later()));
        }
    };
    let options = QueueOptions {
        on_error: Some(Rc::new(listener)),
        ..QueueOptions::default()
    };
    let bench = Bench::with(options);
    *hook.borrow_mut() = Some(bench.queue.clone());
    bench.below.fail_next("set", 5);
    bench.set("k", "value");
    drop(bench.queue.flush(&later()));
    bench.host.run_until_idle();
    assert_eq!(bench.stored("k").as_deref(), Some("value"));
    *hook.borrow_mut() = None;
}

#[test]
fn a_failure_of_the_flush_below_is_told() {
    let bench = Bench::new();
    bench.below.fail_next("flush", 1);
    bench.set("k", "value");
    assert_eq!(
        bench.flush().err().map(|error| error.code()),
        Some("ENOSPC")
    );
    assert_eq!(bench.queue.state().size, 0);
}
