use super::*;
use crate::driver::{Expiry, Options};
use crate::error::Kind;

/// A queue over a driver whose items end.
fn ending() -> (TestHost, Memory, Queue) {
    let host = TestHost::new();
    let memory = Memory::on(host.shared());
    let options = QueueOptions::default();
    let queue = Queue::new(Rc::new(memory.clone()), options, host.shared()).unwrap();
    (host, memory, queue)
}

fn set(host: &TestHost, queue: &Queue, key: &str, expiry: Expiry) -> Result<Outcome> {
    let cx = later().with_options(Options {
        expiry,
        ..Options::default()
    });
    host.run_until(queue.set(Key::literal(key), Value::text("1"), &cx))
}

fn keys(host: &TestHost, queue: &Queue) -> Vec<String> {
    let keys = host.run_until(queue.keys("", &later())).unwrap();
    keys.iter().map(str::to_owned).collect()
}

#[test]
fn what_has_ended_in_the_queue_is_not_seen() {
    let (host, memory, queue) = ending();
    set(&host, &queue, "a", Expiry::In(50.0)).unwrap();
    set(&host, &queue, "b", Expiry::Never).unwrap();
    let meta = host.run_until(queue.meta(Key::literal("a"), &later()));
    let end = host.shared().now_ms() + 50.0;
    assert_eq!(meta.unwrap().unwrap().expires_ms, Some(end));
    host.advance(Duration::from_millis(50));
    assert!(memory.is_empty(), "nothing was flushed");
    assert_eq!(keys(&host, &queue), ["b"]);
    assert!(
        !host
            .run_until(queue.has(Key::literal("a"), &later()))
            .unwrap()
    );
    let value = host.run_until(queue.get(Key::literal("a"), &later()));
    assert!(value.unwrap().is_none());
    let meta = host.run_until(queue.meta(Key::literal("a"), &later()));
    assert!(meta.unwrap().is_none());
    host.run_until(queue.flush(&later())).unwrap();
    assert_eq!(keys(&host, &queue), ["b"]);
}

#[test]
fn an_end_is_kept_although_the_older_value_never_arrives() {
    let (host, memory, queue) = ending();
    set(&host, &queue, "a", Expiry::In(5000.0)).unwrap();
    set(&host, &queue, "a", Expiry::Keep).unwrap();
    host.advance(Duration::from_millis(2000));
    assert_eq!(memory.len(), 1);
    host.advance(Duration::from_millis(3000));
    assert!(memory.is_empty());
}

#[test]
fn a_time_that_is_none_is_refused_before_it_is_queued() {
    let (host, _, queue) = ending();
    let refused = set(&host, &queue, "a", Expiry::In(-1.0)).unwrap_err();
    assert_eq!(
        (refused.kind(), queue.state().size),
        (Kind::InvalidOption, 0)
    );
}
