//! The behaviours of the driver contract, as one function that any driver can be given to.

use crate::driver::{Capabilities, Context, Driver, GetItems, Mode, Options, Outcome, SetItem};
use crate::error::{Error, Kind, Result};
use crate::key::{Key, KeyList};
use crate::maybe::MaybePromise;
use crate::value::Value;

use super::durable;
use super::host::TestHost;

/// A value long enough to need more than one read or write call.
const LONG_VALUE_BYTES: usize = 300_000;

/// Checks that `driver`, which must be writable and may hold nothing of value, keeps the contract
/// in both modes.
///
/// # Panics
/// On the first behaviour that differs.
///
/// # Errors
/// Any failure of the driver.
pub fn conformance(driver: &dyn Driver, host: &TestHost) -> Result<()> {
    for mode in [Mode::Blocking, Mode::NonBlocking] {
        let subject = Subject {
            driver,
            host,
            cx: Context::new(mode),
        };
        let checks: &[fn(&Subject<'_>) -> Result<()>] = &[
            missing_keys,
            overwriting,
            empty_and_long_values,
            raw_bytes,
            batches,
            removal,
            folders_of_keys,
            listing,
            depth_of_listings,
            clearing,
            order_of_calls,
            order_across_modes,
        ];
        for check in checks.iter().chain(promised(driver)) {
            subject.wait(driver.clear("", &subject.cx))?;
            check(&subject)?;
            subject.wait(driver.flush(&subject.cx))?;
        }
    }
    assert!(
        host.take_uncaught().is_empty(),
        "no failure is left to nobody"
    );
    Ok(())
}

/// The sections for what only some drivers promise.
fn promised(driver: &dyn Driver) -> impl Iterator<Item = &'static fn(&Subject<'_>) -> Result<()>> {
    let Capabilities {
        ttl, transactions, ..
    } = driver.capabilities();
    let sections = [
        (ttl, durable::ENDS),
        (transactions, durable::TRANSACTIONS),
        (ttl && transactions, durable::BOTH),
    ];
    let chosen = sections.into_iter().filter(|(promises, _)| *promises);
    chosen.flat_map(|(_, sections)| sections)
}

/// Checks that a driver refuses calls once it is closed, and closes it to see.
///
/// # Panics
/// If a call is answered.
///
/// # Errors
/// A failure to close.
pub fn conformance_closing(driver: &dyn Driver, host: &TestHost) -> Result<()> {
    let subject = Subject {
        driver,
        host,
        cx: Context::new(Mode::NonBlocking),
    };
    subject.wait(driver.close(&subject.cx))?;
    for mode in [Mode::Blocking, Mode::NonBlocking] {
        let subject = Subject {
            driver,
            host,
            cx: Context::new(mode),
        };
        let kinds = [
            subject.get("a").err(),
            subject.set("a", "1").err(),
            subject.has("a").err(),
            subject.keys("").err(),
            subject.wait(driver.flush(&subject.cx)).err(),
        ];
        for error in kinds {
            assert_eq!(
                error.as_ref().map(Error::kind),
                Some(Kind::Disposed),
                "{mode:?}"
            );
        }
    }
    Ok(())
}

/// A driver under test in one mode.
pub(super) struct Subject<'a> {
    pub(super) driver: &'a dyn Driver,
    pub(super) host: &'a TestHost,
    pub(super) cx: Context,
}

