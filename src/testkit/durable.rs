//! The part of the contract that only some drivers promise: ends, commits and snapshots.

use std::ops::Bound;
use std::time::Duration;

use super::conformance::{Subject, text_of};
use crate::driver::{
    Addition, Change, Check, Commit, Expiry, Options, Outcome, Range, SetItem, Snapshot, Verdict,
    Write,
};
use crate::error::{Kind, Result};
use crate::key::Key;
use crate::value::Value;

type Section = fn(&Subject<'_>) -> Result<()>;

/// What a driver with [`crate::driver::Capabilities::ttl`] must show.
pub(super) const ENDS: &[Section] = &[ends_hide_items, later_writes_decide_on_the_end];

/// What a driver with [`crate::driver::Capabilities::transactions`] must show.
pub(super) const TRANSACTIONS: &[Section] = &[
    commits_check_first,
    commits_add,
    snapshots_stand_still,
    pages_are_ordered,
];

/// What one with both must show.
pub(super) const BOTH: &[Section] = &[commits_keep_ends];

impl Subject<'_> {
    fn set_for(&self, key: &str, text: &str, expiry: Expiry) -> Result<Outcome> {
        let options = Options {
            expiry,
            ..Options::default()
        };
        let cx = self.cx.with_options(options);
        self.wait(self.driver.set(Key::literal(key), Value::text(text), &cx))
    }

    fn expires(&self, key: &str) -> Result<Option<f64>> {
        let meta = self.wait(self.driver.meta(Key::literal(key), &self.cx))?;
        Ok(meta.and_then(|meta| meta.expires_ms))
    }

    fn commit(&self, checks: Vec<Check>, writes: Vec<Write>) -> Result<Verdict> {
        self.wait(self.driver.commit(Commit { checks, writes }, &self.cx))
    }

    fn snapshot(&self) -> Result<Box<dyn Snapshot>> {
        self.wait(self.driver.snapshot(&self.cx))
    }
}

fn check(key: &str, expected: Option<&str>) -> Check {
    Check {
        key: key.into(),
        expected: expected.map(Value::text),
    }
}

fn write(key: &str, change: Change) -> Write {
    Write {
        key: key.into(),
        change,
    }
}

fn set(key: &str, text: &str, expiry: Expiry) -> Write {
    let value = Value::text(text);
    write(key, Change::Set { value, expiry })
}

fn add(key: &str, by: f64, max: f64) -> Write {
    let addition = Addition {
        by,
        initial: 10.0,
        min: f64::NEG_INFINITY,
        max,
    };
    write(key, Change::Add(addition))
}

fn ends_hide_items(subject: &Subject<'_>) -> Result<()> {
    subject.set_for("a:short", "1", Expiry::In(50.0))?;
    subject.set_for("a:long", "2", Expiry::In(100.0))?;
    subject.set_for("a:never", "3", Expiry::In(f64::INFINITY))?;
    let items = [("a:many", Expiry::In(50.0)), ("a:other", Expiry::Never)];
    let items = items.map(|(key, expiry)| SetItem {
        key: key.into(),
        value: Value::text("4"),
        options: None,
        expiry,
    });
    subject.wait(subject.driver.set_many(items.into(), &subject.cx))?;
    subject.host.advance(Duration::from_millis(49));
    assert_eq!(subject.get("a:short")?.as_deref(), Some("1"));
    assert_eq!(subject.keys("a:")?.len(), 5);
    subject.host.advance(Duration::from_millis(1));
    assert_eq!(
        (subject.get("a:short")?, subject.has("a:short")?),
        (None, false)
    );
    let raw = subject.driver.get_raw(Key::literal("a:many"), &subject.cx);
    assert!(subject.wait(raw)?.is_none());
    assert_eq!(
        subject.get_many(&["a:many", "a:long"])?,
        [None, Some("2".to_owned())]
    );
    assert_eq!(subject.keys("")?, ["a:long", "a:never", "a:other"]);
    assert_eq!(
        (subject.expires("a:short")?, subject.expires("a:never")?),
        (None, None)
    );
    subject.host.advance(Duration::from_millis(50));
    assert_eq!(subject.keys("")?, ["a:never", "a:other"]);
    for ttl in [0.0, -1.0, f64::NAN] {
        let refused = subject
            .set_for("a:bad", "x", Expiry::In(ttl))
            .map_err(|error| error.kind());
        assert_eq!(refused.err(), Some(Kind::InvalidOption), "{ttl}");
    }
    Ok(())
}

fn later_writes_decide_on_the_end(subject: &Subject<'_>) -> Result<()> {
    for key in ["plain", "keep", "again"] {
        subject.set_for(key, "1", Expiry::In(50.0))?;
    }
    let end = subject.host.shared().now_ms() + 50.0;
    subject.wait(subject.driver.flush(&subject.cx))?;
    assert_eq!(subject.expires("keep")?, Some(end));
    subject.set("plain", "2")?;
    subject.set_for("keep", "2", Expiry::Keep)?;
    subject.set_for("again", "2", Expiry::At(end + 50.0))?;
    // What is kept must be known by the time the value arrives, which a layer may put off.
    subject.wait(subject.driver.flush(&subject.cx))?;
    subject.host.advance(Duration::from_millis(50));
    assert_eq!(subject.keys("")?, ["again", "plain"]);
    subject.set("keep", "new")?;
    subject.host.advance(Duration::from_millis(50));
    assert_eq!(subject.keys("")?, ["keep", "plain"]);
    Ok(())
}

