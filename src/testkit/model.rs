//! Random histories of a durable driver against the plain meaning of its contract.

#![expect(clippy::panic, reason = "a history that fails is a failed test")]

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use compact_str::CompactString;
use proptest::prelude::*;

use super::host::TestHost;
use crate::driver::{
    Addition, Change, Check, Commit, Context, Driver, Expiry, Mode, Options, Verdict, Write,
};
use crate::error::Kind;
use crate::key::Key;
use crate::maybe::MaybePromise;
use crate::storage::{Entries, EntriesOptions, Storage, Transaction, TransactionOptions};
use crate::value::Value;

const KEYS: &[&str] = &["a", "a:1", "a:2", "b", "b:1", "\u{e9}"];

const BASES: &[&str] = &["", "a:", "b:"];

/// One step of a history.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Stores a number, for some milliseconds, or for ever.
    Set(&'static str, u8, Option<u16>),
    /// Removes a key.
    Remove(&'static str),
    /// Removes all keys below a base.
    Clear(&'static str),
    /// Adds to a number if another key, if one is given, has the number that is given.
    Add(&'static str, i8, Option<(&'static str, u8)>),
    /// Reads in a transaction, which begins with the first such step.
    TransactionGet(&'static str),
    /// Writes in a transaction.
    TransactionSet(&'static str, Option<u8>),
    /// Ends the transaction.
    TransactionEnd {
        /// Otherwise it is rolled back.
        commits: bool,
    },
    /// Goes through the items.
    Walk {
        /// The part.
        base: &'static str,
        /// From the last to the first.
        reverse: bool,
    },
    /// Lets so many milliseconds pass.
    Advance(u16),
}

/// Any history. All numbers are small, so that keys, values and times meet.
pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = || prop::sample::select(KEYS);
    let base = || prop::sample::select(BASES);
    let expected = prop::option::of((key(), 0..3_u8));
    let step = prop_oneof![
        6 => (key(), 0..3_u8, prop::option::of(1..40_u16)).prop_map(|(key, number, ttl)| Step::Set(key, number, ttl)),
        2 => key().prop_map(Step::Remove),
        1 => base().prop_map(Step::Clear),
        3 => (key(), -2..3_i8, expected).prop_map(|(key, by, check)| Step::Add(key, by, check)),
        3 => key().prop_map(Step::TransactionGet),
        3 => (key(), prop::option::of(0..3_u8)).prop_map(|(key, number)| Step::TransactionSet(key, number)),
        2 => any::<bool>().prop_map(|commits| Step::TransactionEnd { commits }),
        2 => (base(), any::<bool>()).prop_map(|(base, reverse)| Step::Walk { base, reverse }),
        3 => (1..30_u16).prop_map(Step::Advance),
    ];
    prop::collection::vec(step, 1..80)
}

#[cfg(feature = "sqlite")]
impl Step {
    /// True if it concerns nothing but what is below a base.
    pub(crate) fn is_below(&self, base: &str) -> bool {
        match self {
            Step::Add(key, _, check) => {
                key.starts_with(base) && check.is_none_or(|(key, _)| key.starts_with(base))
            }
            Step::Set(key, ..)
            | Step::Remove(key)
            | Step::TransactionGet(key)
            | Step::TransactionSet(key, _) => key.starts_with(base),
            Step::Clear(_) | Step::TransactionEnd { .. } | Step::Walk { .. } | Step::Advance(_) => {
                true
            }
        }
    }
}

/// Takes `steps` with a driver that has ends and transactions, is empty, and lives on `host`. Every
/// read of it must see what the model says.
///
/// # Panics
/// Where it differs.
pub(crate) fn check_model(driver: Rc<dyn Driver>, host: &TestHost, mode: Mode, steps: &[Step]) {
    check_storage(Storage::new(driver, host.shared()), host, mode, steps);
}

/// The same with a storage, of whose drivers the steps concern one.
///
/// # Panics
/// Where it differs.
pub(crate) fn check_storage(storage: Storage, host: &TestHost, mode: Mode, steps: &[Step]) {
    let mut history = History {
        storage,
        host,
        cx: Context::new(mode),
        items: Model::new(),
        running: None,
    };
    for step in steps {
        history.take(step);
        history.check();
    }
    assert!(host.take_uncaught().is_empty());
}

/// Numbers with their ends.
type Model = BTreeMap<&'static str, (f64, Option<f64>)>;

struct History<'a> {
    storage: Storage,
    host: &'a TestHost,
    cx: Context,
    items: Model,
    running: Option<Running>,
}

/// A transaction with what it must see.
struct Running {
    transaction: Transaction,
    /// The items as they were at its beginning.
    before: Model,
    seen: Vec<&'static str>,
    writes: BTreeMap<&'static str, Option<f64>>,
}

fn encoded(number: f64) -> Value {
    Value::text(format!("{{\"json\":{number}}}"))
}

fn text(value: &Value) -> &str {
    match value {
        Value::Text(text) => text.as_str(),
        _ => "no text",
    }
}

impl History<'_> {
    fn wait<T: 'static>(&self, answer: MaybePromise<T>) -> crate::error::Result<T> {
        self.host.run_until(answer)
    }

    fn done<T: 'static>(&self, answer: MaybePromise<T>) -> T {
        self.wait(answer).unwrap_or_else(|error| panic!("{error}"))
    }

    fn now_ms(&self) -> f64 {
        self.host.shared().now_ms()
    }

    /// What is there now.
    fn living(&self, items: &Model) -> BTreeMap<&'static str, f64> {
        let now = self.now_ms();
        let lives = |(_, (_, end)): &(&&str, &(f64, Option<f64>))| end.is_none_or(|end| end > now);
        items
            .iter()
            .filter(lives)
            .map(|(key, (number, _))| (*key, *number))
            .collect()
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Set(key, number, ttl) => self.set(key, number, ttl),
            Step::Remove(key) => {
                self.done(self.storage.remove(Key::literal(key), &self.cx));
                self.items.remove(key);
            }
            Step::Clear(base) => {
                self.done(self.storage.clear(base, &self.cx));
                self.items.retain(|key, _| !key.starts_with(base));
            }
            Step::Add(key, by, expected) => self.add(key, by, expected),
            Step::TransactionGet(key) => self.transaction_get(key),
            Step::TransactionSet(key, number) => self.transaction_set(key, number),
            Step::TransactionEnd { commits } => self.end(commits),
            Step::Walk { base, reverse } => self.walk(base, reverse),
            Step::Advance(milliseconds) => {
                self.host
                    .advance(Duration::from_millis(milliseconds.into()));
            }
        }
    }

    fn set(&mut self, key: &'static str, number: u8, ttl: Option<u16>) {
        let expiry = ttl.map_or(Expiry::Never, |ttl| Expiry::In(ttl.into()));
        let cx = self.cx.with_options(Options {
            expiry,
            ..Options::default()
        });
        let end = ttl.map(|ttl| self.now_ms() + f64::from(ttl));
        self.done(
            self.storage
                .set(Key::literal(key), encoded(number.into()), &cx),
        );
        self.items.insert(key, (number.into(), end));
    }

    fn add(&mut self, key: &'static str, by: i8, expected: Option<(&'static str, u8)>) {
        let addition = Addition {
            by: by.into(),
            initial: 0.0,
            min: f64::NEG_INFINITY,
            max: f64::INFINITY,
        };
        let check = expected.map(|(key, number)| Check {
            key: key.into(),
            expected: Some(encoded(number.into())),
        });
        let commit = Commit {
            checks: check.into_iter().collect(),
            writes: vec![Write {
                key: key.into(),
                change: Change::Add(addition),
            }],
        };
        let verdict = self.done(self.storage.commit(commit, &self.cx));
        let living = self.living(&self.items);
        let conflict =
            expected.filter(|(key, number)| living.get(key) != Some(&f64::from(*number)));
        if let Some((key, _)) = conflict {
            assert_eq!(verdict, Verdict::Conflict(key.into()));
            return;
        }
        let sum = living.get(key).unwrap_or(&0.0) + f64::from(by);
        assert_eq!(verdict, Verdict::Committed(vec![sum]));
        let end = living.get(key).and_then(|_| self.items.get(key)?.1);
        self.items.insert(key, (sum, end));
    }

    /// The transaction that runs; a new one has its snapshot from here on.
    fn running(&mut self) -> Running {
        if let Some(running) = self.running.take() {
            return running;
        }
        let options = TransactionOptions {
            timeout_ms: f64::INFINITY,
        };
        let transaction = self
            .storage
            .transaction(options)
            .unwrap_or_else(|error| panic!("{error}"));
        Running {
            transaction,
            before: self.items.clone(),
            seen: Vec::new(),
            writes: BTreeMap::new(),
        }
    }

    fn transaction_get(&mut self, key: &'static str) {
        let mut running = self.running();
        let value = self.done(running.transaction.get(Key::literal(key), &self.cx));
        match running.writes.get(key) {
            Some(number) => assert_eq!(
                value.as_ref().map(text),
                number.map(encoded).as_ref().map(text)
            ),
            None => {
                // What has ended since the beginning may be visible or not.
                let living = self.living(&running.before).get(key).copied();
                let before = running.before.get(key).map(|(number, _)| *number);
                let allowed = [living, before].map(|number| number.map(encoded));
                let is_allowed =
                    |one: &Option<Value>| one.as_ref().map(text) == value.as_ref().map(text);
                assert!(allowed.iter().any(is_allowed), "{key}: {value:?}");
                running.seen.push(key);
            }
        }
        self.running = Some(running);
    }

    fn transaction_set(&mut self, key: &'static str, number: Option<u8>) {
        let mut running = self.running();
        let outcome = match number {
            Some(number) => {
                running
                    .transaction
                    .set(Key::literal(key), encoded(number.into()), &self.cx)
            }
            None => running.transaction.remove(Key::literal(key), &self.cx),
        };
        self.done(outcome);
        running.writes.insert(key, number.map(f64::from));
        self.running = Some(running);
    }

    fn end(&mut self, commits: bool) {
        let Some(running) = self.running.take() else {
            return;
        };
        if !commits {
            self.done(running.transaction.close(&self.cx));
            return;
        }
        let outcome = self.wait(running.transaction.flush(&self.cx));
        let touched = || running.seen.iter().chain(running.writes.keys());
        let number = |items: &BTreeMap<&'static str, f64>, key: &str| items.get(key).copied();
        let (now, then) = (self.living(&self.items), self.living(&running.before));
        let has_changed = touched().any(|key| number(&now, key) != number(&then, key));
        let had_ends = touched().any(|key| {
            running
                .before
                .get(key)
                .is_some_and(|(_, end)| end.is_some())
        });
        match outcome {
            Ok(()) => {
                assert!(
                    running.writes.is_empty() || !has_changed || had_ends,
                    "a change was missed"
                );
                for (key, number) in running.writes {
                    match number {
                        Some(number) => drop(self.items.insert(key, (number, None))),
                        None => drop(self.items.remove(key)),
                    }
                }
            }
            Err(error) => {
                assert_eq!(error.kind(), Kind::Conflict);
                assert!(has_changed || had_ends, "nothing has changed");
            }
        }
    }

    fn walk(&self, base: &'static str, reverse: bool) {
        let options = EntriesOptions {
            base: base.into(),
            reverse,
            ..EntriesOptions::default()
        };
        let entries = self
            .storage
            .entries(options)
            .unwrap_or_else(|error| panic!("{error}"));
        let living = self.living(&self.items);
        let mut expected: Vec<(CompactString, String)> = living
            .iter()
            .filter(|(key, _)| key.starts_with(base))
            .map(|(key, number)| ((*key).into(), text(&encoded(*number)).to_owned()))
            .collect();
        if reverse {
            expected.reverse();
        }
        assert_eq!(self.items_of(&entries), expected);
    }

    fn items_of(&self, entries: &Entries) -> Vec<(CompactString, String)> {
        let mut items = Vec::new();
        loop {
            let page = self.done(entries.next(2, &self.cx));
            let texts = page.items.into_iter();
            items.extend(texts.map(|(key, value)| {
                (key, value.as_ref().map(text).unwrap_or_default().to_owned())
            }));
            if page.is_last {
                return items;
            }
        }
    }

    /// Every key, by itself and listed.
    fn check(&self) {
        let living = self.living(&self.items);
        for key in KEYS {
            let value = self.done(self.storage.get(Key::literal(key), &self.cx));
            let expected = living.get(key).copied().map(encoded);
            assert_eq!(
                value.as_ref().map(text),
                expected.as_ref().map(text),
                "{key}"
            );
        }
        let listed = self.done(self.storage.keys("", &self.cx));
        let mut keys: Vec<&str> = listed.iter().collect();
        keys.sort_unstable();
        assert_eq!(keys, living.keys().copied().collect::<Vec<_>>());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drivers::memory::Memory;

    proptest! {
        #[test]
        fn memory_follows_the_model(steps in steps(), blocking in any::<bool>()) {
            let host = TestHost::new();
            let mode = if blocking { Mode::Blocking } else { Mode::NonBlocking };
            check_model(Rc::new(Memory::on(host.shared())), &host, mode, &steps);
        }
    }
}
