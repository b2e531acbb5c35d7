//! Random histories against a model: every read at every moment, and what is stored in the end.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::driver::Outcome;

const KEYS: &[&str] = &["a", "b", "a:1", "a:2", "a:b:3", "c$"];
const BASES: &[&str] = &["", "a:", "a:b:"];
const WRITES: &[&str] = &["set", "set_raw", "set_many", "remove", "clear"];

/// One step of a history.
#[derive(Clone, Debug)]
enum Step {
    Set {
        key: &'static str,
        raw: bool,
        mode: Mode,
    },
    SetMany {
        keys: Vec<&'static str>,
        mode: Mode,
    },
    Remove {
        key: &'static str,
        mode: Mode,
    },
    Clear {
        base: &'static str,
        mode: Mode,
    },
    Flush {
        mode: Mode,
    },
    Advance {
        milliseconds: u64,
    },
    FailNext {
        method: &'static str,
        count: usize,
    },
    FailKey {
        key: &'static str,
    },
    Heal,
    Hold,
    ReleaseOne,
    Release,
}

fn step(mode: impl Strategy<Value = Mode> + Clone + 'static) -> impl Strategy<Value = Step> {
    let key = prop::sample::select(KEYS);
    let set = (key.clone(), any::<bool>(), mode.clone()).prop_map(|(key, raw, mode)| Step::Set {
        key,
        raw,
        mode,
    });
    let keys = prop::collection::vec(key.clone(), 0..5);
    let many = (keys, mode.clone()).prop_map(|(keys, mode)| Step::SetMany { keys, mode });
    let remove = (key.clone(), mode.clone()).prop_map(|(key, mode)| Step::Remove { key, mode });
    let clear = (prop::sample::select(BASES), mode.clone())
        .prop_map(|(base, mode)| Step::Clear { base, mode });
    let fail = (prop::sample::select(WRITES), 1_usize..3)
        .prop_map(|(method, count)| Step::FailNext { method, count });
    prop_oneof![
        8 => set,
        3 => many,
        4 => remove,
        2 => clear,
        3 => mode.prop_map(|mode| Step::Flush { mode }),
        3 => (1_u64..3000).prop_map(|milliseconds| Step::Advance { milliseconds }),
        2 => fail,
        1 => key.prop_map(|key| Step::FailKey { key }),
        2 => Just(Step::Heal),
        2 => Just(Step::Hold),
        3 => Just(Step::ReleaseOne),
        2 => Just(Step::Release),
    ]
}

fn any_mode() -> impl Strategy<Value = Mode> + Clone {
    prop_oneof![3 => Just(Mode::NonBlocking), 1 => Just(Mode::Blocking)]
}

/// A queue, the content that it must show, and the calls that were not waited for.
struct History {
    bench: Bench,
    ordered: bool,
    content: BTreeMap<&'static str, String>,
    /// Every value accepted for each key, oldest first.
    accepted: BTreeMap<&'static str, Vec<String>>,
    writes: usize,
    started: Vec<Started<Outcome>>,
    flushes: Vec<Started<()>>,
}

impl History {
    fn new(merge_updates: bool, ordered: bool, segment: usize) -> Self {
        let options = QueueOptions {
            batch_size: 4,
            max_queue_size: 7,
            merge_updates,
            ..QueueOptions::default()
        };
        let bench = Bench::with_segments(options, segment);
        if !ordered {
            bench.below.unordered();
        }
        History {
            bench,
            ordered,
            content: BTreeMap::new(),
            accepted: BTreeMap::new(),
            writes: 0,
            started: Vec::new(),
            flushes: Vec::new(),
        }
    }

    fn next_text(&mut self) -> String {
        self.writes += 1;
        format!("value {}", self.writes)
    }

    fn accept(&mut self, key: &'static str, text: String) {
        self.accepted.entry(key).or_default().push(text.clone());
        self.content.insert(key, text);
    }

