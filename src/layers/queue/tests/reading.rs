//! Reads see what was written, wherever it is.

use super::*;
use crate::driver::{Options, Outcome};
use crate::key::KeyList;
use crate::layers::queue::QueuedKind;

#[test]
fn a_read_during_a_flush_sees_what_is_being_written() {
    let bench = Bench::new();
    bench.memory.insert("k", Value::text("old")).unwrap();
    bench.hold(Hold::Effect);
    bench.set("k", "new");
    let flush = bench.host.start(bench.queue.flush(&later()));
    bench.host.run_until_idle();
    assert!(bench.queue.state().flushing);
    assert_eq!(
        bench.stored("k").as_deref(),
        Some("old"),
        "the write is on its way"
    );
    assert_eq!(bench.get("k").as_deref(), Some("new"));
    bench.release();
    assert!(flush.take().unwrap().is_ok());
    assert_eq!(bench.stored("k").as_deref(), Some("new"));
}

#[test]
fn a_batch_read_keeps_the_order_asked() {
    let bench = Bench::new();
    bench.memory.insert("a", Value::text("on disk")).unwrap();
    bench.set("b", "queued");
    bench.memory.insert("c", Value::text("removed")).unwrap();
    bench.remove("c");
    let values = bench.get_many(&["a", "b", "c", "none", "b", "a"]);
    let values: Vec<Option<&str>> = values.iter().map(Option::as_deref).collect();
    let (disk, queued) = (Some("on disk"), Some("queued"));
    assert_eq!(values, [disk, queued, None, None, queued, disk]);
}

#[test]
fn options_of_a_batch_read_stay_with_their_keys() {
    let bench = Bench::new();
    bench.set("b", "queued");
    let own = Some(crate::value::Foreign::new(Marker));
    let items = GetItems {
        keys: ["a", "b", "c"].into_iter().collect(),
        options: vec![None, None, own],
    };
    bench
        .host
        .run_until(bench.queue.get_many(items, &later()))
        .unwrap();
    let calls = bench.below.take_calls();
    assert_eq!(calls.last().unwrap().keys, ["a", "c"]);
    let given: Vec<bool> = calls
        .last()
        .unwrap()
        .options
        .iter()
        .map(Option::is_some)
        .collect();
    assert_eq!(given, [false, true]);
}

#[test]
fn empty_raw_values_are_values() {
    let bench = Bench::new();
    let (key, text) = (Key::literal("text"), Value::text(""));
    bench
        .host
        .run_until(bench.queue.set_raw(key, text, &later()))
        .unwrap();
    let raw = |key: &str| {
        bench
            .host
            .run_until(bench.queue.get_raw(Key::literal(key), &later()))
            .unwrap()
    };
    assert!(matches!(raw("text"), Some(Value::Text(text)) if text.as_str().is_empty()));
    bench
        .host
        .run_until(
            bench
                .queue
                .set_raw(Key::literal("bytes"), Value::bytes(&[][..]), &later()),
        )
        .unwrap();
    assert!(matches!(raw("bytes"), Some(Value::Bytes(blob)) if blob.as_bytes().is_empty()));
    bench.flush().unwrap();
    assert!(matches!(raw("text"), Some(Value::Text(text)) if text.as_str().is_empty()));
    let calls = bench.below.take_calls();
    assert_eq!(
        calls.iter().filter(|call| call.method == "set_raw").count(),
        2
    );
}

#[test]
fn byte_containers_are_copied_on_entry() {
    let bench = Bench::new();
    let mine = crate::value::Foreign::new(Marker);
    bench
        .host
        .run_until(
            bench
                .queue
                .set_raw(Key::literal("k"), Value::Foreign(mine), &later()),
        )
        .unwrap();
    let queued = bench.queue.queued("k").unwrap();
    assert!(queued.is_raw);
    assert!(matches!(queued.value, Some(Value::Bytes(blob)) if blob.as_bytes() == [1, 2, 3]));
}

/// A foreign byte container, or an options object: what it is does not matter here.
#[derive(Debug)]
struct Marker;