fn commits_check_first(subject: &Subject<'_>) -> Result<()> {
    subject.set("a", "1")?;
    let writes = || {
        vec![
            set("a", "2", Expiry::Never),
            set("b", "2", Expiry::Never),
            write("none", Change::Remove),
        ]
    };
    for wrong in [
        check("a", None),
        check("a", Some("0")),
        check("b", Some("1")),
    ] {
        let key = wrong.key.clone();
        let verdict = subject.commit(vec![check("none", None), wrong], writes())?;
        assert_eq!(verdict, Verdict::Conflict(key));
        assert_eq!(subject.keys("")?, ["a"]);
    }
    let right = vec![check("a", Some("1")), check("b", None)];
    assert_eq!(subject.commit(right, writes())?, Verdict::Committed(vec![]));
    assert_eq!(
        subject.get_many(&["a", "b"])?,
        [Some("2".to_owned()), Some("2".to_owned())]
    );
    let twice = vec![set("a", "3", Expiry::Never), write("a", Change::Remove)];
    subject.commit(vec![], twice)?;
    assert_eq!(subject.keys("")?, ["b"]);
    assert_eq!(subject.commit(vec![], vec![])?, Verdict::Committed(vec![]));
    Ok(())
}

fn commits_add(subject: &Subject<'_>) -> Result<()> {
    let added = subject.commit(vec![], vec![add("n", 1.0, 100.0), add("n", 0.5, 100.0)])?;
    assert_eq!(added, Verdict::Committed(vec![11.0, 11.5]));
    assert_eq!(subject.get("n")?.as_deref(), Some("{\"json\":11.5}"));
    subject.set("text", "{\"json\":\"x\"}")?;
    for (key, kind) in [("n", Kind::LimitExceeded), ("text", Kind::InvalidValue)] {
        let refused = subject.commit(
            vec![],
            vec![set("other", "1", Expiry::Never), add(key, 1.0, 12.0)],
        );
        assert_eq!(refused.map_err(|error| error.kind()).err(), Some(kind));
        assert!(!subject.has("other")?, "nothing is written");
    }
    Ok(())
}

fn commits_keep_ends(subject: &Subject<'_>) -> Result<()> {
    subject.set_for("n", "1", Expiry::In(50.0))?;
    subject.set_for("kept", "1", Expiry::In(50.0))?;
    let writes = vec![
        add("n", 1.0, 100.0),
        set("kept", "2", Expiry::Keep),
        set("own", "1", Expiry::In(60.0)),
    ];
    subject.commit(vec![check("kept", Some("1"))], writes)?;
    subject.host.advance(Duration::from_millis(50));
    assert_eq!(subject.keys("")?, ["own"]);
    let verdict = subject.commit(vec![check("kept", None)], vec![add("n", 0.0, 100.0)])?;
    assert_eq!(
        verdict,
        Verdict::Committed(vec![10.0]),
        "what has ended is not there"
    );
    assert_eq!(subject.expires("n")?, None);
    Ok(())
}

fn everything() -> Range {
    Range {
        lower: Bound::Unbounded,
        upper: Bound::Unbounded,
        reverse: false,
        keys_only: false,
        include_meta: true,
    }
}

fn snapshots_stand_still(subject: &Subject<'_>) -> Result<()> {
    subject.set_many(&[("a", "1"), ("b", "1"), ("c", "1")])?;
    let snapshot = subject.snapshot()?;
    subject.set("a", "2")?;
    subject.remove("b")?;
    subject.set("d", "2")?;
    let get = |key| subject.wait(snapshot.get(Key::literal(key), &subject.cx));
    assert_eq!(get("a")?.as_ref().map(text_of).as_deref(), Some("1"));
    assert!(get("d")?.is_none());
    subject.wait(subject.driver.clear("", &subject.cx))?;
    let raw = subject.wait(snapshot.get_raw(Key::literal("b"), &subject.cx))?;
    assert_eq!(raw.as_ref().map(text_of).as_deref(), Some("1"));
    let page = subject.wait(snapshot.page(&everything(), 10, &subject.cx))?;
    let keys: Vec<&str> = page.items.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(
        (keys.as_slice(), page.is_last),
        (&["a", "b", "c"][..], true)
    );
    Ok(())
}

fn pages_are_ordered(subject: &Subject<'_>) -> Result<()> {
    let sorted = [
        "B",
        "a",
        "a$",
        "a:b",
        "a;",
        "\u{e9}",
        "\u{ffff}",
        "\u{10000}",
    ];
    let items: Vec<(&str, &str)> = sorted.iter().rev().map(|key| (*key, *key)).collect();
    subject.set_many(&items)?;
    let snapshot = subject.snapshot()?;
    for reverse in [false, true] {
        let mut range = Range {
            reverse,
            ..everything()
        };
        let mut keys = Vec::new();
        loop {
            let page = subject.wait(snapshot.page(&range, 3, &subject.cx))?;
            assert!(page.items.len() <= 3);
            assert!(
                page.items
                    .iter()
                    .all(|(key, value)| value.as_ref().map(text_of).as_deref() == Some(key))
            );
            keys.extend(page.items.into_iter().map(|(key, _)| key));
            match keys.last() {
                Some(last) if !page.is_last => range.skip_to(last.clone()),
                _ => break,
            }
        }
        if reverse {
            keys.reverse();
        }
        assert_eq!(keys, sorted);
    }
    let part = Range {
        lower: Bound::Included("a".into()),
        upper: Bound::Excluded("a;".into()),
        keys_only: true,
        include_meta: false,
        ..everything()
    };
    let page = subject.wait(snapshot.page(&part, 10, &subject.cx))?;
    let keys: Vec<&str> = page.items.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["a", "a:b"]);
    assert!(page.items.iter().all(|(_, value)| value.is_none()));
    Ok(())
}
