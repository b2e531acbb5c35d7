#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::rc::Rc;
use std::time::{Duration, Instant};

use futures_channel::mpsc;
use futures_util::{FutureExt as _, StreamExt as _};
use rusqlite::{Connection, TransactionBehavior};

use super::pulse::Observer;
use super::*;
use crate::driver::EventKind::{Expire, Remove, Update};
use crate::drivers::sqlite::scratch::{Store, connect};
use crate::maybe::MaybePromise;
use crate::watch::{Feed as _, Report};

impl Store {
    fn writer(&self) -> Writer {
        let id = WriterId::random().unwrap();
        Writer {
            connection: self.open(),
            log: ChangeLog::new(&self.tables, id),
            id,
        }
    }

    fn watcher(&self, own: WriterId) -> Watcher {
        let path = self.path();
        let mut watcher = Watcher::new(Box::new(move || connect(&path)), &self.tables, own);
        watcher.begin().unwrap();
        watcher
    }

    fn count(&self, table: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        self.open().query_row(&sql, [], |row| row.get(0)).unwrap()
    }
}

struct Writer {
    connection: Connection,
    log: ChangeLog,
    id: WriterId,
}

impl Writer {
    fn write(&mut self, changes: &[(EventKind, &str)]) {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .unwrap();
        self.log.begin(&transaction).unwrap();
        for (kind, key) in changes {
            self.log.note(&transaction, *kind, key).unwrap();
        }
        transaction.commit().unwrap();
    }
}

fn poll(watcher: &mut Watcher) -> Vec<(EventKind, String)> {
    let mut all = Vec::new();
    loop {
        let mut reports = Vec::new();
        let has_more = watcher.poll(usize::MAX, &mut reports).unwrap();
        all.extend(reports.into_iter().map(|report| match report {
            Report::Changed(kind, key) => (kind, key.to_string()),
            Report::Failed(fault) => panic!("{fault:?}"),
        }));
        if !has_more {
            return all;
        }
    }
}

fn named(events: &[(EventKind, &str)]) -> Vec<(EventKind, String)> {
    events
        .iter()
        .map(|(kind, key)| (*kind, (*key).to_owned()))
        .collect()
}

#[test]
fn nothing_is_logged_while_nobody_watches() {
    let store = Store::new();
    store.writer().write(&[(Update, "a")]);
    assert_eq!(store.count("kv_changes"), 0);
}

#[test]
fn changes_of_others_come_in_order_and_once_and_own_ones_do_not() {
    let store = Store::new();
    let (mut own, mut other) = (store.writer(), store.writer());
    let mut watcher = store.watcher(own.id);
    own.write(&[(Update, "mine")]);
    other.write(&[(Update, "a"), (Remove, "b")]);
    own.write(&[(Update, "mine")]);
    other.write(&[(Expire, "c"), (Update, "a")]);
    let expected = [(Update, "a"), (Remove, "b"), (Expire, "c"), (Update, "a")];
    assert_eq!(poll(&mut watcher), named(&expected));
    assert_eq!(poll(&mut watcher), []);
    other.write(&[(Update, "d")]);
    assert_eq!(poll(&mut watcher), named(&[(Update, "d")]));
}

#[test]
fn what_there_is_no_room_for_stays_in_the_log() {
    let store = Store::new();
    let mut writer = store.writer();
    let mut watcher = store.watcher(WriterId::random().unwrap());
    writer.write(&[(Update, "a"), (Update, "b"), (Update, "c")]);
    let mut reports = Vec::new();
    assert!(!watcher.poll(0, &mut reports).unwrap());
    assert!(reports.is_empty());
    assert!(watcher.poll(2, &mut reports).unwrap());
    assert_eq!(reports.len(), 2);
    assert_eq!(poll(&mut watcher), named(&[(Update, "c")]));
}

