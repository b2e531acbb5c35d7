//! When operations go down, and in which shape and order.

use super::*;
use crate::error::{Error, Kind};

#[test]
fn a_full_batch_leaves_at_once_and_the_rest_on_flush() {
    let bench = Bench::new();
    bench.set_numbered(150);
    assert_eq!(bench.memory.len(), 100);
    assert_eq!(bench.queue.state().size, 50);
    bench.flush().unwrap();
    assert_eq!(bench.memory.len(), 150);
    assert_eq!(
        bench.host.timers(),
        0,
        "nothing is left to keep the process alive"
    );
}

#[test]
fn batches_leave_as_they_fill_while_a_caller_awaits_each_write() {
    let bench = Bench::new();
    for number in 0..3000 {
        let key = format!("key{number}");
        let answer = bench
            .queue
            .set(Key::literal(&key), Value::text("1"), &later());
        bench.host.run_until(answer).unwrap();
    }
    assert!(bench.memory.len() >= 2000, "{}", bench.memory.len());
}

#[test]
fn the_interval_counts_from_the_first_operation() {
    let bench = Bench::new();
    bench.set("a", "1");
    bench.host.advance(INTERVAL / 2);
    bench.set("b", "2");
    bench.host.advance(INTERVAL / 2 - Duration::from_millis(1));
    assert_eq!(bench.memory.len(), 0);
    bench.host.advance(Duration::from_millis(1));
    assert_eq!(bench.memory.len(), 2);
    assert_eq!(bench.host.timers(), 0);
}

#[test]
fn one_write_is_a_set_several_are_a_batch_the_rest_go_one_by_one() {
    let bench = Bench::new();
    bench.set("a", "1");
    bench.flush().unwrap();
    assert_eq!(summary(&bench.below.take_calls()), ["set a 1", "flush  "]);
    bench.set("a", "2");
    bench.set("b", "3");
    bench.remove("c");
    at_once(
        bench
            .queue
            .set_raw(Key::literal("d"), Value::bytes(&[7][..]), &later()),
    )
    .unwrap();
    bench.flush().unwrap();
    let mut calls = summary(&bench.below.take_calls());
    assert_eq!(
        calls.pop().as_deref(),
        Some("flush  "),
        "the driver below is flushed last"
    );
    calls.sort();
    assert_eq!(calls, ["remove c ", "set_many a,b 2,3", "set_raw d [7]"]);
}

#[test]
fn merging_keeps_the_newest_update() {
    let bench = Bench::new();
    for value in ["1", "2", "3"] {
        bench.set("k", value);
    }
    bench.set("gone", "1");
    bench.remove("gone");
    assert_eq!(bench.queue.state().size, 2);
    bench.flush().unwrap();
    let mut calls = summary(&bench.below.take_calls());
    calls.sort();
    assert_eq!(calls, ["flush  ", "remove gone ", "set k 3"]);
}

#[test]
fn without_merging_every_update_goes_down_in_order() {
    let bench = Bench::with(QueueOptions {
        merge_updates: false,
        ..QueueOptions::default()
    });
    bench.set("k", "1");
    bench.set("other", "x");
    bench.set("k", "2");
    bench.remove("k");
    bench.set("k", "3");
    assert_eq!(bench.queue.state().size, 5);
    bench.flush().unwrap();
    let calls = summary(&bench.below.take_calls());
    assert_eq!(
        calls,
        [
            "set_many k,other 1,x",
            "set k 2",
            "remove k ",
            "set k 3",
            "flush  "
        ]
    );
}

#[test]
fn updates_of_one_key_never_overtake_each_other() {
    let bench = Bench::with(QueueOptions {
        merge_updates: false,
        ..QueueOptions::default()
    });
    bench.below.unordered();
    bench.hold(Hold::Effect);
    bench.set("k", "1");
    bench.set("k", "2");
    let flush = bench.host.start(bench.queue.flush(&later()));
    bench.host.run_until_idle();
    assert_eq!(
        bench.below.held(),
        1,
        "the second write waits for the first"
    );
    bench.below.release_one();
    bench.host.run_until_idle();
    assert_eq!(
        (bench.stored("k").as_deref(), bench.below.held()),
        (Some("1"), 1)
    );
    bench.release();
    assert!(flush.take().unwrap().is_ok());
    assert_eq!(bench.stored("k").as_deref(), Some("2"));
}

