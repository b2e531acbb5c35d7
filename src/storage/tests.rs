#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

use std::cell::RefCell;
use std::time::Duration;

use super::*;
use crate::driver::{Addition, Change, Check, Expiry, Mode, Options, Write};
use crate::drivers::memory::Memory;
use crate::testkit::{Faulty, Hold, TestHost};

mod entries;
mod streams;
mod transactions;

fn now() -> Context {
    Context::new(Mode::Blocking)
}

fn later() -> Context {
    Context::new(Mode::NonBlocking)
}

fn at_once<T: 'static>(answer: MaybePromise<T>) -> Result<T> {
    match answer {
        MaybePromise::Ready(result) => result,
        MaybePromise::Pending(_) => panic!("a synchronous call is answered at once"),
    }
}

fn text_of(value: &Value) -> String {
    String::from_utf8_lossy(value.as_bytes().unwrap_or_default()).into_owned()
}

fn set(driver: &dyn Driver, key: &str, text: &str) {
    at_once(driver.set(Key::literal(key), Value::text(text), &now())).unwrap();
}

fn get(driver: &dyn Driver, key: &str) -> Option<String> {
    let value = at_once(driver.get(Key::literal(key), &now())).unwrap();
    value.as_ref().map(text_of)
}

fn storage(root: impl Driver + 'static, host: &TestHost) -> Storage {
    Storage::new(Rc::new(root), host.shared())
}

fn check(key: &str, expected: Option<&str>) -> Check {
    Check {
        key: key.into(),
        expected: expected.map(Value::text),
    }
}

fn write(key: &str, text: &str) -> Write {
    let value = Value::text(text);
    Write {
        key: key.into(),
        change: Change::Set {
            value,
            expiry: Expiry::Never,
        },
    }
}

fn increment(key: &str) -> Write {
    let addition = Addition {
        by: 1.0,
        initial: 0.0,
        min: f64::NEG_INFINITY,
        max: f64::INFINITY,
    };
    Write {
        key: key.into(),
        change: Change::Add(addition),
    }
}

/// A storage whose driver has no transactions, with that driver.
fn plain(host: &TestHost) -> (Storage, Faulty) {
    let below = Faulty::new(Rc::new(Memory::new())).basic();
    (storage(below.clone(), host), below)
}

#[test]
fn commits_of_one_key_are_emulated_and_of_more_refused() {
    let host = TestHost::new();
    let (storage, _) = plain(&host);
    let commit = |checks: Vec<Check>, writes: Vec<Write>| {
        at_once(storage.commit(Commit { checks, writes }, &now()))
    };
    let verdict = commit(vec![check("a", None)], vec![write("a", "1")]).unwrap();
    assert_eq!(verdict, Verdict::Committed(vec![]));
    let verdict = commit(vec![check("a", None)], vec![write("a", "2")]).unwrap();
    assert_eq!(verdict, Verdict::Conflict("a".into()));
    let verdict = commit(
        vec![check("a", Some("1"))],
        vec![increment("a"), increment("a")],
    )
    .unwrap();
    assert_eq!(verdict, Verdict::Committed(vec![2.0, 3.0]));
    assert_eq!(get(&storage, "a").as_deref(), Some(r#"{"json":3}"#));
    let refused = commit(vec![], vec![write("a", "1"), write("b", "1")]).unwrap_err();
    assert_eq!(refused.kind(), Kind::NotSupported);
    assert_eq!(get(&storage, "b"), None);
}

#[test]
fn emulated_commits_of_a_key_come_one_after_the_other() {
    let host = TestHost::new();
    let (storage, below) = plain(&host);
    below.hold("set", Hold::Answer);
    let commit = || Commit {
        checks: vec![],
        writes: vec![increment("n")],
    };
    let started: Vec<_> = (0..10)
        .map(|_| host.start(storage.commit(commit(), &later())))
        .collect();
    host.run_until_idle();
    let refused = at_once(storage.commit(commit(), &now())).unwrap_err();
    assert_eq!(refused.kind(), Kind::Busy);
    below.release();
    for one in started {
        host.finish(one).unwrap();
    }
    assert_eq!(get(&storage, "n").as_deref(), Some(r#"{"json":10}"#));
    at_once(storage.commit(commit(), &now())).unwrap();
}

#[test]
fn commits_are_published_with_full_keys_and_conflicts_name_them() {
    let host = TestHost::new();
    let storage = storage(Memory::new(), &host);
    storage.mount("m:", Rc::new(Memory::new())).unwrap();
    let told = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&told);
    let sink: EventSink =
        Rc::new(move |kind, key| seen.borrow_mut().push(format!("{} {key}", kind.name())));
    let _listener = host
        .run_until(storage.subscribe("", Interest::default(), sink))
        .unwrap();
    let remove = Write {
        key: "m:b".into(),
        change: Change::Remove,
    };
    let commit = Commit {
        checks: vec![],
        writes: vec![write("m:a", "1"), remove],
    };
    at_once(storage.commit(commit, &now())).unwrap();
    assert_eq!(*told.borrow(), ["update m:a", "remove m:b"]);
    let commit = Commit {
        checks: vec![check("m:a", None)],
        writes: vec![write("m:b", "1")],
    };
    let verdict = at_once(storage.commit(commit, &now())).unwrap();
    assert_eq!(verdict, Verdict::Conflict("m:a".into()));
    let commit = Commit {
        checks: vec![check("a", None)],
        writes: vec![write("m:b", "1")],
    };
    let refused = at_once(storage.commit(commit, &now())).unwrap_err();
    assert_eq!(refused.kind(), Kind::NotSupported);
}

#[test]
fn ends_reach_listeners_as_they_asked() {
    let host = TestHost::new();
    let storage = storage(Memory::on(host.shared()), &host);
    let told = Rc::new(RefCell::new(Vec::new()));
    for expire in [true, false] {
        let seen = Rc::clone(&told);
        let sink: EventSink =
            Rc::new(move |kind, key| seen.borrow_mut().push(format!("{} {key}", kind.name())));
        host.run_until(storage.subscribe("", Interest { expire }, sink))
            .unwrap();
    }
    let cx = now().with_options(Options {
        expiry: Expiry::In(5.0),
        ..Options::default()
    });
    at_once(storage.set(Key::literal("a"), Value::text("1"), &cx)).unwrap();
    told.borrow_mut().clear();
    host.advance(Duration::from_millis(5));
    assert_eq!(*told.borrow(), ["expire a", "remove a"]);
}

#[test]
fn emulated_commits_keep_the_end_of_what_they_change() {
    let host = TestHost::new();
    let below = Faulty::new(Rc::new(Memory::on(host.shared()))).basic();
    let storage = storage(below, &host);
    let cx = now().with_options(Options {
        expiry: Expiry::In(5.0),
        ..Options::default()
    });
    at_once(storage.set(Key::literal("n"), Value::text("1"), &cx)).unwrap();
    let commit = || Commit {
        checks: vec![],
        writes: vec![increment("n")],
    };
    at_once(storage.commit(commit(), &now())).unwrap();
    host.advance(Duration::from_millis(5));
    let verdict = at_once(storage.commit(commit(), &now())).unwrap();
    assert_eq!(verdict, Verdict::Committed(vec![1.0]));
}
