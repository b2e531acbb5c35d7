//! Synchronous calls take part in the same queue.

use super::*;
use crate::error::Kind;

#[test]
fn a_synchronous_write_follows_a_queued_one() {
    let bench = Bench::new();
    bench.set("k", "queued");
    bench.set_now("k", "later").unwrap();
    assert_eq!(bench.get("k").as_deref(), Some("later"));
    bench.flush().unwrap();
    assert_eq!(bench.stored("k").as_deref(), Some("later"));
    assert_eq!(bench.get("k").as_deref(), Some("later"));
}

#[test]
fn a_synchronous_removal_follows_a_queued_write() {
    let bench = Bench::new();
    bench.set("k", "queued");
    at_once(bench.queue.remove(Key::literal("k"), &now())).unwrap();
    bench.flush().unwrap();
    assert_eq!((bench.get("k"), bench.stored("k")), (None, None));
}

#[test]
fn a_synchronous_flush_writes_everything_in_place() {
    let bench = Bench::new();
    bench.set("a", "1");
    bench.set("b", "2");
    bench.remove("c");
    at_once(bench.queue.flush(&now())).unwrap();
    assert_eq!(bench.memory.len(), 2);
    let modes: Vec<Mode> = bench
        .below
        .take_calls()
        .iter()
        .map(|call| call.mode)
        .collect();
    assert!(modes.iter().all(|mode| *mode == Mode::Blocking));
    assert_eq!(bench.host.timers(), 0);
}

#[test]
fn a_synchronous_flush_takes_over_what_is_under_way() {
    let bench = Bench::with(QueueOptions {
        merge_updates: false,
        ..QueueOptions::default()
    });
    bench.hold(Hold::Answer);
    bench.set("k", "1");
    bench.set("k", "2");
    let flush = bench.host.start(bench.queue.flush(&later()));
    bench.set("k", "3");
    at_once(bench.queue.flush(&now())).unwrap();
    assert_eq!(
        (bench.stored("k").as_deref(), bench.queue.state().size),
        (Some("3"), 0)
    );
    bench.release();
    assert!(flush.take().unwrap().is_ok());
    assert_eq!(
        bench.stored("k").as_deref(),
        Some("3"),
        "the old flush does not go on"
    );
    bench.set("k", "4");
    bench.flush().unwrap();
    assert_eq!(bench.stored("k").as_deref(), Some("4"));
    assert!(!bench.queue.state().flushing);
}

#[test]
fn a_batch_that_was_taken_over_is_not_tried_one_by_one() {
    let bench = Bench::new();
    bench.hold(Hold::Answer);
    bench.below.fail_next("set_many", 1);
    bench.set("a", "1");
    bench.set("b", "1");
    let flush = bench.host.start(bench.queue.flush(&later()));
    at_once(bench.queue.clear("", &now())).unwrap();
    assert!(bench.memory.is_empty());
    bench.release();
    assert!(flush.is_done());
    assert!(
        bench.memory.is_empty(),
        "the old flush must not bring anything back"
    );
    assert_eq!(bench.queue.state().size, 0);
}

#[test]
fn an_unordered_driver_that_is_writing_a_key_refuses_its_successor_in_place() {
    let bench = Bench::new();
    bench.below.unordered();
    bench.hold(Hold::Effect);
    bench.set("k", "1");
    let flush = bench.host.start(bench.queue.flush(&later()));
    at_once(bench.queue.flush(&now())).unwrap();
    assert_eq!(
        bench.stored("k").as_deref(),
        Some("1"),
        "the same write may be made twice"
    );
    bench.set_now("other", "1").unwrap();
    at_once(bench.queue.flush(&now())).unwrap();
    bench.set_now("k", "2").unwrap();
    let error = at_once(bench.queue.flush(&now())).unwrap_err();
    assert_eq!(error.kind(), Kind::Busy);
    assert_eq!(bench.get("k").as_deref(), Some("2"));
    bench.release();
    assert!(flush.is_done());
    at_once(bench.queue.flush(&now())).unwrap();
    assert_eq!(bench.stored("k").as_deref(), Some("2"));
}

#[test]
fn a_synchronous_write_goes_through_if_nothing_is_queued_on_its_key() {
    let bench = Bench::new();
    bench.set("other", "1");
    bench.set_now("k", "1").unwrap();
    assert_eq!(bench.stored("k").as_deref(), Some("1"));
    at_once(
        bench
            .queue
            .set_many(items(&[("x", "1"), ("y", "1")]), &now()),
    )
    .unwrap();
    assert_eq!((bench.memory.len(), bench.queue.state().size), (3, 1));
    let calls = summary(&bench.below.take_calls());
    assert_eq!(calls, ["set k 1", "set_many x,y 1,1"]);
    bench.below.fail_key("k");
    assert_eq!(bench.set_now("k", "2").unwrap_err().code(), "ENOSPC");
    assert_eq!(
        (bench.get("k").as_deref(), bench.queue.state().size),
        (Some("1"), 1)
    );
}

#[test]
fn a_synchronous_batch_goes_through_item_by_item_where_it_can() {
    let bench = Bench::new();
    bench.set("queued", "1");
    let pairs = [("queued", "2"), ("new", "1")];
    let report = at_once(bench.queue.set_many(items(&pairs), &now())).unwrap();
    assert!(report.failures.is_empty());
    assert_eq!(bench.stored("new").as_deref(), Some("1"));
    assert_eq!(
        (bench.stored("queued"), bench.get("queued").as_deref()),
        (None, Some("2"))
    );
}

