use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

#[test]
fn the_last_of_many_writes_wins() {
    let fixture = Fixture::new();
    let cx = Context::new(Mode::NonBlocking);
    for round in 0..100 {
        let answers: Vec<_> = (0..8)
            .map(|number| {
                let value = format!("{round}-{number}-").repeat((number * 37) % 11 * 100 + 1);
                fixture
                    .driver
                    .set(Key::literal("k"), Value::text(value), &cx)
            })
            .collect();
        let seen = fixture.get_in("k", Mode::NonBlocking).unwrap().unwrap();
        assert!(
            seen.starts_with(&format!("{round}-7-")),
            "a read sees what was asked for before"
        );
        drop(answers);
        assert_eq!(fixture.get("k").unwrap(), seen);
    }
}

#[test]
fn a_synchronous_write_comes_after_those_that_were_not_awaited() {
    let fixture = Fixture::new();
    let (later, now) = (
        Context::new(Mode::NonBlocking),
        Context::new(Mode::Blocking),
    );
    for round in 0..100 {
        let pending = fixture.driver.set(
            Key::literal("k"),
            Value::text("early".repeat(2_000)),
            &later,
        );
        let value = format!("late {round}");
        fixture
            .wait(
                fixture
                    .driver
                    .set(Key::literal("k"), Value::text(value.clone()), &now),
            )
            .unwrap();
        fixture.wait(pending).unwrap();
        assert_eq!(fixture.get("k"), Some(value));
    }
}

#[test]
fn sets_and_removes_of_one_key_keep_their_order() {
    let fixture = Fixture::new();
    let cx = Context::new(Mode::NonBlocking);
    for round in 0..50 {
        let set = fixture
            .driver
            .set(Key::literal("a:k"), Value::text("1"), &cx);
        let remove = fixture.driver.remove(Key::literal("a:k"), &cx);
        if round % 2 == 0 {
            let again = fixture
                .driver
                .set(Key::literal("a:k"), Value::text("2"), &cx);
            assert_eq!(fixture.get("a:k").as_deref(), Some("2"));
            drop(again);
        } else {
            assert_eq!(fixture.get("a:k"), None);
        }
        drop((set, remove));
    }
}

#[test]
fn clear_removes_what_was_set_before_and_keeps_what_is_set_after() {
    for with_function in [false, true] {
        let fixture = Fixture::with(|options| {
            let function: IgnoreFunction = Rc::new(|_| Ok(false));
            options.ignore = Ignore::new(&[], with_function.then_some(function)).unwrap();
        });
        let cx = Context::new(Mode::NonBlocking);
        for round in 0..20 {
            let set = |key: &str| fixture.driver.set(Key::literal(key), Value::text("1"), &cx);
            let before: Vec<_> = (0..50).map(|number| set(&format!("b{number}"))).collect();
            let clear = fixture.driver.clear("", &cx);
            let after: Vec<_> = (0..5)
                .map(|number| set(&format!("a{round}-{number}")))
                .collect();
            fixture.wait(MaybePromise::all(after)).unwrap();
            fixture.wait(clear).unwrap();
            drop(before);
            assert_eq!(fixture.keys("").len(), 5, "round {round}");
        }
    }
}

#[test]
fn listings_and_batches_see_writes_that_were_not_awaited() {
    let fixture = Fixture::new();
    let cx = Context::new(Mode::NonBlocking);
    let pending: Vec<_> = (0..300)
        .map(|number| {
            fixture
                .driver
                .set(Key::literal(&format!("k{number}")), Value::text("1"), &cx)
        })
        .collect();
    let items = GetItems {
        keys: ["k299", "k0"].into_iter().collect(),
        options: Vec::new(),
    };
    let values = fixture.wait(fixture.driver.get_many(items, &cx)).unwrap();
    assert!(values.iter().all(Option::is_some));
    assert_eq!(
        fixture.wait(fixture.driver.keys("", &cx)).unwrap().len(),
        300
    );
    drop(pending);
}

#[test]
fn readers_see_the_old_or_the_new_value() {
    let fixture = Fixture::new();
    let values = ["a".repeat(100_000), "b".repeat(150_000)];
    fixture.set("d:k", &values[0]);
    let (store, done) = (
        Arc::clone(&fixture.driver.store),
        Arc::new(AtomicBool::new(false)),
    );
    let reader = {
        let (store, done, values) = (Arc::clone(&store), Arc::clone(&done), values.clone());
        std::thread::spawn(move || {
            let mut reads = 0;
            while !done.load(Ordering::Relaxed) || reads == 0 {
                let text = store.get::<Text>("d:k").unwrap().unwrap();
                assert!(values.iter().any(|value| value == text.as_str()));
                reads += 1;
            }
        })
    };
    for round in 0..200 {
        store.set("d:k", values[round % 2].as_bytes()).unwrap();
    }
    done.store(true, Ordering::Relaxed);
    reader.join().unwrap();
}

/// A value that makes way for a folder, and folders that come and go beneath it, never show it as
/// missing.
#[test]
fn a_value_is_never_missing_while_folders_come_and_go() {
    let fixture = Fixture::new();
    fixture.set("a", "0");
    let (store, done) = (
        Arc::clone(&fixture.driver.store),
        Arc::new(AtomicBool::new(false)),
    );
    let spawn = |work: fn(&Store, usize)| {
        let (store, done) = (Arc::clone(&store), Arc::clone(&done));
        std::thread::spawn(move || {
            let mut round = 0;
            while !done.load(Ordering::Relaxed) {
                work(&store, round);
                round += 1;
            }
        })
    };
    let threads = [
        spawn(|store, round| {
            store.set("a:b", round.to_string().as_bytes()).unwrap();
            store.remove("a:b").unwrap();
        }),
        spawn(|store, round| store.set("a", round.to_string().as_bytes()).unwrap()),
    ];
    for _ in 0..3_000 {
        assert!(store.get::<Text>("a").unwrap().is_some());
    }
    done.store(true, Ordering::Relaxed);
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    assert_eq!(fixture.keys(""), ["a"]);
}

#[test]
fn every_kind_of_read_sees_what_was_asked_for_before() {
    let fixture = Fixture::new();
    let cx = Context::new(Mode::NonBlocking);
    let key = Key::literal("folder:k");
    for round in 0..100 {
        let value = "v".repeat(round + 1);
        let set = fixture.driver.set(key, Value::text(value), &cx);
        assert!(fixture.wait(fixture.driver.has(key, &cx)).unwrap());
        fixture.wait(set).unwrap();
        let longer = Value::text("v".repeat(round + 2));
        let set = fixture.driver.set(key, longer, &cx);
        let meta = fixture.wait(fixture.driver.meta(key, &cx)).unwrap();
        assert_eq!(meta.and_then(|meta| meta.size), Some(round as u64 + 2));
        fixture.wait(set).unwrap();
        let removal = fixture.driver.remove(key, &cx);
        assert!(!fixture.wait(fixture.driver.has(key, &cx)).unwrap());
        assert!(
            fixture
                .wait(fixture.driver.meta(key, &cx))
                .unwrap()
                .is_none()
        );
        fixture.wait(removal).unwrap();
    }
}
