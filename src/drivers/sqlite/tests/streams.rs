//! Values in pieces.

use super::*;

fn content(length: usize) -> Vec<u8> {
    (0..length)
        .map(|index| (index * 7 % 251).to_le_bytes()[0])
        .collect()
}

fn sink(fixture: &Fixture, key: &str, cx: &Context) -> Box<dyn ByteSink> {
    fixture
        .wait(fixture.driver.write_stream(Key::literal(key), cx))
        .unwrap()
}

fn write(fixture: &Fixture, key: &str, bytes: &[u8], cx: &Context) {
    let sink = sink(fixture, key, cx);
    for piece in bytes.chunks(50_000) {
        fixture.wait(sink.write(piece.to_vec(), cx)).unwrap();
    }
    assert_eq!(fixture.wait(sink.finish(cx)).unwrap(), Outcome::Done);
}

fn source(fixture: &Fixture, key: &str, cx: &Context) -> Option<Box<dyn ByteSource>> {
    fixture
        .wait(fixture.driver.read_stream(Key::literal(key), cx))
        .unwrap()
}

fn read(fixture: &Fixture, source: &dyn ByteSource, cx: &Context) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        let piece = fixture.wait(source.read(70_000, cx)).unwrap();
        if piece.is_empty() {
            return all;
        }
        all.extend(piece);
    }
}

#[test]
fn what_is_written_in_pieces_is_read_whole_and_in_pieces() {
    for mode in MODES {
        let fixture = Fixture::new();
        let cx = Context::new(mode);
        for length in [0, 1, 65_536, 65_537, 700_000] {
            let expected = content(length);
            write(&fixture, "a", &expected, &cx);
            let whole = fixture
                .wait(fixture.driver.get_raw(Key::literal("a"), &cx))
                .unwrap();
            let Some(Value::Bytes(whole)) = whole else {
                unreachable!("bytes were written")
            };
            assert_eq!(whole.as_bytes(), expected);
            let source = source(&fixture, "a", &cx).unwrap();
            assert_eq!(source.size(), length as u64);
            assert_eq!(read(&fixture, &*source, &cx), expected);
        }
        let large: i64 = fixture
            .foreign()
            .query_row("SELECT count(*) FROM kv_large", [], |row| row.get(0))
            .unwrap();
        assert_eq!(large, 1, "older contents are gone");
        assert!(source(&fixture, "missing", &cx).is_none());
    }
}

#[test]
fn nobody_sees_a_value_before_its_end_and_giving_up_leaves_the_old_one() {
    let fixture = Fixture::new();
    let cx = Context::new(Mode::NonBlocking);
    write(&fixture, "a", b"old", &cx);
    let sink = sink(&fixture, "a", &cx);
    fixture.wait(sink.write(content(200_000), &cx)).unwrap();
    let seen = || {
        let old = source(&fixture, "a", &cx).unwrap();
        read(&fixture, &*old, &cx)
    };
    assert_eq!(seen(), b"old");
    fixture.wait(sink.abort(&cx)).unwrap();
    drop(sink);
    assert_eq!(seen(), b"old");
    let folder = fixture.path.parent().unwrap();
    let names = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    assert!(
        !names
            .into_iter()
            .any(|name| name.to_string_lossy().contains("spool"))
    );
}

#[test]
fn a_stream_keeps_its_value_while_it_is_replaced_and_ends_with_the_driver() {
    let fixture = Fixture::new();
    let cx = Context::new(Mode::NonBlocking);
    let old = content(300_000);
    write(&fixture, "a", &old, &cx);
    let kept = source(&fixture, "a", &cx).unwrap();
    write(&fixture, "a", &content(100_000), &cx);
    assert_eq!(read(&fixture, &*kept, &cx), old);
    let other = source(&fixture, "a", &cx).unwrap();
    let unfinished = sink(&fixture, "b", &cx);
    fixture.wait(fixture.driver.close(&cx)).unwrap();
    let error = fixture.wait(other.read(10, &cx)).unwrap_err();
    assert_eq!(error.kind(), Kind::Disposed);
    let error = fixture.wait(unfinished.finish(&cx)).unwrap_err();
    assert_eq!(error.kind(), Kind::Disposed);
}

#[test]
fn a_value_that_grows_too_large_is_refused_on_the_way() {
    let fixture = Fixture::with(|options| options.max_value_bytes = 100_000);
    let cx = Context::new(Mode::NonBlocking);
    let sink = sink(&fixture, "a", &cx);
    fixture.wait(sink.write(content(90_000), &cx)).unwrap();
    let error = fixture.wait(sink.write(content(10_001), &cx)).unwrap_err();
    assert_eq!(error.kind(), Kind::LimitExceeded);
}

#[test]
fn streams_of_a_database_in_memory_and_a_reader() {
    let fixture = Fixture::new();
    let cx = Context::new(Mode::NonBlocking);
    write(&fixture, "a", b"old", &cx);
    let reader = Fixture::at(fixture.path.clone(), |options| options.read_only = true).unwrap();
    let ignored = sink(&reader, "a", &cx);
    reader.wait(ignored.write(b"new".to_vec(), &cx)).unwrap();
    assert_eq!(reader.wait(ignored.finish(&cx)).unwrap(), Outcome::Ignored);
    let seen = source(&reader, "a", &cx).unwrap();
    assert_eq!(read(&reader, &*seen, &cx), b"old");

    let mut memory = Fixture::new();
    let options = SqliteOptions::new(Place::Memory);
    memory.driver = Sqlite::open(options, memory.host.shared()).unwrap();
    let expected = content(200_000);
    write(&memory, "a", &expected, &cx);
    let seen = source(&memory, "a", &cx).unwrap();
    assert_eq!(read(&memory, &*seen, &cx), expected);
}

#[test]
fn any_number_of_small_values_may_be_open() {
    for mode in MODES {
        let fixture = Fixture::new();
        let cx = Context::new(mode);
        write(&fixture, "a", b"small", &cx);
        let open: Vec<_> = (0..2 * MAX_SNAPSHOTS)
            .map(|_| source(&fixture, "a", &cx).unwrap())
            .collect();
        for source in &open {
            assert_eq!(read(&fixture, &**source, &cx), b"small");
        }
    }
}