/// A full queue that keeps every update, so that one more on a queued key needs room.
fn full() -> Bench {
    let bench = Bench::with(QueueOptions {
        batch_size: 3,
        max_queue_size: 3,
        merge_updates: false,
        ..QueueOptions::default()
    });
    bench.hold(Hold::Answer);
    bench.set_numbered(3);
    assert_eq!(bench.queue.state().size, 3);
    bench
}

#[test]
fn a_synchronous_write_to_a_full_queue_flushes_first() {
    let bench = full();
    bench.set_now("key0", "again").unwrap();
    assert_eq!((bench.memory.len(), bench.queue.state().size), (3, 1));
    bench.release();
    bench.flush().unwrap();
    assert_eq!(bench.stored("key0").as_deref(), Some("again"));
}

#[test]
fn a_synchronous_write_that_finds_no_room_is_refused() {
    let bench = full();
    ["key0", "key1", "key2"]
        .iter()
        .for_each(|key| bench.below.fail_key(key));
    assert_eq!(bench.set_now("key0", "again").unwrap_err().code(), "ENOSPC");
    assert_eq!(
        (bench.get("key0").as_deref(), bench.queue.state().size),
        (Some("0"), 3)
    );
    let attempts = bench.below.count("set_many");
    let pairs = [("key0", "again"), ("new", "1"), ("key1", "again")];
    let report = at_once(bench.queue.set_many(items(&pairs), &now())).unwrap();
    let failed: Vec<usize> = report.failures.iter().map(|(index, _)| *index).collect();
    assert_eq!(failed, [0, 2]);
    assert_eq!(
        bench.below.count("set_many"),
        attempts + 1,
        "one attempt for the whole batch"
    );
    assert_eq!(bench.stored("new").as_deref(), Some("1"));
    bench.below.heal();
    bench.set_now("key0", "again").unwrap();
    assert_eq!(bench.memory.len(), 4);
}

#[test]
fn a_driver_without_synchronous_methods_is_named_as_the_reason() {
    let bench = Bench::new();
    let all = [
        "hasItem",
        "getItem",
        "getItemRaw",
        "setItem",
        "setItemRaw",
        "removeItem",
        "getMeta",
        "getKeys",
        "clear",
    ];
    bench.below.without_sync(&all);
    let (key, value) = (Key::literal("k"), || Value::text("1"));
    let queue = &bench.queue;
    let get = || GetItems {
        keys: ["k"].into_iter().collect(),
        options: Vec::new(),
    };
    let refused = [
        ("hasItem", at_once(queue.has(key, &now())).err()),
        ("getItem", at_once(queue.get(key, &now())).err()),
        ("getItem", at_once(queue.get_many(get(), &now())).err()),
        ("getItemRaw", at_once(queue.get_raw(key, &now())).err()),
        ("setItem", at_once(queue.set(key, value(), &now())).err()),
        (
            "setItem",
            at_once(queue.set_many(items(&[("k", "1")]), &now())).err(),
        ),
        (
            "setItemRaw",
            at_once(queue.set_raw(key, value(), &now())).err(),
        ),
        ("removeItem", at_once(queue.remove(key, &now())).err()),
        ("getMeta", at_once(queue.meta(key, &now())).err()),
        ("getKeys", at_once(queue.keys("", &now())).err()),
        ("clear", at_once(queue.clear("", &now())).err()),
    ];
    for (operation, error) in refused {
        let error = error.unwrap();
        let message =
            format!("Underlying driver does not support synchronous {operation} operation");
        assert_eq!(
            (error.kind(), error.message()),
            (Kind::SyncUnsupported, &*message)
        );
        assert_eq!(error.operation_name(), Some(operation));
    }
    bench.set("k", "queued");
    assert!(
        at_once(queue.has(key, &now())).unwrap(),
        "the queue knows this one"
    );
    assert!(at_once(queue.get(key, &now())).unwrap().is_some());
    assert_eq!(
        at_once(queue.flush(&now())).unwrap_err().kind(),
        Kind::SyncUnsupported
    );
    bench.flush().unwrap();
    assert_eq!(bench.stored("k").as_deref(), Some("queued"));
}

#[test]
fn a_synchronous_clear_is_carried_out_in_place_or_in_its_turn() {
    let bench = Bench::new();
    bench.below.unordered();
    bench.memory.insert("a:0", Value::text("0")).unwrap();
    at_once(bench.queue.clear("a:", &now())).unwrap();
    assert!(bench.memory.is_empty());
    bench.hold(Hold::Effect);
    bench.set("a:1", "1");
    drop(bench.queue.flush(&later()));
    at_once(bench.queue.clear("a:", &now())).unwrap();
    assert_eq!(bench.get("a:1"), None);
    bench.set_now("a:2", "2").unwrap();
    bench.release();
    bench.flush().unwrap();
    assert_eq!(bench.memory.list("").iter().collect::<Vec<_>>(), ["a:2"]);
}

#[test]
fn a_failed_synchronous_flush_keeps_everything() {
    let bench = Bench::new();
    bench.below.fail_next("set", 1);
    bench.set("k", "1");
    assert_eq!(
        at_once(bench.queue.flush(&now())).unwrap_err().code(),
        "ENOSPC"
    );
    assert_eq!(bench.get("k").as_deref(), Some("1"));
    bench.host.advance(INTERVAL);
    assert_eq!(bench.stored("k").as_deref(), Some("1"), "and retries");
    at_once(bench.queue.flush(&now())).unwrap();
}