impl crate::value::ForeignValue for Marker {
    fn to_blob(&self) -> Option<crate::value::Blob> {
        Some(crate::value::Blob::new(
            &[1, 2, 3][..],
            crate::value::BlobKind::Uint8Array,
        ))
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

#[test]
fn a_queued_removal_reads_as_removed() {
    let bench = Bench::new();
    bench.below.describe();
    bench.memory.insert("k", Value::text("old")).unwrap();
    let meta = || {
        bench
            .host
            .run_until(bench.queue.meta(Key::literal("k"), &later()))
            .unwrap()
    };
    assert_eq!(meta().and_then(|meta| meta.size), Some(3));
    bench.remove("k");
    assert!(!bench.has("k"));
    assert_eq!(bench.get("k"), None);
    assert!(bench.keys("").is_empty());
    assert!(meta().is_none());
    assert_eq!(
        bench.queue.queued("k").map(|queued| queued.kind),
        Some(QueuedKind::Remove)
    );
}

#[test]
fn metadata_of_a_removed_value_is_not_shown_for_its_successor() {
    for merge_updates in [true, false] {
        let bench = Bench::with(QueueOptions {
            merge_updates,
            ..QueueOptions::default()
        });
        bench.below.describe();
        let meta = |key: &str| {
            let answer = bench.queue.meta(Key::literal(key), &later());
            bench
                .host
                .run_until(answer)
                .unwrap()
                .and_then(|meta| meta.size)
        };
        for key in ["removed", "cleared:k", "changed"] {
            bench.memory.insert(key, Value::text("old")).unwrap();
        }
        bench.hold(Hold::Effect);
        bench.remove("removed");
        bench.set("removed", "new value");
        bench.clear("cleared:");
        bench.set("cleared:k", "new value");
        bench.set("changed", "new value");
        bench.set("created", "new value");
        assert_eq!((meta("removed"), meta("cleared:k")), (None, None));
        assert_eq!((meta("changed"), meta("created")), (Some(3), None));
        bench.release();
        bench.flush().unwrap();
        let all = ["removed", "cleared:k", "changed", "created"].map(meta);
        assert_eq!(all, [Some(9); 4]);
    }
}

#[test]
fn a_listing_is_what_is_below_then_what_is_queued() {
    for merge_updates in [true, false] {
        let bench = Bench::with(QueueOptions {
            merge_updates,
            ..QueueOptions::default()
        });
        for key in ["z", "y", "x"] {
            bench.memory.insert(key, Value::text("1")).unwrap();
        }
        for key in ["b", "z", "a"] {
            bench.set(key, "2");
        }
        bench.remove("y");
        bench.set("b", "3");
        assert_eq!(bench.keys(""), ["z", "x", "b", "a"]);
    }
}

#[test]
fn a_listing_respects_base_and_depth() {
    let bench = Bench::new();
    for key in ["a", "a:1", "a:b:2", "ab", "a:1$"] {
        bench.set(key, "1");
    }
    assert_eq!(bench.keys("a:"), ["a:1", "a:b:2", "a:1$"]);
    let shallow = Options {
        max_depth: Some(1),
        ..Options::default()
    };
    let keys: KeyList = at_once(bench.queue.keys("", &later().with_options(shallow))).unwrap();
    assert_eq!(keys.iter().collect::<Vec<_>>(), ["a", "a:1", "ab", "a:1$"]);
}

#[test]
fn a_listing_misses_nothing_that_is_flushed_while_it_runs() {
    let bench = Bench::new();
    bench.below.hold("keys", Hold::Answer);
    bench.set("k", "1");
    let listing = bench.host.start(bench.queue.keys("", &later()));
    bench.flush().unwrap();
    assert_eq!(bench.queue.state().size, 0);
    bench.release();
    let keys = listing.take().unwrap().unwrap();
    assert_eq!(keys.iter().collect::<Vec<_>>(), ["k"]);
}

#[test]
fn a_clear_that_nobody_waited_for_is_seen_at_once() {
    let bench = Bench::new();
    bench.memory.insert("a:below", Value::text("1")).unwrap();
    bench.memory.insert("other", Value::text("1")).unwrap();
    bench.hold(Hold::Effect);
    bench.set("a:queued", "1");
    let clear = bench.clear("a:");
    assert!(!clear.is_done());
    assert_eq!((bench.get("a:below"), bench.has("a:queued")), (None, false));
    assert_eq!(
        bench.get_many(&["a:below", "other"]),
        [None, Some("1".to_owned())]
    );
    assert_eq!(bench.keys(""), ["other"]);
    bench.set("a:after", "2");
    assert_eq!(bench.keys(""), ["other", "a:after"]);
    bench.release();
    assert_eq!(clear.take().unwrap().unwrap(), Outcome::Done);
    bench.flush().unwrap();
    assert_eq!(
        bench.memory.list("").iter().collect::<Vec<_>>(),
        ["other", "a:after"]
    );
}

#[test]
fn monitors_see_the_queue() {
    let bench = Bench::new();
    bench.set("a", "1");
    bench.host.advance(Duration::from_millis(5));
    bench.remove("b");
    assert_eq!(bench.queue.state().size, 2);
    assert_eq!(
        bench.queue.queued_keys().iter().collect::<Vec<_>>(),
        ["a", "b"]
    );
    let (first, second) = (
        bench.queue.queued("a").unwrap(),
        bench.queue.queued("b").unwrap(),
    );
    assert_eq!(
        (&*first.key, first.kind, first.is_raw),
        ("a", QueuedKind::Set, false)
    );
    assert_eq!(second.timestamp_ms - first.timestamp_ms, 5.0);
    assert!(bench.queue.queued("c").is_none());
}
