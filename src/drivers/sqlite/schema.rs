//! What the file holds, and whether this version can read it.

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};

use super::moment::at_one_moment;
use crate::error::{Fault, Kind};

/// Marks the file as one of Stowage in the header of SQLite: "Stow".
pub const APPLICATION_ID: i32 = 0x5374_6f77;

/// The version of the schema that this code writes, kept for each table.
pub const SCHEMA_VERSION: i64 = 1;

/// Values of more bytes are kept beside the table, where they can be read and written in pieces.
pub const MAX_INLINE_BYTES: usize = 64 * 1024;

/// The longest name of a table, in bytes.
pub const MAX_TABLE_NAME_BYTES: usize = 64;

/// The names of the tables that hold one store. A file can hold several stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tables {
    /// Items by key.
    pub items: String,
    /// Contents of large values.
    pub large: String,
    /// Changes that watchers in other processes have not seen yet.
    pub changes: String,
    /// Who watches.
    pub watchers: String,
}

impl Tables {
    /// The tables of the store `name`: a letter or `_`, then letters, digits and `_`, so that it can
    /// stand in SQL as it is.
    ///
    /// # Errors
    /// `INVALID_OPTION` for any other name, names of SQLite's own tables, and names of tables that
    /// belong to another store.
    pub fn of(name: &str) -> Result<Self, Fault> {
        let mut bytes = name.bytes();
        let begins = bytes
            .next()
            .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        let goes_on = bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let lower = name.to_ascii_lowercase();
        let is_taken = lower.starts_with("sqlite_") || lower.starts_with("stowage_");
        let has_suffix = ["_large", "_changes", "_watchers", "_expires"]
            .iter()
            .any(|suffix| lower.ends_with(suffix));
        if !begins || !goes_on || is_taken || has_suffix || name.len() > MAX_TABLE_NAME_BYTES {
            let message = "Option `table` must be a name of letters, digits and `_`, at most 64, not \
                           beginning with a digit, `sqlite_` or `stowage_`, and not ending in `_large`, \
                           `_changes`, `_watchers` or `_expires`";
            return Err(Fault::new(Kind::InvalidOption, message));
        }
        Ok(Tables {
            items: name.to_owned(),
            large: format!("{name}_large"),
            changes: format!("{name}_changes"),
            watchers: format!("{name}_watchers"),
        })
    }
}

/// Makes the tables of a store, or brings them to this version, in one transaction. Changes nothing in
/// a file that needs no change.
///
/// # Errors
/// `INCOMPATIBLE` for a database of another program and for a store of a newer version, both left as
/// they are; `CORRUPT` for a file that is no database; errors of the file.
pub fn prepare(connection: &mut Connection, tables: &Tables) -> Result<(), Fault> {
    if version_of(connection, tables)? == Some(SCHEMA_VERSION) {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been faster.
    if version_of(&transaction, tables)?.is_none() {
        create(&transaction, tables)?;
    }
    transaction.commit()?;
    Ok(())
}

/// The version of a store in a file that is ours or empty; `None` if it is not there yet.
///
/// # Errors
/// As [`prepare`].
pub fn version_of(connection: &Connection, tables: &Tables) -> Result<Option<i64>, Fault> {
    // Else somebody might make the file between two looks at it.
    at_one_moment(connection, || version_now(connection, tables))
}

fn version_now(connection: &Connection, tables: &Tables) -> Result<Option<i64>, Fault> {
    if !is_ours(connection)? {
        return Ok(None);
    }
    let version: Option<i64> = connection
        .query_row(
            "SELECT version FROM stowage_stores WHERE name = ?1",
            [&tables.items],
            |row| row.get(0),
        )
        .optional()?;
    match version {
        Some(version) if version > SCHEMA_VERSION => Err(incompatible(format!(
            "The store `{}` has version {version}; this version of Stowage reads up to {SCHEMA_VERSION}",
            tables.items
        ))),
        other => Ok(other),
    }
}

/// True for a file that Stowage made, false for one without anything in it.
fn is_ours(connection: &Connection) -> Result<bool, Fault> {
    let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if id == APPLICATION_ID {
        return Ok(true);
    }
    let objects: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if id == 0 && objects == 0 {
        return Ok(false);
    }
    Err(incompatible(
        "The file is a database of another program".to_owned(),
    ))
}

fn incompatible(message: String) -> Fault {
    Fault::new(Kind::Incompatible, message)
}

/// `kind`, `checksum` and `content` are those of [`super::row`]; times are milliseconds since the Unix
/// epoch, `created` only once it is not `modified`: most items are never changed, and six bytes less each
/// are fewer pages. A large value has its content in the table beside it, under the number `large`.
fn create(connection: &Connection, tables: &Tables) -> Result<(), Fault> {
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    let Tables {
        items,
        large,
        changes,
        watchers,
    } = tables;
    connection.execute_batch(&format!(
        "CREATE TABLE IF NOT EXISTS stowage_stores (
             name TEXT PRIMARY KEY NOT NULL,
             version INTEGER NOT NULL
         ) STRICT, WITHOUT ROWID;
         INSERT INTO stowage_stores VALUES ('{items}', {SCHEMA_VERSION});
         CREATE TABLE \"{items}\" (
             key TEXT PRIMARY KEY NOT NULL,
             value ANY,
             kind INTEGER NOT NULL,
             checksum INTEGER NOT NULL,
             created INTEGER,
             modified INTEGER NOT NULL,
             expires INTEGER,
             large INTEGER
         ) STRICT, WITHOUT ROWID;
         CREATE INDEX \"{items}_expires\" ON \"{items}\" (expires) WHERE expires IS NOT NULL;
         CREATE TABLE \"{large}\" (
             id INTEGER PRIMARY KEY AUTOINCREMENT,
             content BLOB NOT NULL
         ) STRICT;
         CREATE TABLE \"{changes}\" (
             sequence INTEGER PRIMARY KEY AUTOINCREMENT,
             key TEXT NOT NULL,
             kind INTEGER NOT NULL,
             writer INTEGER NOT NULL
         ) STRICT;
         CREATE TABLE \"{watchers}\" (
             id INTEGER PRIMARY KEY NOT NULL,
             seen INTEGER NOT NULL,
             beat INTEGER NOT NULL
         ) STRICT;"
    ))?;
    Ok(())
}
