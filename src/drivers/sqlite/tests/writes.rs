//! Batches, commits with conditions, and large values.

use super::*;

fn items(pairs: &[(&str, &str)]) -> Vec<SetItem> {
    pairs
        .iter()
        .map(|(key, value)| SetItem {
            key: (*key).into(),
            value: Value::text(*value),
            options: None,
            expiry: Expiry::Never,
        })
        .collect()
}

#[test]
fn a_batch_is_written_whole_or_not_at_all() {
    let fixture = Fixture::with(|options| options.max_value_bytes = 10);
    for mode in MODES {
        let batch = items(&[("a", "1"), ("b", "far too long"), ("c", "3")]);
        let report = fixture.wait(fixture.driver.set_many(batch, &Context::new(mode)));
        let error = report.unwrap_err();
        assert_eq!(error.kind(), Kind::LimitExceeded);
        assert_eq!(error.key_name(), Some("b"));
        assert!(fixture.keys().is_empty());
    }
}

#[test]
fn a_commit_needs_what_it_expects() {
    let fixture = Fixture::new();
    fixture.set("a", "1");
    let conflict = |key: &str| Verdict::Conflict(key.into());
    let done = Verdict::Committed(Vec::new());
    type Checks = &'static [(&'static str, Option<&'static str>)];
    let cases: [(Checks, Verdict); 5] = [
        (&[("a", Some("2"))], conflict("a")),
        (&[("a", None)], conflict("a")),
        (&[("a", Some("1")), ("b", Some("1"))], conflict("b")),
        (&[("a", Some("1")), ("b", None)], done.clone()),
        (&[("b", Some("new"))], done.clone()),
    ];
    for (checks, expected) in cases {
        let found = fixture.commit(checks, vec![("b", put("new")), ("c", put("new"))]);
        assert_eq!(found.unwrap(), expected, "{checks:?}");
        assert_eq!(fixture.keys().len() > 1, expected == done);
    }
}

#[test]
fn bytes_and_text_of_the_same_content_are_two_things() {
    let fixture = Fixture::new();
    fixture
        .try_set("a", Value::bytes(*b"1"), Expiry::Never)
        .unwrap();
    let verdict = fixture.commit(&[("a", Some("1"))], Vec::new()).unwrap();
    assert_eq!(verdict, Verdict::Conflict("a".into()));
}

#[test]
fn a_failed_addition_takes_the_whole_commit_back() {
    let fixture = Fixture::new();
    fixture.set("text", "no number");
    let writes = vec![("a", put("1")), ("n", plus(1.0)), ("text", plus(1.0))];
    let error = fixture.commit(&[], writes).unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidValue);
    assert_eq!(fixture.keys(), ["text"]);
    let writes = vec![("n", plus(1.5)), ("n", plus(1.0))];
    let verdict = fixture.commit(&[], writes).unwrap();
    assert_eq!(verdict, Verdict::Committed(vec![1.5, 2.5]));
}

#[test]
fn large_values_leave_nothing_behind() {
    let fixture = Fixture::new();
    let large = "é".repeat(schema::MAX_INLINE_BYTES);
    let beside = || -> i64 {
        fixture
            .foreign()
            .query_row("SELECT count(*) FROM kv_large", [], |row| row.get(0))
            .unwrap()
    };
    for key in ["a", "b", "c:1", "c:2"] {
        fixture.set(key, &large);
    }
    assert!(fixture.get("a") == Some(large.clone()));
    let cx = Context::new(Mode::Blocking);
    let meta = fixture.wait(fixture.driver.meta(Key::literal("a"), &cx));
    assert_eq!(meta.unwrap().unwrap().size, Some(large.len() as u64));
    fixture.set("a", &large);
    assert_eq!(beside(), 4);
    fixture.set("a", "small");
    assert_eq!(beside(), 3);
    fixture.wait(fixture.driver.clear("c:", &cx)).unwrap();
    assert_eq!(beside(), 1);
    let removed = fixture.driver.remove(Key::literal("b"), &cx);
    fixture.wait(removed).unwrap();
    assert_eq!(beside(), 0);
}

#[test]
fn bytes_keep_their_class() {
    use crate::value::{Blob, BlobKind};
    let fixture = Fixture::new();
    for kind in [
        BlobKind::Buffer,
        BlobKind::Uint8Array,
        BlobKind::ArrayBuffer,
    ] {
        let blob = Blob::new([0, 255, 10], kind);
        fixture
            .try_set("a", Value::Bytes(blob.clone()), Expiry::Never)
            .unwrap();
        let cx = Context::new(Mode::Blocking);
        let found = fixture.wait(fixture.driver.get_raw(Key::literal("a"), &cx));
        assert!(matches!(found, Ok(Some(Value::Bytes(found))) if found == blob));
    }
}

#[test]
fn text_with_nul_comes_back_whole() {
    let fixture = Fixture::new();
    fixture.set("a", "before\0after");
    assert_eq!(fixture.get("a").as_deref(), Some("before\0after"));
    let refused = fixture.try_set("a\0b", Value::text("1"), Expiry::Never);
    assert_eq!(refused.unwrap_err().kind(), Kind::InvalidKey);
}

#[test]
fn creation_stays_while_an_item_is_replaced() {
    let fixture = Fixture::new();
    let cx = Context::new(Mode::Blocking);
    let times = || {
        let meta = fixture.wait(fixture.driver.meta(Key::literal("a"), &cx));
        let meta = meta.unwrap().unwrap();
        (meta.birthtime_ms.unwrap(), meta.mtime_ms.unwrap())
    };
    fixture.set("a", "1");
    let (born, changed) = times();
    assert_eq!(born, changed);
    fixture.host.advance(Duration::from_millis(5));
    fixture.set("a", "2");
    assert_eq!(times(), (born, born + 5.0));
}
