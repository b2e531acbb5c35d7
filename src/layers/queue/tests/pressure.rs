//! A full queue makes writers wait.

use super::*;

fn small() -> Bench {
    let options = QueueOptions {
        batch_size: 2,
        max_queue_size: 4,
        ..QueueOptions::default()
    };
    let bench = Bench::with(options);
    bench.hold(Hold::Effect);
    bench
}

#[test]
fn writes_wait_for_room_and_are_seen_meanwhile() {
    let bench = small();
    let answers = bench.set_numbered(10);
    let done = || answers.iter().filter(|answer| answer.is_done()).count();
    assert_eq!((done(), bench.queue.state().size), (4, 4));
    assert_eq!(bench.get("key9").as_deref(), Some("9"));
    assert_eq!(bench.keys("").len(), 10);
    bench.below.release_one();
    bench.host.run_until_idle();
    assert_eq!(
        (done(), bench.queue.state().size),
        (6, 4),
        "two were written, two came in"
    );
    bench.below.release_one();
    bench.host.run_until_idle();
    assert_eq!(
        (done(), bench.queue.state().size),
        (10, 4),
        "four were written, four came in"
    );
    bench.release();
    assert_eq!(done(), 10);
    assert_eq!(bench.memory.len(), 10, "each full batch went on at once");
}

#[test]
fn a_waiting_update_is_replaced_in_place() {
    let bench = small();
    bench.set_numbered(4);
    let first = bench.set("waiting", "old");
    let second = bench.set("waiting", "new");
    assert!(
        first.is_done() || !second.is_done(),
        "nobody is let in before an earlier caller"
    );
    assert_eq!(bench.get("waiting").as_deref(), Some("new"));
    bench.release();
    bench.flush().unwrap();
    assert!(first.is_done() && second.is_done());
    assert_eq!(bench.stored("waiting").as_deref(), Some("new"));
}

#[test]
fn an_update_of_a_queued_key_needs_no_room() {
    let bench = small();
    bench.set_numbered(4);
    assert!(
        bench.set("key3", "again").is_done(),
        "it takes the place of the queued one"
    );
    assert!(
        !bench.set("key0", "again").is_done(),
        "that one is being written"
    );
    bench.release();
}

#[test]
fn a_batch_waits_until_all_of_it_is_in() {
    let bench = small();
    let pairs: Vec<(String, &str)> = (0..7).map(|number| (format!("k{number}"), "1")).collect();
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(key, text)| (&**key, *text)).collect();
    let answer = bench
        .host
        .start(bench.queue.set_many(items(&pairs), &later()));
    assert!(!answer.is_done());
    assert_eq!(bench.queue.state().size, 4);
    bench.release();
    assert!(answer.take().unwrap().unwrap().failures.is_empty());
    bench.flush().unwrap();
    assert_eq!(bench.memory.len(), 7);
}

#[test]
fn a_flush_includes_what_waits() {
    let bench = small();
    bench.set_numbered(10);
    let flush = bench.host.start(bench.queue.flush(&later()));
    bench.release();
    assert!(flush.take().unwrap().is_ok());
    assert_eq!(bench.memory.len(), 10);
}

#[test]
fn writers_wait_out_a_store_in_trouble() {
    let bench = small();
    bench.below.release();
    ["key0", "key1"]
        .iter()
        .for_each(|key| bench.below.fail_key(key));
    let answers = bench.set_numbered(6);
    assert_eq!(answers.iter().filter(|answer| answer.is_done()).count(), 4);
    bench.below.heal();
    bench.host.advance(INTERVAL);
    assert!(answers.iter().all(Started::is_done));
    bench.flush().unwrap_err();
    assert_eq!(bench.memory.len(), 6);
}
