//! A flight that is larger than a segment goes down in several turns.

use super::*;

/// Three segments: 4, 4 and 2 operations.
fn ten_in_fours() -> Bench {
    let options = QueueOptions {
        batch_size: 50,
        max_queue_size: 50,
        ..QueueOptions::default()
    };
    let bench = Bench::with_segments(options, 4);
    bench.set_numbered(10);
    bench
}

fn batches(bench: &Bench) -> Vec<usize> {
    let calls = bench.below.take_calls();
    let batches = calls.iter().filter(|call| call.method == "set_many");
    batches.map(|call| call.keys.len()).collect()
}

#[test]
fn reads_never_wait_for_a_driver_that_is_busy_with_the_flight() {
    let bench = ten_in_fours();
    bench.hold(Hold::Effect);
    let flushed = bench.host.start(bench.queue.flush(&later()));
    bench.below.release_one();
    bench.host.run_until_idle();
    assert_eq!((bench.memory.len(), bench.queue.state().size), (4, 10));
    for number in 0..10 {
        let expected = Some(number.to_string());
        assert_eq!(bench.get(&format!("key{number}")), expected);
    }
    assert_eq!(bench.below.count("get"), 0);
    assert!(!flushed.is_done());
    bench.release();
    assert!(flushed.take().is_some_and(|answer| answer.is_ok()));
    assert_eq!(batches(&bench), [4, 4, 2]);
    assert_eq!((bench.memory.len(), bench.queue.state().size), (10, 0));
}

#[test]
fn a_failure_in_one_segment_holds_back_only_its_key() {
    let bench = ten_in_fours();
    bench.below.fail_key("key5");
    assert!(bench.flush().is_err());
    assert_eq!((bench.memory.len(), bench.queue.state().size), (9, 1));
    assert_eq!(bench.get("key5").as_deref(), Some("5"));
    bench.below.heal();
    bench.flush().unwrap();
    assert_eq!(bench.stored("key5").as_deref(), Some("5"));
}

#[test]
fn newer_operations_follow_those_that_are_written_and_those_under_way() {
    let bench = ten_in_fours();
    bench.hold(Hold::Effect);
    let flushed = bench.host.start(bench.queue.flush(&later()));
    bench.below.release_one();
    bench.host.run_until_idle();
    bench.set("key0", "newer");
    bench.set("key5", "newer");
    bench.remove("key9");
    let seen = ["key0", "key5", "key9"].map(|key| bench.get(key));
    assert_eq!(
        seen,
        [Some("newer".to_owned()), Some("newer".to_owned()), None]
    );
    bench.release();
    assert!(flushed.take().is_some_and(|answer| answer.is_ok()));
    bench.flush().unwrap();
    let stored = ["key0", "key5", "key9"].map(|key| bench.stored(key));
    assert_eq!(stored, seen);
}

#[test]
fn a_flush_in_place_takes_over_between_two_segments() {
    let bench = ten_in_fours();
    bench.hold(Hold::Answer);
    let flushed = bench.host.start(bench.queue.flush(&later()));
    bench.below.release_one();
    bench.host.run_until_idle();
    at_once(bench.queue.flush(&now())).unwrap();
    assert_eq!((bench.memory.len(), bench.queue.state().size), (10, 0));
    bench.release();
    assert!(flushed.take().is_some_and(|answer| answer.is_ok()));
    assert_eq!(
        batches(&bench),
        [4, 4, 4, 2],
        "only the unconfirmed segment goes down twice"
    );
}

#[test]
fn a_clear_in_the_middle_answers_with_its_own_outcome() {
    let bench = ten_in_fours();
    let cleared = bench.clear("");
    bench.set("after", "1");
    bench.flush().unwrap();
    assert!(matches!(cleared.take(), Some(Ok(Outcome::Done))));
    assert_eq!(bench.keys(""), ["after"]);
    assert_eq!(bench.memory.len(), 1);
}
