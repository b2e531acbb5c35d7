use super::*;
use crate::value::{Foreign, ForeignValue};

#[test]
fn text_and_bytes_are_written_as_they_are() {
    let fixture = Fixture::new();
    let cx = Context::new(Mode::NonBlocking);
    let bytes = Value::bytes(&[0_u8, 255, 7][..]);
    fixture
        .wait(fixture.driver.set_raw(Key::literal("raw"), bytes, &cx))
        .unwrap();
    assert_eq!(fs::read(fixture.file("raw")).unwrap(), [0, 255, 7]);
    let raw = fixture
        .wait(fixture.driver.get_raw(Key::literal("raw"), &cx))
        .unwrap();
    assert!(
        matches!(raw, Some(Value::Bytes(blob)) if blob.as_bytes() == [0, 255, 7] && blob.kind() == BlobKind::Buffer)
    );
    fixture
        .wait(
            fixture
                .driver
                .set_raw(Key::literal("text"), Value::text("héllo"), &cx),
        )
        .unwrap();
    let raw = fixture
        .wait(fixture.driver.get_raw(Key::literal("text"), &cx))
        .unwrap();
    assert!(matches!(raw, Some(Value::Bytes(blob)) if blob.as_bytes() == "héllo".as_bytes()));
}

#[test]
fn bytes_that_are_not_text_are_corrupt_and_stay() {
    let fixture = Fixture::new();
    fixture.plant("x", "");
    fs::write(fixture.file("x"), [b'"', 0xff]).unwrap();
    assert_eq!(fixture.get_error("x").kind(), Kind::Corrupt);
    assert!(fixture.file("x").exists());
}

#[test]
fn an_empty_file_is_a_value() {
    let fixture = Fixture::new();
    fixture.plant("empty", "");
    assert_eq!(fixture.get("empty").as_deref(), Some(""));
    assert!(fixture.has("empty"));
}

fn raw(fixture: &Fixture, key: &str) -> Vec<u8> {
    let cx = Context::new(Mode::NonBlocking);
    let raw = fixture.wait(fixture.driver.get_raw(Key::literal(key), &cx));
    match raw.unwrap() {
        Some(Value::Bytes(blob)) => blob.as_bytes().to_vec(),
        _ => Vec::new(),
    }
}

#[test]
fn values_of_every_size_around_the_buffers_come_back() {
    for atomic in [true, false] {
        let fixture = Fixture::with(|options| options.atomic = atomic);
        for size in [
            0,
            1,
            32 * 1024 - 1,
            32 * 1024,
            32 * 1024 + 1,
            3_000_000,
            5,
            0,
        ] {
            let value = "é".repeat(size / 2) + if size % 2 == 1 { "x" } else { "" };
            fixture.set("k", &value);
            assert!(
                fixture.get("k").as_deref() == Some(value.as_str()),
                "{size}"
            );
            assert!(raw(&fixture, "k") == value.as_bytes(), "{size}");
            assert_eq!(fs::metadata(fixture.file("k")).unwrap().len(), size as u64);
        }
    }
}

#[test]
fn a_value_above_the_limit_is_refused_before_it_is_read() {
    let fixture = Fixture::new();
    fixture.plant("huge", "");
    let file = fs::File::options()
        .write(true)
        .open(fixture.file("huge"))
        .unwrap();
    file.set_len(read::MAX_VALUE_BYTES + 1).unwrap();
    assert_eq!(fixture.get_error("huge").kind(), Kind::LimitExceeded);
}

