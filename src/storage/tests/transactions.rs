use super::*;

fn begin(storage: &Storage) -> Transaction {
    storage
        .transaction(TransactionOptions { timeout_ms: 1000.0 })
        .unwrap()
}

fn flush(transaction: &Transaction) -> Result<()> {
    at_once(transaction.flush(&now()))
}

fn keys(driver: &dyn Driver, base: &str) -> Vec<String> {
    let listed = at_once(driver.keys(base, &now())).unwrap();
    let mut keys: Vec<String> = listed.iter().map(str::to_owned).collect();
    keys.sort();
    keys
}

#[test]
fn a_transaction_sees_its_snapshot_and_its_own_writes() {
    let host = TestHost::new();
    let storage = storage(Memory::new(), &host);
    ["a", "b:1", "b:2"]
        .iter()
        .for_each(|key| set(&storage, key, "old"));
    let tx = begin(&storage);
    assert_eq!(get(&tx, "a").as_deref(), Some("old"));
    set(&storage, "b:1", "of others");
    set(&storage, "new", "of others");
    assert_eq!(get(&tx, "b:2").as_deref(), Some("old"));
    assert_eq!(keys(&tx, ""), ["a", "b:1", "b:2"]);
    set(&tx, "c", "own");
    at_once(tx.remove(Key::literal("a"), &now())).unwrap();
    assert_eq!((get(&tx, "a"), get(&tx, "c")), (None, Some("own".into())));
    at_once(tx.clear("b:", &now())).unwrap();
    set(&tx, "b:3", "own");
    assert_eq!(keys(&tx, ""), ["b:3", "c"]);
    assert!(!at_once(tx.has(Key::literal("b:2"), &now())).unwrap());
    assert_eq!(get(&storage, "c"), None, "nobody else sees it");
    at_once(tx.close(&now())).unwrap();
    assert_eq!(keys(&storage, ""), ["a", "b:1", "b:2", "new"]);
}

#[test]
fn what_was_read_or_written_must_not_have_changed() {
    let host = TestHost::new();
    let storage = storage(Memory::new(), &host);
    set(&storage, "a", "1");
    for (reads, changed, conflicts) in [
        ("a", "a", true),
        ("a", "other", false),
        ("other", "w", true),
    ] {
        let tx = begin(&storage);
        get(&tx, reads);
        set(&tx, "w", "own");
        set(&storage, changed, &format!("by others, {reads} {changed}"));
        let outcome = flush(&tx);
        assert_eq!(outcome.is_err(), conflicts, "{reads} {changed}");
        if let Err(error) = outcome {
            assert_eq!(
                (error.kind(), error.key_name()),
                (Kind::Conflict, Some(changed))
            );
        }
    }
    let tx = begin(&storage);
    at_once(tx.clear("", &now())).unwrap();
    set(&storage, "a", "changed meanwhile");
    assert_eq!(flush(&tx).unwrap_err().kind(), Kind::Conflict);
    let tx = begin(&storage);
    at_once(tx.clear("", &now())).unwrap();
    set(&tx, "b", "1");
    flush(&tx).unwrap();
    assert_eq!(keys(&storage, ""), ["b"]);
}

#[test]
fn calls_after_the_end_are_refused() {
    let host = TestHost::new();
    let storage = storage(Memory::new(), &host);
    let tx = begin(&storage);
    set(&tx, "a", "1");
    flush(&tx).unwrap();
    let refused = at_once(tx.get(Key::literal("a"), &now())).unwrap_err();
    assert_eq!(refused.kind(), Kind::Disposed);
    assert_eq!(flush(&tx).unwrap_err().kind(), Kind::Disposed);
    let tx = begin(&storage);
    set(&tx, "a", "2");
    host.advance(Duration::from_millis(1001));
    assert_eq!(flush(&tx).unwrap_err().kind(), Kind::Timeout);
    let refused = at_once(tx.get(Key::literal("a"), &now())).unwrap_err();
    assert_eq!(
        (refused.kind(), refused.operation_name()),
        (Kind::Timeout, Some("getItem"))
    );
    assert_eq!(get(&storage, "a").as_deref(), Some("1"));
}

#[test]
fn drivers_that_cannot_take_part_are_refused_at_once() {
    let host = TestHost::new();
    let storage = storage(Memory::new(), &host);
    storage.mount("m:", Rc::new(Memory::new())).unwrap();
    storage
        .mount("p:", Rc::new(Faulty::new(Rc::new(Memory::new())).basic()))
        .unwrap();
    let tx = begin(&storage);
    let refused = |answer: MaybePromise<Outcome>| at_once(answer).unwrap_err().kind();
    let write = |key: &str| tx.set(Key::literal(key), Value::text("1"), &now());
    assert_eq!(refused(write("p:a")), Kind::NotSupported);
    assert_eq!(
        at_once(tx.get(Key::literal("p:a"), &now()))
            .unwrap_err()
            .kind(),
        Kind::NotSupported
    );
    at_once(write("a")).unwrap();
    assert_eq!(refused(write("m:a")), Kind::NotSupported);
    assert_eq!(refused(tx.clear("", &now())), Kind::NotSupported);
    assert_eq!(get(&tx, "m:a"), None, "reads of another driver are fine");
    set(&storage, "m:a", "changed");
    assert_eq!(flush(&tx).unwrap_err().kind(), Kind::Conflict);
    assert_eq!(get(&storage, "a"), None);
}

#[test]
fn metadata_goes_with_its_item_if_it_is_asked_for() {
    let host = TestHost::new();
    let storage = storage(Memory::new(), &host);
    ["a", "a$"].iter().for_each(|key| set(&storage, key, "1"));
    let tx = begin(&storage);
    let cx = now().with_options(Options {
        remove_meta: true,
        ..Options::default()
    });
    at_once(tx.remove(Key::literal("a"), &cx)).unwrap();
    flush(&tx).unwrap();
    assert_eq!((get(&storage, "a"), get(&storage, "a$")), (None, None));
}