#[test]
fn a_write_during_a_flush_comes_after_it() {
    let bench = Bench::new();
    bench.hold(Hold::Effect);
    bench.set("k", "1");
    let first = bench.host.start(bench.queue.flush(&later()));
    bench.set("k", "2");
    assert_eq!(bench.get("k").as_deref(), Some("2"));
    let second = bench.host.start(bench.queue.flush(&later()));
    bench.below.release_one();
    bench.host.run_until_idle();
    assert!(
        first.is_done() && !second.is_done(),
        "a flush waits for what was queued before it"
    );
    bench.release();
    assert!(second.take().unwrap().is_ok());
    assert_eq!(bench.stored("k").as_deref(), Some("2"));
}

#[test]
fn a_flush_that_was_not_asked_for_more_leaves_the_rest_to_the_timer() {
    let bench = Bench::new();
    bench.hold(Hold::Effect);
    bench.set("a", "1");
    let flush = bench.host.start(bench.queue.flush(&later()));
    bench.set("b", "2");
    bench.release();
    assert!(flush.is_done());
    assert_eq!(
        (bench.stored("a").is_some(), bench.stored("b").is_some()),
        (true, false)
    );
    bench.host.advance(INTERVAL);
    assert_eq!(bench.stored("b").as_deref(), Some("2"));
}

#[test]
fn a_clear_keeps_its_place_in_the_order() {
    let bench = Bench::new();
    bench.set("a:1", "before");
    bench.set("b", "before");
    let clear = bench.clear("a:");
    bench.set("a:1", "after");
    bench.flush().unwrap();
    assert!(clear.is_done());
    assert_eq!(bench.stored("a:1").as_deref(), Some("after"));
    assert_eq!(bench.stored("b").as_deref(), Some("before"));
}

#[test]
fn a_running_flush_keeps_the_environment_alive() {
    let bench = Bench::new();
    bench.hold(Hold::Effect);
    bench.set("a", "1");
    assert_eq!(bench.host.guards(), 0);
    let flush = bench.host.start(bench.queue.flush(&later()));
    assert_eq!(bench.host.guards(), 1);
    bench.release();
    assert!(flush.is_done());
    assert_eq!(bench.host.guards(), 0);
}

#[test]
fn options_out_of_range_are_refused_by_name() {
    let defaults = QueueOptions::default;
    let cases = [
        (
            "batchSize",
            QueueOptions {
                batch_size: 0,
                ..defaults()
            },
        ),
        (
            "maxQueueSize",
            QueueOptions {
                max_queue_size: 0,
                ..defaults()
            },
        ),
        (
            "maxQueueSize",
            QueueOptions {
                max_queue_size: usize::MAX,
                ..defaults()
            },
        ),
        (
            "flushInterval",
            QueueOptions {
                flush_interval: Duration::ZERO,
                ..defaults()
            },
        ),
        (
            "flushInterval",
            QueueOptions {
                flush_interval: Duration::MAX,
                ..defaults()
            },
        ),
    ];
    for (name, options) in cases {
        let refused = Queue::new(Rc::new(Memory::new()), options, TestHost::new().shared()).err();
        assert_eq!(refused.as_ref().map(Error::kind), Some(Kind::InvalidOption));
        assert!(refused.unwrap().message().contains(name));
    }
}

#[test]
fn a_batch_size_above_the_queue_size_still_flushes() {
    let options = QueueOptions {
        batch_size: 5000,
        max_queue_size: 10,
        ..QueueOptions::default()
    };
    let bench = Bench::with(options);
    bench.set_numbered(10);
    assert_eq!(bench.memory.len(), 10);
}
