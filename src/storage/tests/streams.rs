use super::*;

fn read_all(storage: &Storage, key: &str) -> Option<Vec<u8>> {
    let source = at_once(storage.read_stream(Key::literal(key), &now())).unwrap()?;
    let mut all = Vec::new();
    loop {
        let piece = at_once(source.read(3, &now())).unwrap();
        if piece.is_empty() {
            assert_eq!(source.size(), all.len() as u64);
            return Some(all);
        }
        assert!(piece.len() <= 3);
        all.extend(piece);
    }
}

fn write_all(storage: &Storage, key: &str) -> Box<dyn ByteSink> {
    let sink = at_once(storage.write_stream(Key::literal(key), &now())).unwrap();
    for piece in ["12", "", "3456"] {
        at_once(sink.write(piece.into(), &now())).unwrap();
    }
    sink
}

#[test]
fn streams_work_with_and_without_the_help_of_the_driver() {
    let host = TestHost::new();
    let storage = storage(Memory::new(), &host);
    storage
        .mount("m:", Rc::new(Faulty::new(Rc::new(Memory::new())).basic()))
        .unwrap();
    for key in ["a", "m:a"] {
        assert_eq!(read_all(&storage, key), None);
        let sink = write_all(&storage, key);
        assert_eq!(
            read_all(&storage, key),
            None,
            "nobody sees it before its end"
        );
        at_once(sink.finish(&now())).unwrap();
        assert_eq!(read_all(&storage, key).as_deref(), Some(&b"123456"[..]));
        set(&storage, key, "other");
        at_once(write_all(&storage, key).abort(&now())).unwrap();
        drop(write_all(&storage, key));
        assert_eq!(read_all(&storage, key).as_deref(), Some(&b"other"[..]));
    }
}

#[test]
fn a_source_reads_the_value_as_it_was_at_the_beginning() {
    let host = TestHost::new();
    let storage = storage(Memory::new(), &host);
    set(&storage, "a", "old");
    let source = at_once(storage.read_stream(Key::literal("a"), &now()))
        .unwrap()
        .unwrap();
    set(&storage, "a", "new");
    assert_eq!(at_once(source.read(9, &now())).unwrap(), b"old");
}
