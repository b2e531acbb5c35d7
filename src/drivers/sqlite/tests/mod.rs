//! The driver on real files, in both modes.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed unwrap is a failed test"
)]

mod batches;
mod cache;
mod caring;
mod expiry;
mod files;
mod groups;
mod leases;
mod model;
mod resident;
mod room;
mod sharing;
mod snapshots;
mod streams;
mod watching;
mod writes;

use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::driver::{Addition, Change, Check, Expiry, Mode, Write};
use crate::error::{Error, Kind};
use crate::testkit::{TestHost, conformance, conformance_closing};

const MODES: [Mode; 2] = [Mode::Blocking, Mode::NonBlocking];

struct Fixture {
    host: TestHost,
    driver: Sqlite,
    path: PathBuf,
    _folder: Option<TempDir>,
}

impl Fixture {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut SqliteOptions)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep").join("data.db");
        let mut fixture = Self::at(path, change).unwrap();
        fixture._folder = Some(folder);
        fixture
    }

    fn at(path: PathBuf, change: impl FnOnce(&mut SqliteOptions)) -> Result<Self> {
        let mut options = SqliteOptions::new(Place::File(path.clone()));
        change(&mut options);
        let host = TestHost::new();
        let driver = Sqlite::open(options, host.shared())?;
        Ok(Fixture {
            host,
            driver,
            path,
            _folder: None,
        })
    }

    /// Another driver on the same file.
    fn another(&self) -> Self {
        Self::at(self.path.clone(), |_| {}).unwrap()
    }

    /// A connection that knows nothing of drivers.
    fn foreign(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(&self.path).unwrap()
    }

    fn wait<T: 'static>(&self, answer: MaybePromise<T>) -> Result<T> {
        self.host.run_until(answer)
    }

    fn get_in(&self, key: &str, mode: Mode) -> Result<Option<String>> {
        let cx = Context::new(mode);
        let value = self.wait(self.driver.get(Key::literal(key), &cx))?;
        Ok(value.as_ref().map(text_of))
    }

    /// The value, which both modes must agree on.
    fn get(&self, key: &str) -> Option<String> {
        let [one, other] = MODES.map(|mode| self.get_in(key, mode).unwrap());
        assert_eq!(one, other, "{key}");
        one
    }

    fn set(&self, key: &str, value: &str) {
        self.try_set(key, Value::text(value), Expiry::Never)
            .unwrap();
    }

    fn try_set(&self, key: &str, value: Value, expiry: Expiry) -> Result<Outcome> {
        let mut cx = Context::new(Mode::NonBlocking);
        cx.options.expiry = expiry;
        self.wait(self.driver.set(Key::literal(key), value, &cx))
    }

    fn keys(&self) -> Vec<String> {
        let keys = self.wait(self.driver.keys("", &Context::new(Mode::Blocking)));
        keys.unwrap().iter().map(str::to_owned).collect()
    }

    fn commit(
        &self,
        checks: &[(&str, Option<&str>)],
        writes: Vec<(&str, Change)>,
    ) -> Result<Verdict> {
        let commit = Commit {
            checks: checks
                .iter()
                .map(|(key, expected)| Check {
                    key: (*key).into(),
                    expected: expected.map(Value::text),
                })
                .collect(),
            writes: writes
                .into_iter()
                .map(|(key, change)| Write {
                    key: key.into(),
                    change,
                })
                .collect(),
        };
        self.wait(self.driver.commit(commit, &Context::new(Mode::NonBlocking)))
    }

    fn close(&self) {
        self.wait(self.driver.close(&Context::new(Mode::NonBlocking)))
            .unwrap();
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Text(text) => text.as_str().to_owned(),
        Value::Bytes(blob) => String::from_utf8(blob.as_bytes().to_vec()).unwrap(),
        Value::Foreign(_) => unreachable!("a file holds no foreign values"),
    }
}

fn put(value: &str) -> Change {
    Change::Set {
        value: Value::text(value),
        expiry: Expiry::Never,
    }
}

fn plus(by: f64) -> Change {
    Change::Add(Addition {
        by,
        initial: 0.0,
        min: f64::NEG_INFINITY,
        max: f64::INFINITY,
    })
}

#[test]
fn the_contract_of_drivers_holds() {
    for change in [
        |_: &mut SqliteOptions| {},
        |options: &mut SqliteOptions| options.cache_bytes = 0,
        |options: &mut SqliteOptions| options.durability = Durability::Power,
        |options: &mut SqliteOptions| options.place = Place::Memory,
    ] {
        let fixture = Fixture::with(change);
        conformance(&fixture.driver, &fixture.host).unwrap();
        conformance_closing(&fixture.driver, &fixture.host).unwrap();
    }
}

#[test]
fn a_driver_that_nobody_closes_leaves_a_whole_file() {
    let fixture = Fixture::new();
    fixture.set("a", "1");
    let cx = Context::new(Mode::NonBlocking);
    let unawaited = fixture.driver.set(Key::literal("b"), Value::text("2"), &cx);
    let Fixture {
        driver,
        path,
        _folder: folder,
        ..
    } = fixture;
    drop((unawaited, driver));
    let again = Fixture::at(path, |_| {}).unwrap();
    assert_eq!(again.get("a").as_deref(), Some("1"));
    drop(folder);
}
