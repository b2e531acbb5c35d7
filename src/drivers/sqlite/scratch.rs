//! A store on a real file for tests of what works on connections, below the driver.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::schema::{Tables, prepare};
use crate::error::Fault;

/// A store without items, in a folder that goes with it.
pub(super) struct Store {
    folder: tempfile::TempDir,
    pub(super) tables: Tables,
}

impl Store {
    pub(super) fn new() -> Self {
        let store = Store {
            folder: tempfile::tempdir().unwrap(),
            tables: Tables::of("kv").unwrap(),
        };
        prepare(&mut store.open(), &store.tables).unwrap();
        store
    }

    /// The path of a file in its folder.
    pub(super) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The path of the database.
    pub(super) fn path(&self) -> PathBuf {
        self.beside("data.db")
    }

    pub(super) fn open(&self) -> Connection {
        connect(&self.path()).unwrap()
    }

    /// The names of the files in its folder, in order.
    pub(super) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }
}

/// Opens a connection as the driver does.
pub(super) fn connect(path: &Path) -> Result<Connection, Fault> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    Ok(connection)
}
