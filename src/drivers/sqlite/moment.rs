//! Several looks at a file that belong together.

use rusqlite::{Connection, Transaction};

use crate::error::Fault;

/// Reads what the file held at one moment, however many statements `read` takes. A connection that is in
/// a transaction already stays in it.
///
/// # Errors
/// Those of `read` and of SQLite.
pub(super) fn at_one_moment<T>(
    connection: &Connection,
    read: impl FnOnce() -> Result<T, Fault>,
) -> Result<T, Fault> {
    let together = match connection.is_autocommit() {
        true => Some(connection.unchecked_transaction()?),
        false => None,
    };
    let answer = read()?;
    together.map_or(Ok(()), Transaction::finish)?;
    Ok(answer)
}
