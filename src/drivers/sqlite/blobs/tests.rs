#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::fs;

use rusqlite::{Connection, params};

use super::*;
use crate::drivers::sqlite::row::RowKind;
use crate::drivers::sqlite::schema::MAX_INLINE_BYTES;
use crate::drivers::sqlite::scratch::Store;
use crate::error::{Fault, Kind};
use crate::value::BlobKind;

const KIND: RowKind = RowKind::Bytes(BlobKind::Buffer);

impl Store {
    fn spool(&self, most: u64) -> Spool {
        Spool::new(Some(self.path()), "key", KIND, most)
    }

    fn put(&self, spool: &mut Spool) {
        let connection = self.open();
        let transaction = connection.unchecked_transaction().unwrap();
        let inline = spool.inline().map(<[u8]>::to_vec);
        let large = match inline {
            Some(_) => None,
            None => Some(spool.store(&transaction, &self.tables).unwrap()),
        };
        let sql = "INSERT OR REPLACE INTO kv VALUES ('key', ?1, ?2, ?3, 0, 0, NULL, ?4)";
        transaction
            .execute(sql, params![inline, KIND.number(), spool.checksum(), large])
            .unwrap();
        transaction.commit().unwrap();
    }

    fn reader(&self) -> ValueReader<Connection> {
        let connection = self.open();
        connection.execute_batch("BEGIN").unwrap();
        match open(connection, &self.tables, "key", 0).unwrap() {
            Opened::Large(reader) | Opened::Small(reader, _) => reader,
            Opened::Missing(_) => panic!("there is no value"),
        }
    }
}

/// The spools in the folder of a store.
fn spools(store: &Store) -> Vec<String> {
    let mut names = store.names();
    names.retain(|name| name.ends_with(".spool"));
    names
}

fn content(length: usize) -> Vec<u8> {
    (0..length)
        .map(|index| (index * 7 % 251).to_le_bytes()[0])
        .collect()
}

fn read_all(reader: &mut ValueReader<Connection>, most: usize) -> Result<Vec<u8>, Fault> {
    let mut all = Vec::new();
    loop {
        let piece = reader.read(most)?;
        if piece.is_empty() {
            return Ok(all);
        }
        assert!(piece.len() <= most);
        all.extend(piece);
    }
}

#[test]
fn values_of_every_size_come_back_in_pieces() {
    let store = Store::new();
    for length in [0, 1, MAX_INLINE_BYTES, MAX_INLINE_BYTES + 1, 1_000_003] {
        let expected = content(length);
        let mut spool = store.spool(u64::MAX);
        expected
            .chunks(10_007)
            .for_each(|piece| spool.write(piece).unwrap());
        assert_eq!(
            spool.inline().is_some(),
            length <= MAX_INLINE_BYTES,
            "{length}"
        );
        store.put(&mut spool);
        let mut reader = store.reader();
        assert_eq!(reader.size(), length as u64);
        assert_eq!(read_all(&mut reader, 65_521).unwrap(), expected, "{length}");
    }
}

#[test]
fn a_reader_keeps_its_value_while_it_is_replaced() {
    let store = Store::new();
    let old = content(300_000);
    let mut spool = store.spool(u64::MAX);
    spool.write(&old).unwrap();
    store.put(&mut spool);
    let mut reader = store.reader();
    let mut all = reader.read(100_000).unwrap();
    let mut spool = store.spool(u64::MAX);
    spool.write(&[0; 200_000]).unwrap();
    store.put(&mut spool);
    store
        .open()
        .execute("DELETE FROM kv_large WHERE id = 1", [])
        .unwrap();
    all.extend(read_all(&mut reader, 100_000).unwrap());
    assert_eq!(all, old);
    assert!(reader.into_connection().is_some());
}

#[test]
fn damage_of_a_large_value_is_told_before_its_end() {
    let store = Store::new();
    let mut spool = store.spool(u64::MAX);
    spool.write(&content(300_000)).unwrap();
    store.put(&mut spool);
    store
        .open()
        .execute("UPDATE kv_large SET content = zeroblob(300000)", [])
        .unwrap();
    let fault = read_all(&mut store.reader(), 65_536).unwrap_err();
    assert_eq!(fault.kind, Kind::Corrupt);
}

#[test]
fn a_large_value_without_content_fails() {
    let store = Store::new();
    let mut spool = store.spool(u64::MAX);
    spool.write(&content(100_000)).unwrap();
    store.put(&mut spool);
    store.open().execute("DELETE FROM kv_large", []).unwrap();
    let connection = store.open();
    let opened = open(connection, &store.tables, "key", 0);
    assert_eq!(opened.err().map(|fault| fault.kind), Some(Kind::Corrupt));
}

#[test]
fn a_spool_has_no_name_and_a_limit() {
    let store = Store::new();
    let mut spool = store.spool(200_000);
    spool.write(&content(150_000)).unwrap();
    assert_eq!(spools(&store), Vec::<String>::new());
    let fault = spool.write(&content(50_001)).unwrap_err();
    assert_eq!(fault.kind, Kind::LimitExceeded);
}

#[test]
fn left_overs_are_removed_and_nothing_else() {
    let store = Store::new();
    let others = ["other.db-0123456789abcdef.spool", "data.db-01.spool"];
    for name in others.iter().chain(&["data.db-0123456789abcdef.spool"]) {
        fs::write(store.beside(name), "left").unwrap();
    }
    sweep_spools(&store.path()).unwrap();
    assert_eq!(
        spools(&store),
        ["data.db-01.spool", "other.db-0123456789abcdef.spool"]
    );
}
