//! Each call of a flush goes wrong once: nothing that was acknowledged is lost, nothing overtakes,
//! and somebody is told once.

use std::cell::Cell;

use super::*;
use crate::layers::queue::ErrorSink;
use crate::testkit::Trouble;

/// A queue, how its flush goes down, and which call of it goes wrong.
#[derive(Clone, Copy, Debug)]
struct Case {
    merge_updates: bool,
    ordered: bool,
    segment: usize,
    trouble: Trouble,
    after: usize,
}

type Expected = [(&'static str, Option<&'static str>); 7];

/// What must be stored in the end, by key.
const EXPECTED: Expected = [
    ("kept", Some("0")),
    ("a", Some("3")),
    ("b", None),
    ("c", Some("1")),
    ("d", Some("2")),
    ("x:1", None),
    ("x:2", Some("2")),
];

const FAILURES: [Trouble; 2] = [Trouble::Fails, Trouble::Tears];

const DELAYS: [Trouble; 2] = [Trouble::Waits(Hold::Effect), Trouble::Waits(Hold::Answer)];

/// Runs `check` for each call of a flush, until there are no more of them.
fn for_each_call(troubles: [Trouble; 2], check: impl Fn(Case, &Cell<usize>) -> bool) {
    let hits = Cell::new(0);
    for merge_updates in [true, false] {
        for ordered in [true, false] {
            for segment in [1, 2, MAX_SEGMENT] {
                for trouble in troubles {
                    let case = |after| Case {
                        merge_updates,
                        ordered,
                        segment,
                        trouble,
                        after,
                    };
                    assert!((0..100).map(case).any(|case| !check(case, &hits)));
                }
            }
        }
    }
    assert!(hits.get() > 100, "{} calls went wrong", hits.get());
}

impl Case {
    /// A queue that holds several operations on some keys, one of which was flushed before.
    fn bench(self, on_error: Option<ErrorSink>) -> Bench {
        let options = QueueOptions {
            merge_updates: self.merge_updates,
            on_error,
            ..QueueOptions::default()
        };
        let bench = Bench::with_segments(options, self.segment);
        if !self.ordered {
            bench.below.unordered();
        }
        bench.set("kept", "0");
        bench.set("x:1", "0");
        bench.flush().unwrap();
        bench.below.take_calls();
        bench.below.trouble_after(self.after, self.trouble);
        bench.set("a", "1");
        bench.set("b", "1");
        bench.set("c", "1");
        bench.set("a", "2");
        bench.remove("b");
        let raw = bench
            .queue
            .set_raw(Key::literal("d"), Value::text("2"), &later());
        bench.host.start(raw);
        bench.set("a", "3");
        bench
    }
}

/// What the queue shows.
fn check_seen(bench: &Bench, case: Case, expected: Expected) {
    for (key, value) in expected {
        assert_eq!(bench.get(key).as_deref(), value, "{case:?}: {key}");
    }
}

/// What is stored, and that no older value came after a newer one.
fn check_stored(bench: &Bench, case: Case, expected: Expected) {
    for (key, value) in expected {
        assert_eq!(bench.stored(key).as_deref(), value, "{case:?}: {key}");
    }
    let calls = bench.below.take_calls();
    for (key, _) in expected {
        let written = calls
            .iter()
            .flat_map(|call| call.keys.iter().zip(&call.values));
        let written = written.filter(|(name, _)| *name == key);
        let values: Vec<String> = written.map(|(_, value)| text_of(value)).collect();
        assert!(values.is_sorted(), "{case:?}: {key} was {values:?}");
    }
}

#[test]
fn a_flush_that_succeeds_has_stored_everything_whichever_call_fails() {
    for_each_call(FAILURES, |case, hits| {
        let told = Rc::new(Cell::new(0));
        let listener = Rc::clone(&told);
        let bench = case.bench(Some(Rc::new(move |_: &_| listener.set(listener.get() + 1))));
        let cleared = bench.clear("x:");
        bench.set("x:2", "2");
        check_seen(&bench, case, EXPECTED);
        let flushed = bench.flush();
        check_seen(&bench, case, EXPECTED);
        if flushed.is_ok() {
            check_stored(&bench, case, EXPECTED);
        }
        let went_wrong = !bench.below.awaits_trouble();
        bench.below.heal();
        bench.flush().unwrap();
        check_stored(&bench, case, EXPECTED);
        assert!(told.get() <= 1, "{case:?}: told {} times", told.get());
        assert!(cleared.is_done());
        assert!(bench.host.take_uncaught().is_empty());
        hits.set(hits.get() + usize::from(went_wrong));
        went_wrong
    });
}

#[test]
fn a_failure_in_the_background_rejects_one_flush_whichever_call_fails() {
    for_each_call(FAILURES, |case, hits| {
        let bench = case.bench(None);
        // Without a clear, which its own caller would be told of.
        bench.remove("x:1");
        bench.set("x:2", "2");
        bench.host.advance(INTERVAL);
        check_seen(&bench, case, EXPECTED);
        let failed = bench.queue.last_error().is_some();
        let went_wrong = !bench.below.awaits_trouble();
        bench.below.heal();
        assert_eq!(bench.flush().is_err(), failed, "{case:?}");
        bench.flush().unwrap();
        check_stored(&bench, case, EXPECTED);
        hits.set(hits.get() + usize::from(went_wrong));
        went_wrong
    });
}

#[test]
fn what_comes_while_a_call_is_delayed_follows_it_whichever_call_it_is() {
    for_each_call(DELAYS, |case, hits| {
        let bench = case.bench(None);
        bench.clear("x:");
        bench.set("x:2", "2");
        let flushed = bench.host.start(bench.queue.flush(&later()));
        bench.host.run_until_idle();
        let went_wrong = !bench.below.awaits_trouble();
        assert_eq!(flushed.is_done(), !went_wrong, "{case:?}");
        check_seen(&bench, case, EXPECTED);
        bench.set("a", "4");
        let expected = EXPECTED.map(|(key, value)| match key {
            "a" => (key, Some("4")),
            _ => (key, value),
        });
        check_seen(&bench, case, expected);
        bench.release();
        assert!(flushed.take().is_some_and(|answer| answer.is_ok()));
        bench.below.heal();
        bench.flush().unwrap();
        check_stored(&bench, case, expected);
        assert!(bench.host.take_uncaught().is_empty());
        hits.set(hits.get() + usize::from(went_wrong));
        went_wrong
    });
}
