#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::cell::Cell;
use std::fs;
use std::ops::Deref;
use std::time::Duration;

use rusqlite::{Connection, params};

use super::*;
use crate::drivers::sqlite::row::{RowKind, checksum};
use crate::drivers::sqlite::scratch::Store;

/// A store with items, and the connection that wrote them.
struct Filled {
    connection: Connection,
    store: Store,
}

impl Deref for Filled {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl Filled {
    fn with(items: usize) -> Self {
        let store = Store::new();
        let filled = Filled {
            connection: store.open(),
            store,
        };
        let transaction = filled.connection.unchecked_transaction().unwrap();
        (0..items).for_each(|index| filled.put(&format!("key-{index:06}"), &"x".repeat(500)));
        transaction.commit().unwrap();
        filled
    }

    fn put(&self, key: &str, value: &str) {
        let sum = checksum(key, RowKind::Text, value.as_bytes());
        let sql = "INSERT OR REPLACE INTO kv VALUES (?1, ?2, 0, ?3, 0, 0, NULL, NULL)";
        self.connection
            .execute(sql, params![key, value, sum])
            .unwrap();
    }

    fn put_large(&self, key: &str, content: &[u8]) {
        self.connection
            .execute("INSERT INTO kv_large (content) VALUES (?1)", [content])
            .unwrap();
        let sum = checksum(key, RowKind::Text, content);
        let id = self.connection.last_insert_rowid();
        let sql = "INSERT OR REPLACE INTO kv VALUES (?1, NULL, 0, ?2, 0, 0, NULL, ?3)";
        self.connection.execute(sql, params![key, sum, id]).unwrap();
    }

    fn verify(&self) -> Report {
        verify(&self.connection, &self.tables, &|| false).unwrap()
    }

    fn backup(&self, options: &BackupOptions) -> Result<Copied, Fault> {
        backup(&self.open(), &self.tables, options, &mut |_| {}, &|| false)
    }

    fn target(&self, overwrite: bool) -> BackupOptions {
        BackupOptions {
            to: self.beside("copy.db"),
            overwrite,
        }
    }