    /// True if the write was accepted: synchronous ones may be refused, and are not seen then.
    fn note(&mut self, answer: MaybePromise<Outcome>, mode: Mode) -> bool {
        if mode == Mode::Blocking {
            return at_once(answer).is_ok();
        }
        self.started.push(self.bench.host.start(answer));
        true
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Set { key, raw, mode } => self.set(key, raw, mode),
            Step::SetMany { keys, mode } => self.set_many(&keys, mode),
            Step::Remove { key, mode } => {
                let answer = self
                    .bench
                    .queue
                    .remove(Key::literal(key), &Context::new(mode));
                if self.note(answer, mode) {
                    self.content.remove(key);
                }
            }
            Step::Clear { base, mode } => {
                let answer = self.bench.queue.clear(base, &Context::new(mode));
                // A clear is accepted even if carrying it out fails at first.
                self.note(answer, mode);
                self.content.retain(|key, _| !key.starts_with(base));
            }
            Step::Flush {
                mode: Mode::Blocking,
            } => {
                if at_once(self.bench.queue.flush(&now())).is_ok() {
                    self.check_stored();
                }
            }
            Step::Flush {
                mode: Mode::NonBlocking,
            } => {
                let answer = self.bench.queue.flush(&later());
                self.flushes.push(self.bench.host.start(answer));
            }
            Step::Advance { milliseconds } => {
                self.bench.host.advance(Duration::from_millis(milliseconds))
            }
            Step::FailNext { method, count } => self.bench.below.fail_next(method, count),
            Step::FailKey { key } => self.bench.below.fail_key(key),
            Step::Heal => self.bench.below.heal(),
            Step::Hold => self.bench.hold(if self.ordered {
                Hold::Answer
            } else {
                Hold::Effect
            }),
            Step::ReleaseOne => {
                self.bench.below.release_one();
                self.bench.host.run_until_idle();
            }
            Step::Release => self.bench.release(),
        }
    }

    fn set(&mut self, key: &'static str, raw: bool, mode: Mode) {
        let text = self.next_text();
        let (target, value, cx) = (Key::literal(key), Value::text(&*text), Context::new(mode));
        let queue = &self.bench.queue;
        let answer = if raw {
            queue.set_raw(target, value, &cx)
        } else {
            queue.set(target, value, &cx)
        };
        if self.note(answer, mode) {
            self.accept(key, text);
        }
    }

    fn set_many(&mut self, keys: &[&'static str], mode: Mode) {
        let texts: Vec<String> = keys.iter().map(|_| self.next_text()).collect();
        let pairs: Vec<(&str, &str)> = keys
            .iter()
            .zip(&texts)
            .map(|(key, text)| (*key, &**text))
            .collect();
        let answer = self
            .bench
            .queue
            .set_many(items(&pairs), &Context::new(mode));
        let refused: Vec<usize> = match answer {
            MaybePromise::Ready(Ok(report)) => {
                report.failures.iter().map(|(index, _)| *index).collect()
            }
            MaybePromise::Ready(Err(_)) => {
                assert_eq!(
                    mode,
                    Mode::Blocking,
                    "it went through, and the driver refused it"
                );
                (0..keys.len()).collect()
            }
            pending => {
                assert_eq!(mode, Mode::NonBlocking);
                let done = pending.map(|_| Outcome::Done);
                self.started.push(self.bench.host.start(done));
                Vec::new()
            }
        };
        for (index, (key, text)) in keys.iter().zip(texts).enumerate() {
            if !refused.contains(&index) {
                self.accept(key, text);
            }
        }
    }

    /// Every read, through the queue, sees the model.
    fn check_reads(&self) {
        let bench = &self.bench;
        for key in KEYS {
            assert_eq!(bench.get(key).as_ref(), self.content.get(key), "{key}");
            assert_eq!(bench.has(key), self.content.contains_key(key), "{key}");
        }
        let expected: Vec<Option<String>> = KEYS
            .iter()
            .map(|key| self.content.get(key).cloned())
            .collect();
        assert_eq!(bench.get_many(KEYS), expected);
        for base in BASES {
            let mut keys = bench.keys(base);
            keys.sort();
            let expected = self.content.keys().filter(|key| key.starts_with(base));
            assert_eq!(
                keys,
                expected.copied().collect::<Vec<_>>(),
                "below {base:?}"
            );
        }
        assert!(bench.queue.state().size <= 7);
    }

    /// The driver below holds the model.
    fn check_stored(&self) {
        for key in KEYS {
            assert_eq!(
                self.bench.stored(key).as_ref(),
                self.content.get(key),
                "{key}"
            );
        }
    }

    /// Ends the trouble and sees that everything arrives and everybody is answered.
    fn finish(&mut self) {
        self.bench.below.heal();
        self.bench.release();
        if let Err(error) = self.bench.flush() {
            assert_eq!(
                error.code(),
                "ENOSPC",
                "an earlier failure that nobody was told of"
            );
            self.bench.flush().unwrap();
        }
        self.check_reads();
        self.check_stored();
        assert!(self.started.iter().all(Started::is_done));
        assert!(self.flushes.iter().all(Started::is_done));
        let state = self.bench.queue.state();
        assert_eq!((state.size, state.flushing), (0, false));
        assert_eq!((self.bench.host.timers(), self.bench.host.guards()), (0, 0));
        assert!(self.bench.host.take_uncaught().is_empty());
    }
}

/// How many operations go down at once: fewer than a flight holds, or all of it.
fn any_segment() -> impl Strategy<Value = usize> {
    prop_oneof![1..4_usize, Just(MAX_SEGMENT)]
}

proptest! {
    #[test]
    fn reads_follow_writes_and_everything_arrives(
        merge_updates in any::<bool>(),
        ordered in any::<bool>(),
        segment in any_segment(),
        steps in prop::collection::vec(step(any_mode()), 1..60),
    ) {
        let mut history = History::new(merge_updates, ordered, segment);
        for step in steps {
            history.take(step);
            history.check_reads();
        }
        history.finish();
    }

    #[test]
    fn without_merging_each_update_arrives_once_and_in_order(
        segment in any_segment(),
        steps in prop::collection::vec(step(Just(Mode::NonBlocking)), 1..60),
    ) {
        let mut history = History::new(false, false, segment);
        let unbroken = |step: &Step| {
            !matches!(step, Step::Clear { .. } | Step::FailNext { .. } | Step::FailKey { .. })
        };
        steps.into_iter().filter(unbroken).for_each(|step| history.take(step));
        history.finish();
        let calls = history.bench.below.take_calls();
        for key in KEYS {
            let of_key = calls.iter().flat_map(|call| call.keys.iter().zip(&call.values));
            let of_key = of_key.filter(|(written, _)| written == key);
            let arrived: Vec<String> = of_key.map(|(_, value)| text_of(value)).collect();
            prop_assert_eq!(arrived, history.accepted.get(key).cloned().unwrap_or_default());
        }
    }
}