#[derive(Debug)]
struct Plain(Option<&'static [u8]>);

impl ForeignValue for Plain {
    fn to_blob(&self) -> Option<Blob> {
        self.0.map(|bytes| Blob::new(bytes, BlobKind::Uint8Array))
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

#[test]
fn foreign_values_are_stored_only_if_they_hold_bytes() {
    let fixture = Fixture::new();
    for mode in MODES {
        let cx = Context::new(mode);
        let set = |value| {
            let value = Value::Foreign(Foreign::new(Plain(value)));
            fixture.wait(fixture.driver.set_raw(Key::literal("k"), value, &cx))
        };
        assert_eq!(set(None).unwrap_err().kind(), Kind::InvalidValue);
        assert_eq!(set(Some(b"bytes")).unwrap(), Outcome::Done);
        assert_eq!(fixture.get("k").as_deref(), Some("bytes"));
    }
}

#[test]
fn metadata_tells_times_and_size() {
    let fixture = Fixture::new();
    fixture.set("a:b", "12345");
    for mode in MODES {
        let meta = |key| {
            fixture
                .wait(fixture.driver.meta(Key::literal(key), &Context::new(mode)))
                .unwrap()
        };
        let found = meta("a:b").unwrap();
        assert_eq!(found.size, Some(5));
        let modified = fs::metadata(fixture.file("a/b"))
            .unwrap()
            .modified()
            .unwrap();
        let expected = modified
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .as_secs_f64()
            * 1e3;
        assert!((found.mtime_ms.unwrap() - expected).abs() < 0.01);
        assert!(found.atime_ms.is_some() && found.ctime_ms.is_some());
        assert!(meta("a").is_none(), "a folder has no metadata");
        assert!(meta("missing").is_none());
        assert!(meta("a:b:c").is_none());
    }
}

#[test]
fn batches_answer_in_the_order_asked() {
    let fixture = Fixture::new();
    for mode in MODES {
        let cx = Context::new(mode);
        let items: Vec<SetItem> = (0..1_000)
            .map(|number| SetItem {
                key: format!("d{}:k{number}", number % 10).into(),
                value: Value::text(format!("{mode:?}{number}")),
                options: None,
                expiry: crate::driver::Expiry::Never,
            })
            .collect();
        let report = fixture.wait(fixture.driver.set_many(items, &cx)).unwrap();
        assert!(report.failures.is_empty());
        let order: Vec<usize> = (0..1_000).map(|index| index * 7 % 1_003).collect();
        let keys = order
            .iter()
            .map(|number| format!("d{}:k{number}", number % 10))
            .collect::<Vec<_>>();
        let items = GetItems {
            keys: keys.iter().map(String::as_str).collect(),
            options: Vec::new(),
        };
        let values = fixture.wait(fixture.driver.get_many(items, &cx)).unwrap();
        let texts: Vec<_> = values
            .iter()
            .map(|value| value.as_ref().map(text_of))
            .collect();
        let expected: Vec<_> = order
            .iter()
            .map(|number| (*number < 1_000).then(|| format!("{mode:?}{number}")))
            .collect();
        assert_eq!(texts, expected);
    }
}

#[test]
fn a_failed_item_of_a_batch_is_named_and_the_others_are_written() {
    let fixture = Fixture::new();
    fixture.plant("x", "");
    fs::write(fixture.file("x"), [0xff]).unwrap();
    for mode in MODES {
        let cx = Context::new(mode);
        let keys = ["a", "x", "b"];
        let items = GetItems {
            keys: keys.into_iter().collect(),
            options: Vec::new(),
        };
        assert_eq!(
            fixture
                .wait(fixture.driver.get_many(items, &cx))
                .unwrap_err()
                .kind(),
            Kind::Corrupt
        );
    }
    let item = |key: &str, value: Value| SetItem {
        key: key.into(),
        value,
        options: None,
        expiry: crate::driver::Expiry::Never,
    };
    let items = vec![item("..", Value::text("1"))];
    let outcome = fixture.wait(
        fixture
            .driver
            .set_many(items, &Context::new(Mode::NonBlocking)),
    );
    assert_eq!(outcome.unwrap_err().kind(), Kind::InvalidKey);
}

#[test]
fn missing_keys_are_found_as_soon_as_they_exist() {
    let fixture = Fixture::new();
    let cx = Context::new(Mode::NonBlocking);
    let has = |key: &str| fixture.wait(fixture.driver.has(Key::literal(key), &cx));
    fixture.plant("folder/first", "x");
    // Enough of them that names are looked up on the calling thread, if that is fast here.
    for number in 0..50 {
        assert!(!has(&format!("folder:missing{number}")).unwrap());
    }
    for number in 0..50 {
        fixture.plant(&format!("folder/missing{number}"), "x");
        fixture.plant(&format!("folder/new{number}"), "x");
        assert!(has(&format!("folder:missing{number}")).unwrap());
        assert!(has(&format!("folder:new{number}")).unwrap());
    }
}

/// A file that grows or shrinks after its size was asked is read to its end.
#[test]
fn files_that_change_their_size_meanwhile_are_read_to_the_end() {
    use crate::drivers::fs::read::Content;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("value");
    let content = vec![7_u8; 100_000];
    fs::write(&path, &content).unwrap();
    for expected in [40_000, 100_000, 200_000] {
        let open = || fs::File::open(&path).unwrap();
        let bytes = <Arc<[u8]> as Content>::read(open(), expected).unwrap();
        assert!(*bytes == *content, "{expected}");
        let text = <Text as Content>::read(open(), expected).unwrap();
        assert!(text.as_str().as_bytes() == content, "{expected}");
    }
}
