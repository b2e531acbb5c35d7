//! Awaited reads that are answered without the pool.

use std::iter::repeat_with;

use super::*;
use crate::drivers::sqlite::schema::MAX_INLINE_BYTES;
use crate::drivers::sqlite::{reads, resident};

/// Enough for a transaction to begin and stay, however busy the machine is.
const MOST_READS: usize = 100_000;

fn begin_reading(fixture: &Fixture, key: &str) -> MaybePromise<Option<Value>> {
    let cx = Context::new(Mode::NonBlocking);
    fixture.driver.get(Key::literal(key), &cx)
}

/// What an awaited read tells at once; `None` if it went to the pool, which is waited for.
fn at_once(fixture: &Fixture, key: &str) -> Option<Option<String>> {
    match begin_reading(fixture, key) {
        MaybePromise::Ready(read) => Some(read.unwrap().as_ref().map(text_of)),
        pending @ MaybePromise::Pending(_) => {
            fixture.wait(pending).unwrap();
            None
        }
    }
}

/// What is told at once when reads come in a rush.
fn told(fixture: &Fixture, key: &str) -> Option<String> {
    let mut reads = repeat_with(|| at_once(fixture, key)).take(MOST_READS);
    reads.find_map(|read| read).unwrap()
}

#[test]
fn awaited_reads_in_a_rush_need_no_thread() {
    let fixture = Fixture::with(|options| options.cache_bytes = 0);
    let large = "x".repeat(MAX_INLINE_BYTES + 1);
    fixture.set("small", "1");
    fixture.set("large", &large);
    assert_eq!(told(&fixture, "small").as_deref(), Some("1"));
    assert_eq!(told(&fixture, "large"), Some(large));
    assert_eq!(told(&fixture, "missing"), None);
}

#[test]
fn what_is_told_at_once_is_never_old() {
    let fixture = Fixture::with(|options| options.cache_bytes = 0);
    let foreign = fixture.foreign();
    fixture.set("k", "1");
    assert_eq!(told(&fixture, "k").as_deref(), Some("1"));
    foreign.execute_batch("DELETE FROM kv").unwrap();
    assert_eq!(told(&fixture, "k"), None);
    let cx = Context::new(Mode::NonBlocking);
    let write = fixture.driver.set(Key::literal("k"), Value::text("2"), &cx);
    // The write has not been waited for.
    let read = fixture.wait(begin_reading(&fixture, "k")).unwrap();
    assert_eq!(read.as_ref().map(text_of).as_deref(), Some("2"));
    fixture.wait(write).unwrap();
}

#[test]
fn nothing_is_told_at_once_by_a_driver_that_was_closed() {
    let fixture = Fixture::with(|options| options.cache_bytes = 0);
    fixture.set("k", "1");
    told(&fixture, "k");
    fixture.close();
    let refused = fixture.wait(begin_reading(&fixture, "k")).unwrap_err();
    assert_eq!(refused.kind(), Kind::Disposed);
}

#[test]
fn files_that_refuse_to_be_read_leave_the_transaction_as_it_was() {
    let fixture = Fixture::new();
    fixture.set("k", "1");
    let site = &fixture.driver.shared.site;
    for is_in_the_log in [true, false] {
        let link = site.open(Role::Reader).unwrap();
        let read = || reads::get(&link, &site.sql, "k", 0).map(|found| found.is_some());
        link.execute_batch("BEGIN").unwrap();
        assert!(read().unwrap());
        assert!(resident::only(read).unwrap());
        link.execute_batch("PRAGMA shrink_memory").unwrap();
        assert!(resident::only(read).is_err(), "{is_in_the_log}");
        assert!(!link.is_autocommit());
        assert!(read().unwrap());
        link.execute_batch("COMMIT").unwrap();
        drop(link);
        let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
        fixture.foreign().execute_batch(checkpoint).unwrap();
    }
}