impl Subject<'_> {
    pub(super) fn wait<T: 'static>(&self, answer: MaybePromise<T>) -> Result<T> {
        let ready = matches!(answer, MaybePromise::Ready(_));
        assert!(
            ready || !self.cx.is_blocking(),
            "a synchronous call is answered at once"
        );
        self.host.run_until(answer)
    }

    pub(super) fn has(&self, key: &str) -> Result<bool> {
        self.wait(self.driver.has(Key::literal(key), &self.cx))
    }

    pub(super) fn get(&self, key: &str) -> Result<Option<String>> {
        let value = self.wait(self.driver.get(Key::literal(key), &self.cx))?;
        Ok(value.map(|value| text_of(&value)))
    }

    pub(super) fn set(&self, key: &str, text: &str) -> Result<Outcome> {
        self.wait(
            self.driver
                .set(Key::literal(key), Value::text(text), &self.cx),
        )
    }

    pub(super) fn remove(&self, key: &str) -> Result<Outcome> {
        self.wait(self.driver.remove(Key::literal(key), &self.cx))
    }

    pub(super) fn get_many(&self, keys: &[&str]) -> Result<Vec<Option<String>>> {
        let items = GetItems {
            keys: keys.iter().copied().collect(),
            options: Vec::new(),
        };
        let values = self.wait(self.driver.get_many(items, &self.cx))?;
        Ok(values
            .iter()
            .map(|value| value.as_ref().map(text_of))
            .collect())
    }

    pub(super) fn set_many(&self, items: &[(&str, &str)]) -> Result<()> {
        let items = items.iter().map(|(key, text)| SetItem {
            key: (*key).into(),
            value: Value::text(*text),
            options: None,
            expiry: crate::driver::Expiry::Never,
        });
        let report = self.wait(self.driver.set_many(items.collect(), &self.cx))?;
        assert_eq!(report.outcome, Outcome::Done);
        assert!(report.failures.is_empty(), "{:?}", report.failures);
        Ok(())
    }

    /// The keys below `base`, sorted, each once.
    pub(super) fn keys(&self, base: &str) -> Result<Vec<String>> {
        self.keys_with(
            base,
            Options {
                include_meta: true,
                ..Options::default()
            },
        )
    }

    pub(super) fn keys_with(&self, base: &str, options: Options) -> Result<Vec<String>> {
        let listed: KeyList = self.wait(self.driver.keys(base, &self.cx.with_options(options)))?;
        let mut keys: Vec<String> = listed.iter().map(str::to_owned).collect();
        keys.sort_unstable();
        let count = keys.len();
        keys.dedup();
        assert_eq!(count, keys.len(), "a listing names each key once");
        Ok(keys)
    }
}

pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::Text(text) => text.as_str().to_owned(),
        Value::Bytes(blob) => String::from_utf8_lossy(blob.as_bytes()).into_owned(),
        Value::Foreign(_) => "a foreign value".to_owned(),
    }
}

fn missing_keys(subject: &Subject<'_>) -> Result<()> {
    let key = Key::literal("missing");
    assert!(!subject.has("missing")?);
    assert_eq!(subject.get("missing")?, None);
    assert!(
        subject
            .wait(subject.driver.get_raw(key, &subject.cx))?
            .is_none()
    );
    assert!(
        subject
            .wait(subject.driver.meta(key, &subject.cx))?
            .is_none()
    );
    assert_eq!(subject.get_many(&["missing"])?, [None]);
    assert_eq!(subject.remove("missing")?, Outcome::Done);
    assert!(subject.keys("")?.is_empty());
    Ok(())
}

fn overwriting(subject: &Subject<'_>) -> Result<()> {
    assert_eq!(subject.set("a", "a longer first value")?, Outcome::Done);
    subject.set("a", "second")?;
    assert_eq!(subject.get("a")?.as_deref(), Some("second"));
    assert!(subject.has("a")?);
    assert_eq!(subject.keys("")?, ["a"]);
    Ok(())
}

fn empty_and_long_values(subject: &Subject<'_>) -> Result<()> {
    subject.set("empty", "")?;
    assert!(subject.has("empty")?, "an empty value is a value");
    assert_eq!(subject.get("empty")?.as_deref(), Some(""));
    let long = "é".repeat(LONG_VALUE_BYTES / 2);
    subject.set("long", &long)?;
    assert!(
        subject.get("long")? == Some(long),
        "a long value comes back whole"
    );
    Ok(())
}

fn raw_bytes(subject: &Subject<'_>) -> Result<()> {
    let key = Key::literal("raw");
    for bytes in [&[][..], &[0, 255, 13, 10, 0][..]] {
        subject.wait(
            subject
                .driver
                .set_raw(key, Value::bytes(bytes), &subject.cx),
        )?;
        let stored = subject.wait(subject.driver.get_raw(key, &subject.cx))?;
        assert!(
            matches!(&stored, Some(Value::Bytes(blob)) if blob.as_bytes() == bytes),
            "{stored:?}"
        );
    }
    Ok(())
}

