//! Reads in a rush, which share a transaction.

use std::sync::atomic::{AtomicU64, Ordering};

use super::front::stamped;
use super::lease::Lease;
use super::*;

/// Enough for the last of them to come right after another.
const RUSH: usize = 200;

/// In both modes, one after the other.
fn rush(fixture: &Fixture, key: &str) -> Vec<Option<String>> {
    (0..RUSH)
        .map(|read| fixture.get_in(key, MODES[read % MODES.len()]).unwrap())
        .collect()
}

fn without_cache() -> Fixture {
    Fixture::with(|options| options.cache_bytes = 0)
}

#[test]
fn a_rush_of_reads_shows_each_change_at_once() {
    let fixture = without_cache();
    let other = fixture.another();
    let foreign = fixture.foreign();
    for round in 0..20 {
        let value = format!("value {round}");
        match round % 3 {
            0 => fixture.set("k", &value),
            1 => other.set("k", &value),
            _ => {
                foreign.execute_batch("DELETE FROM kv").unwrap();
                assert_eq!(rush(&fixture, "k"), vec![None; RUSH]);
                continue;
            }
        }
        assert_eq!(rush(&fixture, "k"), vec![Some(value); RUSH]);
    }
}

#[test]
fn a_rush_of_reads_finds_whatever_was_acknowledged_before() {
    const WRITES: u64 = 1000;
    for cache_bytes in [0, 1024 * 1024] {
        let fixture = Fixture::with(|options| options.cache_bytes = cache_bytes);
        let (path, acknowledged) = (fixture.path.clone(), Arc::new(AtomicU64::new(0)));
        let counted = Arc::clone(&acknowledged);
        let writing = std::thread::spawn(move || {
            let other = Fixture::at(path, |_| {}).unwrap();
            for count in 1..=WRITES {
                other.set("k", &count.to_string());
                counted.store(count, Ordering::SeqCst);
            }
            other.close();
        });
        loop {
            let least = acknowledged.load(Ordering::SeqCst);
            for mode in MODES {
                let read = fixture.get_in("k", mode).unwrap();
                let read = read.map_or(0, |text| text.parse::<u64>().unwrap());
                assert!(read >= least, "{read} although {least} was acknowledged");
            }
            if least == WRITES {
                break;
            }
        }
        writing.join().unwrap();
    }
}

#[test]
fn what_a_transaction_shows_is_not_taken_for_what_came_after_it_began() {
    let fixture = Fixture::new();
    let link = fixture.driver.shared.site.open(Role::Reader).unwrap();
    let stamp_of_reading = || stamped(&link, || Ok(())).unwrap().1;
    let first = link.stamp();
    assert_eq!(stamp_of_reading(), first);
    link.pin(first);
    assert_eq!(stamp_of_reading(), first);
    fixture.set("k", "1");
    assert_eq!(stamp_of_reading(), None);
}

#[test]
fn who_reads_in_a_rush_does_not_keep_the_log_from_being_emptied() {
    let fixture = without_cache();
    let foreign = fixture.foreign();
    // SQLite waits for the last read to let go, which takes milliseconds.
    foreign.busy_timeout(Duration::from_secs(60)).unwrap();
    // What saw to the end of the first rush is gone when the second begins.
    for value in ["1", "2"] {
        fixture.set("k", value);
        rush(&fixture, "k");
        let blocked: i64 = foreign
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
            .unwrap();
        assert_eq!(blocked, 0);
        assert_eq!(fixture.get("k").as_deref(), Some(value));
    }
}

#[test]
fn transactions_that_follow_each_other_are_seen_to_by_one() {
    let fixture = Fixture::new();
    let mut lease = Lease::new(fixture.driver.shared.site.open(Role::Reader).unwrap());
    let mut seers = 0;
    for value in ["1", "2", "3"] {
        fixture.set("k", value);
        let stamp = lease.link().stamp();
        while lease.link().pinned() != stamp {
            seers += usize::from(lease.begin_read().unwrap());
        }
    }
    assert_eq!(seers, 1);
}

#[test]
fn a_batch_in_a_rush_is_one_moment() {
    let fixture = without_cache();
    fixture.set("a", "1");
    rush(&fixture, "a");
    let items = GetItems {
        keys: ["b", "a"].into_iter().collect(),
        options: Vec::new(),
    };
    let cx = Context::new(Mode::Blocking);
    let read = fixture.wait(fixture.driver.get_many(items, &cx)).unwrap();
    let texts: Vec<_> = read
        .iter()
        .map(|value| value.as_ref().map(text_of))
        .collect();
    assert_eq!(texts, [None, Some("1".to_owned())]);
}

#[test]
fn a_driver_that_is_closed_in_a_rush_leaves_no_log() {
    let fixture = without_cache();
    fixture.set("a", "1");
    rush(&fixture, "a");
    fixture.close();
    assert!(!std::fs::exists(format!("{}-wal", fixture.path.display())).unwrap());
}
