//! The driver on real files: what the predecessor got wrong, and what must not go wrong at all.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic is a failed test"
)]

mod faults;
mod foreign_files;
mod keys;
mod links;
mod listing;
mod order;
mod power;
mod simulated;
mod streams;
mod values;
mod watching;

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::driver::{Mode, Options};
use crate::testkit::{TestHost, conformance, conformance_closing};

/// A driver on a folder of its own.
struct Fixture {
    folder: tempfile::TempDir,
    host: TestHost,
    driver: Fs,
}

const MODES: [Mode; 2] = [Mode::Blocking, Mode::NonBlocking];

fn options(base: PathBuf) -> FsOptions {
    FsOptions {
        name: "fs",
        base,
        ignore: Ignore::default(),
        read_only: false,
        no_clear: false,
        atomic: true,
        durability: Durability::Process,
        modes: Modes::default(),
        watch: Some(WatchOptions::default()),
    }
}

impl Fixture {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut FsOptions)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut options = options(folder.path().join("base"));
        change(&mut options);
        let host = TestHost::default();
        let driver = Fs::open(options, Rc::new(host.clone())).unwrap();
        Fixture {
            folder,
            host,
            driver,
        }
    }

    /// As on a file system that takes `Readme` for `readme`.
    fn strict() -> Self {
        let fixture = Self::new();
        fixture.driver.store.assume_twins();
        fixture
    }

    fn base(&self) -> PathBuf {
        self.folder.path().join("base")
    }

    fn file(&self, path: &str) -> PathBuf {
        self.base().join(path)
    }

    /// Writes a file as another program would.
    fn plant(&self, path: &str, content: &str) {
        let path = self.file(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn wait<T: 'static>(&self, answer: MaybePromise<T>) -> Result<T> {
        self.host.run_until(answer)
    }

    fn get_in(&self, key: &str, mode: Mode) -> Result<Option<String>> {
        let value = self.wait(self.driver.get(Key::literal(key), &Context::new(mode)))?;
        Ok(value.map(|value| text_of(&value)))
    }

    /// The value, which both modes must agree on.
    fn get(&self, key: &str) -> Option<String> {
        let [one, other] = MODES.map(|mode| self.get_in(key, mode).unwrap());
        assert_eq!(one, other, "{key}");
        one
    }

    /// The failure, which both modes must agree on.
    fn get_error(&self, key: &str) -> Error {
        let [one, other] = MODES.map(|mode| self.get_in(key, mode).unwrap_err());
        assert_eq!(one.code(), other.code(), "{key}");
        one
    }

    fn try_set(&self, key: &str, value: &str) -> Result<Outcome> {
        self.wait(self.driver.set(
            Key::literal(key),
            Value::text(value),
            &Context::new(Mode::NonBlocking),
        ))
    }

    fn set(&self, key: &str, value: &str) {
        assert_eq!(self.try_set(key, value).unwrap(), Outcome::Done);
    }

    fn has(&self, key: &str) -> bool {
        let [one, other] = MODES.map(|mode| {
            self.wait(self.driver.has(Key::literal(key), &Context::new(mode)))
                .unwrap()
        });
        assert_eq!(one, other, "{key}");
        one
    }

    fn try_remove(&self, key: &str) -> Result<Outcome> {
        self.wait(
            self.driver
                .remove(Key::literal(key), &Context::new(Mode::NonBlocking)),
        )
    }

    fn remove(&self, key: &str) {
        assert_eq!(self.try_remove(key).unwrap(), Outcome::Done);
    }

    fn try_keys(&self, base: &str, max_depth: Option<usize>) -> Result<Vec<String>> {
        let [one, other] = MODES.map(|mode| {
            let cx = Context {
                mode,
                options: Options {
                    max_depth,
                    ..Options::default()
                },
            };
            let keys = self.wait(self.driver.keys(base, &cx))?;
            let mut keys: Vec<String> = keys.iter().map(str::to_owned).collect();
            keys.sort();
            Ok(keys)
        });
        if let (Ok(one), Ok(other)) = (&one, &other) {
            assert_eq!(one, other, "{base}");
        }
        one.and(other)
    }

    /// The sorted keys, which both modes must agree on.
    fn keys(&self, base: &str) -> Vec<String> {
        self.try_keys(base, None).unwrap()
    }

    fn clear(&self, base: &str) -> Result<Outcome> {
        self.wait(self.driver.clear(base, &Context::new(Mode::NonBlocking)))
    }

    /// Every file below the base, sorted.
    fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        collect(&self.base(), &self.base(), &mut files);
        files.sort();
        files
    }
}

fn collect(base: &Path, folder: &Path, files: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let entry = entry.unwrap();
        match entry.file_type().unwrap().is_dir() {
            true => collect(base, &entry.path(), files),
            false => files.push(
                entry
                    .path()
                    .strip_prefix(base)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .replace('\\', "/"),
            ),
        }
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Text(text) => text.as_str().to_owned(),
        Value::Bytes(blob) => String::from_utf8(blob.as_bytes().to_vec()).unwrap(),
        Value::Foreign(_) => unreachable!("files hold no foreign values"),
    }
}