fn batches(subject: &Subject<'_>) -> Result<()> {
    subject.set_many(&[("a", "1"), ("b", "2"), ("a", "3")])?;
    let values = subject.get_many(&["b", "none", "a", "b"])?;
    let values: Vec<Option<&str>> = values.iter().map(Option::as_deref).collect();
    assert_eq!(
        values,
        [Some("2"), None, Some("3"), Some("2")],
        "in the order asked; the later item won"
    );
    subject.set_many(&[])?;
    assert!(subject.get_many(&[])?.is_empty());
    Ok(())
}

fn removal(subject: &Subject<'_>) -> Result<()> {
    subject.set_many(&[("a", "1"), ("b", "2"), ("a$", "meta")])?;
    assert_eq!(subject.remove("a")?, Outcome::Done);
    assert_eq!((subject.get("a")?, subject.has("a")?), (None, false));
    assert_eq!(subject.keys("")?, ["a$", "b"]);
    subject.set("a", "again")?;
    assert_eq!(subject.get("a")?.as_deref(), Some("again"));
    Ok(())
}

fn folders_of_keys(subject: &Subject<'_>) -> Result<()> {
    subject.set("a:b:c", "deep")?;
    assert!(!subject.has("a:b")?, "a folder of keys is not a value");
    assert_eq!(subject.get("a:b")?, None);
    subject.set("a:b", "shallow")?;
    subject.set("a", "top")?;
    assert_eq!(subject.get("a:b:c")?.as_deref(), Some("deep"));
    assert_eq!(subject.keys("")?, ["a", "a:b", "a:b:c"]);
    subject.remove("a:b")?;
    assert_eq!(subject.keys("a:")?, ["a:b:c"]);
    Ok(())
}

fn listing(subject: &Subject<'_>) -> Result<()> {
    subject.set_many(&[("a:1", "x"), ("a:1$", "x"), ("ab", "x"), ("ü:ñ 1", "x")])?;
    assert_eq!(subject.keys("a:")?, ["a:1", "a:1$"]);
    assert_eq!(subject.keys("ü:")?, ["ü:ñ 1"]);
    assert!(subject.keys("none:")?.is_empty());
    Ok(())
}

fn depth_of_listings(subject: &Subject<'_>) -> Result<()> {
    subject.set_many(&[("a", "x"), ("a:b", "x"), ("a:b:c", "x")])?;
    let shallow = Options {
        max_depth: Some(1),
        include_meta: true,
        ..Options::default()
    };
    let listed = subject.keys_with("", shallow)?;
    if subject.driver.capabilities().max_depth {
        assert_eq!(listed, ["a", "a:b"]);
    } else {
        assert!(
            listed.starts_with(&["a".to_owned(), "a:b".to_owned()]),
            "the storage filters the rest"
        );
    }
    Ok(())
}

fn clearing(subject: &Subject<'_>) -> Result<()> {
    subject.set_many(&[
        ("a", "x"),
        ("a:1", "x"),
        ("a:1$", "x"),
        ("a:b:2", "x"),
        ("ab", "x"),
    ])?;
    subject.wait(subject.driver.clear("a:", &subject.cx))?;
    assert_eq!(subject.keys("")?, ["a", "ab"]);
    subject.wait(subject.driver.clear("", &subject.cx))?;
    assert!(subject.keys("")?.is_empty());
    Ok(())
}

fn order_of_calls(subject: &Subject<'_>) -> Result<()> {
    let (driver, cx) = (subject.driver, &subject.cx);
    let key = Key::literal("k");
    let mut answers: Vec<MaybePromise<Outcome>> = Vec::new();
    for round in 0..20 {
        answers.push(driver.set(key, Value::text(format!("first {round}")), cx));
        answers.push(driver.remove(key, cx));
        answers.push(driver.set(key, Value::text(format!("last {round}")), cx));
    }
    subject.wait(MaybePromise::all(answers))?;
    assert_eq!(subject.get("k")?.as_deref(), Some("last 19"));
    Ok(())
}

