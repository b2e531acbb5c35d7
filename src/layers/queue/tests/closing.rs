//! The end: nothing accepted is lost, or its loss is told.

use super::*;
use crate::error::Kind;

#[test]
fn closing_writes_everything_and_refuses_what_follows() {
    let bench = Bench::new();
    bench.set_numbered(150);
    bench.host.run_until(bench.queue.close(&later())).unwrap();
    let written: usize = bench
        .below
        .take_calls()
        .iter()
        .map(|call| call.values.len())
        .sum();
    assert_eq!(written, 150);
    assert!(bench.queue.state().disposed);
    assert_eq!(
        bench.set("k", "1").take().unwrap().unwrap_err().kind(),
        Kind::Disposed
    );
    assert_eq!((bench.host.timers(), bench.host.guards()), (0, 0));
}

#[test]
fn closing_waits_for_a_flush_and_for_waiting_writers() {
    let options = QueueOptions {
        batch_size: 2,
        max_queue_size: 3,
        ..QueueOptions::default()
    };
    let bench = Bench::with(options);
    bench.hold(Hold::Effect);
    let answers = bench.set_numbered(8);
    let close = bench.host.start(bench.queue.close(&later()));
    bench.host.run_until_idle();
    assert!(!close.is_done());
    bench.release();
    assert!(close.take().unwrap().is_ok());
    assert!(answers.iter().all(|answer| answer.take().unwrap().is_ok()));
    let written: usize = bench
        .below
        .take_calls()
        .iter()
        .map(|call| call.values.len())
        .sum();
    assert_eq!(written, 8);
    assert_eq!(
        bench.below.count("close"),
        0,
        "taken above: exactly one close"
    );
}

#[test]
fn closing_tries_again_before_it_gives_up() {
    let bench = Bench::new();
    bench.below.fail_next("set", 2);
    bench.set("k", "1");
    let close = bench.host.start(bench.queue.close(&later()));
    assert!(close.take().unwrap().is_ok());
    assert_eq!(
        (bench.below.count("set"), bench.below.count("close")),
        (3, 1)
    );
}

#[test]
fn a_loss_is_told_to_everybody_and_the_driver_below_is_closed() {
    let options = QueueOptions {
        batch_size: 2,
        max_queue_size: 2,
        ..QueueOptions::default()
    };
    let bench = Bench::with(options);
    ["key0", "key1", "key2"]
        .iter()
        .for_each(|key| bench.below.fail_key(key));
    let answers = bench.set_numbered(3);
    let close = bench.host.start(bench.queue.close(&later()));
    bench.host.advance(INTERVAL);
    assert_eq!(close.take().unwrap().unwrap_err().code(), "ENOSPC");
    let last = answers.last().unwrap().take().unwrap();
    assert_eq!(
        last.unwrap_err().code(),
        "ENOSPC",
        "its caller was still waiting for room"
    );
    assert_eq!(bench.below.count("close"), 1);
    assert_eq!((bench.host.timers(), bench.queue.state().size), (0, 0));
}

#[test]
fn closing_synchronously_writes_in_place() {
    let bench = Bench::new();
    bench.set("k", "1");
    at_once(bench.queue.close(&now())).unwrap();
    assert_eq!(summary(&bench.below.take_calls()), ["set k 1", "close  "]);
}

#[test]
fn a_synchronous_close_that_cannot_write_leaves_the_queue_open() {
    let bench = Bench::new();
    bench.below.without_sync(&["setItem"]);
    bench.set("k", "1");
    assert_eq!(
        at_once(bench.queue.close(&now())).unwrap_err().kind(),
        Kind::SyncUnsupported
    );
    assert_eq!(bench.get("k").as_deref(), Some("1"));
    bench.host.run_until(bench.queue.close(&later())).unwrap();
    assert_eq!(summary(&bench.below.take_calls()), ["set k 1", "close  "]);
}

#[test]
fn a_dropped_queue_still_writes() {
    let bench = Bench::new();
    bench.set("k", "1");
    let Bench {
        host,
        memory,
        queue,
        ..
    } = bench;
    drop(queue);
    host.advance(INTERVAL);
    assert_eq!(memory.len(), 1);
}