fn strings(keys: &[&str]) -> Vec<String> {
    keys.iter().map(ToString::to_string).collect()
}

#[test]
fn the_contract_of_drivers_holds() {
    for change in [
        |_: &mut FsOptions| {},
        |options: &mut FsOptions| options.atomic = false,
        |options: &mut FsOptions| options.durability = Durability::Power,
    ] {
        let fixture = Fixture::with(change);
        conformance(&fixture.driver, &fixture.host).unwrap();
        conformance_closing(&fixture.driver, &fixture.host).unwrap();
    }
    let fixture = Fixture::strict();
    conformance(&fixture.driver, &fixture.host).unwrap();
}

#[test]
fn a_relative_base_is_refused() {
    let error = Fs::open(options("relative".into()), Rc::new(TestHost::default())).unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidOption);
    assert!(error.message().contains("`base`"));
}

#[test]
fn a_read_only_driver_ignores_writes() {
    let fixture = Fixture::with(|options| options.read_only = true);
    fixture.plant("a", "1");
    assert_eq!(fixture.try_set("b", "2").unwrap(), Outcome::Ignored);
    assert_eq!(fixture.try_remove("a").unwrap(), Outcome::Ignored);
    assert_eq!(fixture.clear("").unwrap(), Outcome::Ignored);
    let cx = Context::new(Mode::NonBlocking);
    let item = SetItem {
        key: "b".into(),
        value: Value::text("2"),
        options: None,
        expiry: crate::driver::Expiry::Never,
    };
    let report = fixture
        .wait(fixture.driver.set_many(vec![item], &cx))
        .unwrap();
    assert_eq!(report.outcome, Outcome::Ignored);
    assert_eq!(fixture.files(), ["a"]);
}

#[test]
fn no_clear_keeps_values_but_lets_single_ones_go() {
    let fixture = Fixture::with(|options| options.no_clear = true);
    fixture.set("a", "1");
    assert_eq!(fixture.clear("").unwrap(), Outcome::Ignored);
    assert_eq!(fixture.get("a").as_deref(), Some("1"));
    fixture.remove("a");
    assert_eq!(fixture.get("a"), None);
}

#[test]
fn nothing_is_created_before_the_first_write() {
    let fixture = Fixture::new();
    assert_eq!(fixture.keys(""), Vec::<String>::new());
    assert_eq!(fixture.get("a"), None);
    assert!(!fixture.has("a"));
    fixture.remove("a");
    fixture.clear("").unwrap();
    assert!(!fixture.base().exists());
    fixture.set("a:b", "1");
    assert_eq!(fixture.files(), ["a/b"]);
}

#[cfg(all(unix, not(stowage_plain_files)))]
#[test]
fn only_the_user_may_see_what_is_created() {
    use std::os::unix::fs::PermissionsExt as _;
    for atomic in [true, false] {
        let fixture = Fixture::with(|options| options.atomic = atomic);
        fixture.set("a:b", "1");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&fixture.file("a/b")), 0o600);
        assert_eq!(mode(&fixture.file("a")), 0o700);
        assert_eq!(mode(&fixture.base()), 0o700);
    }
}

#[test]
fn a_base_that_was_removed_or_replaced_is_found_again() {
    let fixture = Fixture::new();
    fixture.set("a", "1");
    fs::remove_dir_all(fixture.base()).unwrap();
    assert_eq!(fixture.get("a"), None);
    assert_eq!(fixture.keys(""), Vec::<String>::new());
    fixture.set("a", "2");
    assert_eq!(fs::read_to_string(fixture.file("a")).unwrap(), "2");
    fs::remove_dir_all(fixture.base()).unwrap();
    fixture.plant("b", "3");
    assert_eq!(fixture.get("b").as_deref(), Some("3"));
    fs::rename(fixture.base(), fixture.folder.path().join("moved")).unwrap();
    fixture.set("c", "4");
    assert_eq!(fixture.files(), ["c"]);
}

#[test]
fn a_disposed_driver_answers_nothing_and_has_lost_nothing() {
    let fixture = Fixture::new();
    let cx = Context::new(Mode::NonBlocking);
    let pending: Vec<_> = (0..200)
        .map(|number| {
            fixture
                .driver
                .set(Key::literal(&format!("k{number}")), Value::text("1"), &cx)
        })
        .collect();
    fixture.wait(fixture.driver.close(&cx)).unwrap();
    drop(pending);
    assert_eq!(fixture.files().len(), 200);
    assert_eq!(
        fixture.get_in("k1", Mode::Blocking).unwrap_err().kind(),
        Kind::Disposed
    );
    let watch = fixture.wait(fixture.driver.watch(Rc::new(|_, _| {})));
    assert_eq!(watch.err().map(|error| error.kind()), Some(Kind::Disposed));
}