#[test]
fn the_log_is_trimmed_as_far_as_all_have_seen_and_emptied_at_the_end() {
    let store = Store::new();
    let mut writer = store.writer();
    let mut fast = store.watcher(WriterId::random().unwrap());
    let mut slow = store.watcher(WriterId::random().unwrap());
    let keys: Vec<_> = (0..5000).map(|index| format!("key-{index}")).collect();
    let changes: Vec<_> = keys.iter().map(|key| (Update, key.as_str())).collect();
    writer.write(&changes);
    assert_eq!(poll(&mut fast).len(), 5000);
    poll(&mut fast);
    assert_eq!(store.count("kv_changes"), 5000, "one has not seen them");
    assert_eq!(poll(&mut slow).len(), 5000);
    poll(&mut slow);
    assert!(
        store.count("kv_changes") < 1000,
        "the rest goes with the next sign of life"
    );
    writer.write(&changes);
    drop(fast);
    drop(slow);
    assert_eq!(
        (store.count("kv_changes"), store.count("kv_watchers")),
        (0, 0)
    );
}

#[test]
fn numbers_go_on_after_the_log_was_emptied() {
    let store = Store::new();
    let mut writer = store.writer();
    let mut watcher = store.watcher(WriterId::random().unwrap());
    writer.write(&[(Update, "a")]);
    poll(&mut watcher);
    store.open().execute("DELETE FROM kv_changes", []).unwrap();
    writer.write(&[(Update, "b")]);
    assert_eq!(poll(&mut watcher), named(&[(Update, "b")]));
}

#[test]
fn a_watcher_without_signs_of_life_is_buried_and_learns_of_it() {
    let store = Store::new();
    let mut watcher = store.watcher(WriterId::random().unwrap());
    let connection = store.open();
    let sql = Statements::new(&store.tables);
    let mut observer = Observer::default();
    let start = Instant::now();
    let mut look = |seconds| {
        let now = start + Duration::from_secs(seconds);
        observer.look(&connection, &sql, None, now).unwrap();
        store.count("kv_watchers")
    };
    // A night between two looks is no proof: the machine may have slept.
    assert_eq!(look(0), 1);
    assert_eq!(look(50_000), 1);
    assert_eq!(look(50_015), 1);
    assert_eq!(look(50_030), 1);
    assert_eq!(look(50_045), 0);
    let mut reports = Vec::new();
    // The next change wakes it.
    store.writer().write(&[(Update, "lost")]);
    watcher.poll(16, &mut reports).unwrap();
    assert!(matches!(reports.as_slice(), [Report::Failed(fault)] if fault.kind == Kind::Timeout));
    store.writer().write(&[(Update, "seen again")]);
    assert_eq!(poll(&mut watcher), named(&[(Update, "seen again")]));
}

#[test]
fn a_watcher_that_gives_signs_lives() {
    let store = Store::new();
    let _watcher = store.watcher(WriterId::random().unwrap());
    let connection = store.open();
    let sql = Statements::new(&store.tables);
    let mut observer = Observer::default();
    let start = Instant::now();
    for round in 0..20 {
        let now = start + Duration::from_secs(15 * round);
        observer.look(&connection, &sql, None, now).unwrap();
        connection
            .execute("UPDATE kv_watchers SET beat = beat + 1", [])
            .unwrap();
    }
    assert_eq!(store.count("kv_watchers"), 1);
}

#[test]
fn a_watch_delivers_through_the_mailbox_and_signs_off() {
    let store = Store::new();
    let mut other = store.writer();
    let host = crate::testkit::TestHost::new();
    let path = store.path();
    let watcher = Watcher::new(
        Box::new(move || connect(&path)),
        &store.tables,
        WriterId::random().unwrap(),
    );
    let (sender, receiver) = mpsc::unbounded();
    let watch = crate::watch::watch_feed(
        Box::new(watcher),
        POLL_INTERVAL,
        host.shared(),
        Rc::new(move |kind, key: &str| sender.unbounded_send((kind, key.to_owned())).unwrap()),
    );
    let watch = host.run_until(watch).unwrap();
    other.write(&[(Update, "a"), (Remove, "b")]);
    let seen = MaybePromise::pending(receiver.take(2).collect::<Vec<_>>().map(Ok));
    let seen = host.run_until(seen).unwrap();
    assert_eq!(seen, named(&[(Update, "a"), (Remove, "b")]));
    host.run_until(watch.stop()).unwrap();
    assert_eq!(store.count("kv_watchers"), 0);
}
