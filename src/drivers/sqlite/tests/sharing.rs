//! Several on one file.

use super::schema::MAX_INLINE_BYTES;
use super::*;

#[test]
fn drivers_on_one_file_see_each_other_at_once() {
    let one = Fixture::new();
    let other = one.another();
    let cx = Context::new(Mode::Blocking);
    for round in 0..50 {
        let value = format!("value {round}");
        let (writer, reader) = match round % 2 {
            0 => (&one, &other),
            _ => (&other, &one),
        };
        let written = writer
            .driver
            .set(Key::literal("k"), Value::text(value.as_str()), &cx);
        writer.wait(written).unwrap();
        for _ in 0..3 {
            assert_eq!(reader.get("k").as_ref(), Some(&value));
            assert_eq!(writer.get("k").as_ref(), Some(&value));
        }
    }
    assert!(one.driver.cache_hits() > 100 && other.driver.cache_hits() > 100);
}

#[test]
fn changes_by_other_programs_are_seen_at_once() {
    let fixture = Fixture::new();
    fixture.set("a", "1");
    assert_eq!(fixture.get("a").as_deref(), Some("1"));
    let foreign = fixture.foreign();
    foreign.execute_batch("DELETE FROM kv").unwrap();
    assert_eq!(fixture.get("a"), None);
}

#[test]
fn a_lock_that_is_held_too_long_is_busy() {
    let fixture = Fixture::with(|options| options.busy_timeout = Duration::from_millis(20));
    let foreign = fixture.foreign();
    foreign.execute_batch("BEGIN IMMEDIATE").unwrap();
    for mode in MODES {
        let cx = Context::new(mode);
        let answers: Vec<_> = (0..5)
            .map(|_| fixture.driver.set(Key::literal("a"), Value::text("1"), &cx))
            .collect();
        for answer in answers {
            assert_eq!(fixture.wait(answer).unwrap_err().kind(), Kind::Busy);
        }
        // Reading waits for nobody.
        assert_eq!(fixture.get_in("a", mode).unwrap(), None);
    }
    foreign.execute_batch("COMMIT").unwrap();
    fixture.set("a", "2");
    assert_eq!(fixture.get("a").as_deref(), Some("2"));
}

#[test]
fn additions_of_several_are_all_counted() {
    const EACH: usize = 200;
    let fixture = Fixture::new();
    let path = fixture.path.clone();
    let add_all = move || {
        let mine = Fixture::at(path, |_| {}).unwrap();
        for _ in 0..EACH {
            mine.commit(&[], vec![("n", plus(1.0))]).unwrap();
        }
        mine.close();
    };
    let threads: Vec<_> = (0..4)
        .map(|_| std::thread::spawn(add_all.clone()))
        .collect();
    for thread in threads {
        assert!(thread.join().is_ok());
    }
    let total = format!("{{\"json\":{}}}", 4 * EACH);
    assert_eq!(fixture.get("n"), Some(total));
}

#[test]
fn a_large_value_of_another_driver_goes_with_its_item() {
    let fixture = Fixture::new();
    let other = fixture.another();
    let large = "x".repeat(MAX_INLINE_BYTES + 1);
    let foreign = fixture.foreign();
    let large_values = || -> i64 {
        let sql = "SELECT count(*) FROM kv_large";
        foreign.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    // By now the driver knows that there are none.
    fixture.set("a", "1");
    fixture.set("b", "1");
    other.set("a", &large);
    assert_eq!(large_values(), 1);
    fixture.set("a", "2");
    assert_eq!(large_values(), 0);
    fixture.set("a", &large);
    other.set("a", "3");
    assert_eq!(large_values(), 0);
}
