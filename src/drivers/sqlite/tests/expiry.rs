//! Items that end.

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

fn expires(fixture: &Fixture, key: &str) -> Option<f64> {
    let cx = Context::new(Mode::Blocking);
    let meta = fixture.wait(fixture.driver.meta(Key::literal(key), &cx));
    meta.unwrap().and_then(|meta| meta.expires_ms)
}

fn now(fixture: &Fixture) -> f64 {
    use crate::host::Host as _;
    fixture.host.now_ms()
}

#[test]
fn what_has_ended_is_invisible_to_every_method() {
    for cache_bytes in [0, 1 << 20] {
        let fixture = Fixture::with(|options| options.cache_bytes = cache_bytes);
        fixture.set("stays", "1");
        fixture
            .try_set("a", Value::text("1"), Expiry::In(60_000.0))
            .unwrap();
        assert_eq!(fixture.get("a").as_deref(), Some("1"));
        assert_eq!(expires(&fixture, "a"), Some(now(&fixture) + 60_000.0));
        fixture.host.advance(MINUTE - Duration::from_millis(1));
        assert_eq!(fixture.get("a").as_deref(), Some("1"));
        fixture.host.advance(Duration::from_millis(1));
        assert_eq!(fixture.get("a"), None);
        assert_eq!(fixture.keys(), ["stays"]);
        for mode in MODES {
            let cx = Context::new(mode);
            let key = Key::literal("a");
            assert!(!fixture.wait(fixture.driver.has(key, &cx)).unwrap());
            assert!(
                fixture
                    .wait(fixture.driver.meta(key, &cx))
                    .unwrap()
                    .is_none()
            );
            let items = GetItems {
                keys: ["a", "stays"].into_iter().collect(),
                options: Vec::new(),
            };
            let found = fixture.wait(fixture.driver.get_many(items, &cx)).unwrap();
            assert!(found[0].is_none() && found[1].is_some());
        }
        let absent = fixture.commit(&[("a", None)], vec![("n", plus(1.0))]);
        assert_eq!(absent.unwrap(), Verdict::Committed(vec![1.0]));
    }
}

#[test]
fn a_write_decides_how_long_an_item_lives() {
    let fixture = Fixture::new();
    let set = |expiry| {
        fixture.try_set("a", Value::text("1"), expiry).unwrap();
        expires(&fixture, "a")
    };
    let start = now(&fixture);
    assert_eq!(set(Expiry::In(1000.0)), Some(start + 1000.0));
    assert_eq!(set(Expiry::Keep), Some(start + 1000.0));
    fixture.commit(&[], vec![("n", plus(1.0))]).unwrap();
    assert_eq!(expires(&fixture, "n"), None);
    assert_eq!(set(Expiry::At(start + 5.0)), Some(start + 5.0));
    assert_eq!(set(Expiry::Never), None);
    assert_eq!(set(Expiry::In(f64::INFINITY)), None);
    assert_eq!(set(Expiry::In(0.25)), Some(start + 1.0));
    // What replaces an item that has ended is new.
    fixture.host.advance(MINUTE);
    assert_eq!(set(Expiry::Keep), None);
    let cx = Context::new(Mode::Blocking);
    let meta = fixture.wait(fixture.driver.meta(Key::literal("a"), &cx));
    assert_eq!(meta.unwrap().unwrap().birthtime_ms, Some(now(&fixture)));
}

#[test]
fn an_addition_keeps_the_end() {
    let fixture = Fixture::new();
    fixture
        .try_set("n", Value::text("{\"json\":1}"), Expiry::In(1000.0))
        .unwrap();
    fixture.commit(&[], vec![("n", plus(1.0))]).unwrap();
    assert_eq!(expires(&fixture, "n"), Some(now(&fixture) + 1000.0));
    fixture.host.advance(MINUTE);
    let verdict = fixture.commit(&[], vec![("n", plus(1.0))]).unwrap();
    assert_eq!(verdict, Verdict::Committed(vec![1.0]));
}

#[test]
fn what_is_no_time_is_refused() {
    let fixture = Fixture::new();
    for ttl in [0.0, -1.0, f64::NAN] {
        let refused = fixture.try_set("a", Value::text("1"), Expiry::In(ttl));
        assert_eq!(refused.unwrap_err().kind(), Kind::InvalidOption);
    }
    assert!(fixture.keys().is_empty());
}