/// A synchronous write comes after the asynchronous ones that were made before it.
fn order_across_modes(subject: &Subject<'_>) -> Result<()> {
    if !subject.driver.capabilities().ordered {
        return Ok(());
    }
    let key = Key::literal("k");
    let early = subject
        .driver
        .set(key, Value::text("early"), &Context::new(Mode::NonBlocking));
    let early = subject.host.start(early);
    let blocking = Context::new(Mode::Blocking);
    let late = subject.driver.set(key, Value::text("late"), &blocking);
    assert!(matches!(late, MaybePromise::Ready(Ok(Outcome::Done))));
    subject.wait(subject.driver.flush(&subject.cx))?;
    subject.host.finish(early)?;
    assert_eq!(subject.get("k")?.as_deref(), Some("late"));
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::path::Path;
    use std::rc::Rc;

    use super::*;
    use crate::drivers::fs::{Durability, Fs, FsOptions, Ignore, Modes};
    use crate::drivers::memory::Memory;
    #[cfg(feature = "sqlite")]
    use crate::drivers::sqlite::{Place, Sqlite, SqliteOptions};
    use crate::layers::queue::{Queue, QueueOptions};

    fn fs(base: &Path, atomic: bool, host: &TestHost) -> Fs {
        let options = FsOptions {
            name: "fs",
            base: base.to_owned(),
            ignore: Ignore::default(),
            read_only: false,
            no_clear: false,
            atomic,
            durability: Durability::Process,
            modes: Modes::default(),
            watch: None,
        };
        Fs::open(options, host.shared()).unwrap()
    }

    #[test]
    fn memory_keeps_the_contract() {
        let host = TestHost::new();
        for driver in [Memory::new(), Memory::on(host.shared())] {
            conformance(&driver, &host).unwrap();
            conformance_closing(&driver, &host).unwrap();
        }
    }

    #[test]
    fn a_queue_keeps_the_contract() {
        for merge_updates in [true, false] {
            let host = TestHost::new();
            let options = QueueOptions {
                merge_updates,
                ..QueueOptions::default()
            };
            let driver =
                Queue::new(Rc::new(Memory::on(host.shared())), options, host.shared()).unwrap();
            conformance(&driver, &host).unwrap();
            conformance_closing(&driver, &host).unwrap();
        }
    }

    #[test]
    fn a_queue_on_a_queue_keeps_the_contract() {
        let host = TestHost::new();
        let lower = QueueOptions {
            batch_size: 1,
            max_queue_size: 2,
            ..QueueOptions::default()
        };
        let lower = Queue::new(Rc::new(Memory::on(host.shared())), lower, host.shared()).unwrap();
        let driver = Queue::new(Rc::new(lower), QueueOptions::default(), host.shared()).unwrap();
        conformance(&driver, &host).unwrap();
        conformance_closing(&driver, &host).unwrap();
    }

    #[test]
    fn fs_keeps_the_contract() {
        for atomic in [true, false] {
            let (folder, host) = (tempfile::tempdir().unwrap(), TestHost::new());
            let driver = fs(folder.path(), atomic, &host);
            conformance(&driver, &host).unwrap();
            conformance_closing(&driver, &host).unwrap();
        }
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn sqlite_keeps_the_contract() {
        let (folder, host) = (tempfile::tempdir().unwrap(), TestHost::new());
        for place in [Place::Memory, Place::File(folder.path().join("data.db"))] {
            let driver = Sqlite::open(SqliteOptions::new(place), host.shared()).unwrap();
            conformance(&driver, &host).unwrap();
            conformance_closing(&driver, &host).unwrap();
        }
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn a_queue_on_sqlite_keeps_the_contract() {
        for merge_updates in [true, false] {
            let (folder, host) = (tempfile::tempdir().unwrap(), TestHost::new());
            let place = Place::File(folder.path().join("data.db"));
            let lower = Sqlite::open(SqliteOptions::new(place), host.shared()).unwrap();
            let options = QueueOptions {
                merge_updates,
                ..QueueOptions::default()
            };
            let driver = Queue::new(Rc::new(lower), options, host.shared()).unwrap();
            conformance(&driver, &host).unwrap();
            conformance_closing(&driver, &host).unwrap();
        }
    }

    #[test]
    fn a_queue_on_fs_keeps_the_contract() {
        for merge_updates in [true, false] {
            let (folder, host) = (tempfile::tempdir().unwrap(), TestHost::new());
            let lower = Rc::new(fs(folder.path(), true, &host));
            let options = QueueOptions {
                merge_updates,
                ..QueueOptions::default()
            };
            let driver = Queue::new(lower, options, host.shared()).unwrap();
            conformance(&driver, &host).unwrap();
            conformance_closing(&driver, &host).unwrap();
        }
    }
}
