//! What is answered without the file.

use super::*;

/// Reads in place, and tells whether the cache knew.
fn is_hit(fixture: &Fixture, key: &str) -> bool {
    let before = fixture.driver.cache_hits();
    fixture.get_in(key, Mode::Blocking).unwrap();
    fixture.driver.cache_hits() > before
}

#[test]
fn a_second_read_is_a_hit_in_both_modes() {
    let fixture = Fixture::new();
    fixture.set("a", "1");
    for key in ["a", "missing"] {
        assert!(!is_hit(&fixture, key));
        assert!(is_hit(&fixture, key), "{key}");
        let cx = Context::new(Mode::NonBlocking);
        let answer = fixture.driver.get(Key::literal(key), &cx);
        assert!(matches!(answer, MaybePromise::Ready(_)));
    }
    fixture.set("b", "1");
    fixture.get_in("b", Mode::NonBlocking).unwrap();
    assert!(is_hit(&fixture, "b"), "a read in the pool fills it too");
}

#[test]
fn an_own_write_forgets_its_keys_only() {
    let fixture = Fixture::new();
    for key in ["a", "b", "c"] {
        fixture.set(key, "1");
    }
    for key in ["a", "b", "c"] {
        assert!(!is_hit(&fixture, key));
    }
    fixture.set("a", "2");
    assert!(is_hit(&fixture, "b"));
    assert!(!is_hit(&fixture, "a"));
    fixture.commit(&[], vec![("b", Change::Remove)]).unwrap();
    assert!(is_hit(&fixture, "a") && is_hit(&fixture, "c"));
    assert_eq!(fixture.get("b"), None);
    let cx = Context::new(Mode::Blocking);
    fixture.wait(fixture.driver.clear("c", &cx)).unwrap();
    assert!(!is_hit(&fixture, "a"), "a clear may concern any key");
}

#[test]
fn a_write_of_others_forgets_everything() {
    let fixture = Fixture::new();
    let foreign = fixture.another();
    fixture.set("a", "1");
    assert!(!is_hit(&fixture, "a") && is_hit(&fixture, "a"));
    foreign.set("unrelated", "1");
    assert!(!is_hit(&fixture, "a"));
    // Their write between two own ones is no own one either.
    fixture.set("b", "1");
    foreign.set("a", "2");
    fixture.set("b", "2");
    assert_eq!(fixture.get("a").as_deref(), Some("2"));
}

#[test]
fn it_stays_within_its_bytes() {
    let fixture = Fixture::with(|options| options.cache_bytes = 20_000);
    for number in 0..100 {
        fixture.set(&format!("k{number}"), &"x".repeat(1000));
    }
    fixture.set("large", &"x".repeat(10_000));
    let known = |key: &str| is_hit(&fixture, key);
    for number in 0..100 {
        known(&format!("k{number}"));
    }
    let hits = (0..100)
        .rev()
        .filter(|number| known(&format!("k{number}")))
        .count();
    assert!((5..=20).contains(&hits), "{hits}");
    assert!(!known("large") && !known("large"));
}

#[test]
fn without_bytes_there_is_no_cache() {
    let fixture = Fixture::with(|options| options.cache_bytes = 0);
    fixture.set("a", "1");
    assert!(!is_hit(&fixture, "a") && !is_hit(&fixture, "a"));
}

#[test]
fn reads_see_writes_that_nobody_waited_for() {
    let fixture = Fixture::new();
    for round in 0..100 {
        let value = format!("{round}");
        let cx = Context::new(Mode::NonBlocking);
        let written = fixture
            .driver
            .set(Key::literal("a"), Value::text(value.as_str()), &cx);
        let written = fixture.host.start(written);
        let mode = MODES[round % 2];
        assert_eq!(fixture.get_in("a", mode).unwrap(), Some(value));
        fixture.host.finish(written).unwrap();
    }
}