    /// The files that are not of the store.
    fn others(&self) -> Vec<String> {
        let mut names = self.store.names();
        names.retain(|name| !name.starts_with("data.db"));
        names
    }
}

#[test]
fn a_healthy_store_has_nothing_to_report() {
    let store = Filled::with(1000);
    store.put_large("large", &vec![7; 1_000_000]);
    let report = store.verify();
    assert!(report.is_ok(), "{report:?}");
    assert_eq!(report.items, 1001);
}

#[test]
fn damaged_values_are_named_and_counted() {
    let store = Filled::with(1000);
    store.put_large("large", &vec![7; 300_000]);
    store.put_large("without", &vec![7; 300_000]);
    store
        .connection
        .execute_batch(
            "UPDATE kv SET value = 'y' WHERE key = 'key-000500';
             UPDATE kv_large SET content = zeroblob(300000) WHERE id = 1;
             DELETE FROM kv_large WHERE id = 2;
             INSERT INTO kv_large (content) VALUES (x'00')",
        )
        .unwrap();
    let report = store.verify();
    assert!(!report.is_ok());
    let keys: Vec<_> = report
        .damaged
        .iter()
        .map(|damage| damage.key.as_str())
        .collect();
    assert_eq!(keys, ["key-000500", "large", "without"]);
    assert_eq!((report.items, report.damaged_items), (1002, 3));
    assert_eq!(report.problems.len(), 1, "{:?}", report.problems);
}

#[test]
fn a_list_of_damage_ends_somewhere() {
    let store = Filled::with(MAX_LISTED + 1);
    store
        .connection
        .execute("UPDATE kv SET value = ''", [])
        .unwrap();
    let report = store.verify();
    assert_eq!(report.damaged_items, MAX_LISTED as u64 + 1);
    assert_eq!(report.damaged.len(), MAX_LISTED);
}

#[test]
fn a_copy_ends_although_somebody_writes_between_all_its_steps() {
    let store = Filled::with(40_000);
    let writer = Connection::open(store.path()).unwrap();
    let steps = Cell::new(0);
    let mut on_progress = |copied: Copied| {
        steps.set(steps.get() + 1);
        assert!(steps.get() < 1000 && copied.pages <= copied.total);
        writer
            .execute("UPDATE kv SET created = created + 1", [])
            .unwrap();
    };
    writer
        .execute("INSERT INTO kv_watchers VALUES (1, 0, 0)", [])
        .unwrap();
    let source = store.open();
    let options = store.target(false);
    let copied = backup(&source, &store.tables, &options, &mut on_progress, &|| {
        false
    })
    .unwrap();
    assert!(steps.get() > 3, "{} steps", steps.get());
    assert_eq!(copied.pages, copied.total);
    assert_eq!(store.others(), ["copy.db"]);
    let copy = Connection::open(&options.to).unwrap();
    assert!(verify(&copy, &store.tables, &|| false).unwrap().is_ok());
    let count = |sql: &str| -> i64 { copy.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(count("SELECT count(*) FROM kv WHERE created = 0"), 40_000);
    assert_eq!(count("SELECT count(*) FROM kv_watchers"), 0);
}

#[test]
fn a_copy_replaces_nothing_unasked() {
    let store = Filled::with(10);
    fs::write(store.beside("copy.db"), "mine").unwrap();
    let fault = store.backup(&store.target(false)).unwrap_err();
    let kind = fault.io.map(|error| error.kind());
    assert_eq!(kind, Some(std::io::ErrorKind::AlreadyExists));
    assert_eq!(fs::read(store.beside("copy.db")).unwrap(), b"mine");
    store.backup(&store.target(true)).unwrap();
    assert!(
        fs::read(store.beside("copy.db"))
            .unwrap()
            .starts_with(b"SQLite")
    );
    assert_eq!(store.others(), ["copy.db"]);
}

#[test]
fn a_copy_is_not_put_onto_a_database_in_use() {
    let store = Filled::with(10);
    fs::write(store.beside("copy.db-wal"), "").unwrap();
    let fault = store.backup(&store.target(true)).unwrap_err();
    assert_eq!(fault.kind, Kind::InvalidOption);
    let onto_itself = BackupOptions {
        to: store.path(),
        overwrite: true,
    };
    assert_eq!(
        store.backup(&onto_itself).unwrap_err().kind,
        Kind::InvalidOption
    );
}

#[test]
fn a_copy_that_is_stopped_or_damaged_leaves_nothing() {
    let store = Filled::with(20_000);
    let stopped = backup(
        &store.open(),
        &store.tables,
        &store.target(false),
        &mut |_| {},
        &|| true,
    );
    assert_eq!(stopped.unwrap_err().kind, Kind::Timeout);
    store
        .connection
        .execute("UPDATE kv SET value = 'y' WHERE key = 'key-000500'", [])
        .unwrap();
    let damaged = store.backup(&store.target(false));
    assert_eq!(damaged.unwrap_err().kind, Kind::Corrupt);
    assert_eq!(store.others(), Vec::<String>::new());
}

#[test]
fn compacting_gives_space_back_and_empties_the_log() {
    let store = Filled::with(5000);
    store
        .connection
        .execute("DELETE FROM kv WHERE key > 'key-000010'", [])
        .unwrap();
    let compacted = compact(&store.connection).unwrap();
    assert!(
        compacted.bytes_after * 10 < compacted.bytes_before,
        "{compacted:?}"
    );
    assert!(compacted.log_emptied);
    assert_eq!(store.verify().items, 11);
    let figures = stats(
        &store.connection,
        &store.tables,
        &Counters::default(),
        (0, 0),
    )
    .unwrap();
    assert_eq!(
        (figures.items, figures.wal_bytes, figures.free_pages),
        (11, 0, 0)
    );
    assert_eq!(figures.bytes, compacted.bytes_after);
}

#[test]
fn figures_of_commits_are_those_of_a_bounded_sample() {
    let store = Filled::with(0);
    let counters = Counters::default();
    for milliseconds in 1..=10_000 {
        counters.committed(
            milliseconds % 2 * 2 + 1,
            Duration::from_millis(milliseconds as u64),
        );
    }
    let figures = stats(&store.connection, &store.tables, &counters, (1, 2)).unwrap();
    assert_eq!((figures.cache_hits, figures.cache_misses), (1, 2));
    let groups = figures.groups;
    assert_eq!((groups.commits, groups.max), (10_000, 3));
    assert!((groups.mean - 2.0).abs() < 0.01);
    assert!(
        (4_000.0..6_000.0).contains(&groups.p50_ms),
        "{}",
        groups.p50_ms
    );
    assert!(
        (9_700.0..=10_000.0).contains(&groups.p99_ms),
        "{}",
        groups.p99_ms
    );
}
