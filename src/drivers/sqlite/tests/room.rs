//! The room that the log takes.

use std::fs;

use super::*;
use crate::drivers::sqlite::{room, wal_file};

/// Fills the log with what is never committed.
const SPILL: &str = "
    PRAGMA cache_size = 5;
    BEGIN;
    CREATE TABLE spilled AS
        WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 300)
        SELECT zeroblob(4000) AS content FROM n;
    ROLLBACK";

fn log_of(fixture: &Fixture) -> u64 {
    let path = format!("{}-wal", fixture.path.display());
    fs::metadata(path).unwrap().len()
}

#[test]
fn the_header_tells_how_much_of_the_log_is_committed() {
    let fixture = Fixture::new();
    fixture.set("a", &"x".repeat(50_000));
    let committed = log_of(&fixture);
    let writer = &fixture.driver.shared.writer;
    writer
        .with(|link| {
            assert_eq!(
                u64::try_from(link.stamp().unwrap().log_bytes()).unwrap(),
                committed
            );
            link.execute_batch(SPILL)?;
            assert!(log_of(&fixture) > committed + 100_000);
            link.execute_batch("BEGIN IMMEDIATE")?;
            assert!(wal_file::cut(link, link.stamp().unwrap().log_bytes()));
            Ok(link.execute_batch("ROLLBACK")?)
        })
        .unwrap();
    assert_eq!(log_of(&fixture), committed);
    let other = fixture.another();
    assert_eq!(other.get("a").unwrap().len(), 50_000);
    fixture.set("b", "1");
    assert_eq!(other.get("b").as_deref(), Some("1"));
}

#[test]
fn making_room_empties_the_log_and_nobody_who_reads_is_in_the_way() {
    let fixture = Fixture::new();
    fixture.set("a", &"x".repeat(50_000));
    let reader = fixture.foreign();
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM kv")
        .unwrap();
    let site = Arc::clone(&fixture.driver.shared.site);
    fixture.set("a", "2");
    let mut slot = Some(site.open(Role::Writer).unwrap());
    assert!(!room::make(&site, &mut slot), "somebody reads");
    reader.execute_batch("COMMIT").unwrap();
    assert!(room::make(&site, &mut slot));
    assert_eq!(log_of(&fixture), 0);
    drop(slot);
    assert_eq!(fixture.get("a").as_deref(), Some("2"));
    fixture.set("a", "3");
    assert_eq!(fixture.another().get("a").as_deref(), Some("3"));
}
