//! Finds damage.

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::{Stopped, stopped};
use crate::drivers::sqlite::blobs::PIECE_BYTES;
use crate::drivers::sqlite::row::{Checksum, RowKind, value_of};
use crate::drivers::sqlite::schema::Tables;
use crate::error::{Fault, Kind};

/// The most damaged items, and the most problems, that a report names.
pub const MAX_LISTED: usize = 1000;

/// The rows between two looks whether the task is still wanted.
const ROWS_PER_LOOK: u64 = 256;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Items that were checked.
    pub items: u64,
    /// Items whose value is damaged.
    pub damaged_items: u64,
    /// The first [`MAX_LISTED`] of them.
    pub damaged: Vec<Damage>,
    /// The first [`MAX_LISTED`] problems that belong to no item.
    pub problems: Vec<String>,
}

/// An item whose value cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Its key.
    pub key: String,
    /// What is wrong.
    pub reason: String,
}

impl Report {
    /// Nothing is damaged.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.damaged_items == 0 && self.problems.is_empty()
    }

    fn damage(&mut self, key: &str, fault: &Fault) {
        self.damaged_items += 1;
        if self.damaged.len() < MAX_LISTED {
            self.damaged.push(Damage {
                key: key.to_owned(),
                reason: fault.message.clone().into_owned(),
            });
        }
    }

    fn problem(&mut self, problem: impl Into<String>) {
        if self.problems.len() < MAX_LISTED {
            self.problems.push(problem.into());
        }
    }
}

/// Checks the structure of the file, the checksum of every value of a store, and that each large content
/// belongs to an item: all of one moment. Reads everything.
///
/// # Errors
/// `TIMEOUT` if it is stopped; failures other than damage, which is what the report is for.
pub fn verify(
    connection: &Connection,
    tables: &Tables,
    is_stopped: Stopped<'_>,
) -> Result<Report, Fault> {
    let snapshot = connection.unchecked_transaction()?;
    let mut report = Report::default();
    check_structure(&snapshot, &mut report)?;
    unless_corrupt(
        check_items(&snapshot, tables, is_stopped, &mut report),
        &mut report,
        "The items cannot be read to the end",
    )?;
    let orphans = count_orphans(&snapshot, tables).map(|orphans| {
        if orphans > 0 {
            report.problem(format!("{orphans} large contents belong to no item"));
        }
    });
    unless_corrupt(orphans, &mut report, "The large contents cannot be listed")?;
    snapshot.finish()?;
    Ok(report)
}

/// Damage is a finding, everything else a failure.
fn unless_corrupt(result: Result<(), Fault>, report: &mut Report, what: &str) -> Result<(), Fault> {
    match result {
        Err(fault) if fault.kind == Kind::Corrupt => {
            report.problem(format!("{what}: {}", fault.message));
            Ok(())
        }
        other => other,
    }
}

/// What SQLite itself finds.
fn check_structure(connection: &Connection, report: &mut Report) -> Result<(), Fault> {
    let result = || -> Result<Vec<String>, Fault> {
        let mut statement = connection.prepare(&format!("PRAGMA integrity_check({MAX_LISTED})"))?;
        let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
        Ok(lines.collect::<Result<_, _>>()?)
    };
    match result() {
        Ok(lines) => {
            let problems = lines.into_iter().filter(|line| line != "ok");
            problems.for_each(|problem| report.problem(problem));
            Ok(())
        }
        Err(fault) => unless_corrupt(Err(fault), report, "The structure cannot be checked"),
    }
}

fn check_items(
    connection: &Connection,
    tables: &Tables,
    is_stopped: Stopped<'_>,
    report: &mut Report,
) -> Result<(), Fault> {
    let Tables { items, .. } = tables;
    let mut statement = connection.prepare(&format!(
        "SELECT key, kind, checksum, large, value FROM \"{items}\""
    ))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        report.items += 1;
        if report.items.is_multiple_of(ROWS_PER_LOOK) && is_stopped() {
            return Err(stopped());
        }
        let Ok(key) = row.get_ref(0)?.as_str() else {
            report.problem("A key is not text in UTF-8");
            continue;
        };
        match check_item(connection, tables, key, row, is_stopped) {
            Err(fault) if fault.kind == Kind::Corrupt => report.damage(key, &fault),
            other => other?,
        }
    }
    Ok(())
}

fn check_item(
    connection: &Connection,
    tables: &Tables,
    key: &str,
    row: &Row<'_>,
    is_stopped: Stopped<'_>,
) -> Result<(), Fault> {
    let (kind, checksum): (i64, i64) = (row.get(1)?, row.get(2)?);
    match row.get::<_, Option<i64>>(3)? {
        None => value_of(key, kind, checksum, row.get_ref(4)?).map(drop),
        Some(id) => {
            let expected = Checksum::new(key, RowKind::of(kind)?);
            if content_sum(connection, tables, id, expected, is_stopped)? == checksum {
                Ok(())
            } else {
                Err(crate::drivers::sqlite::row::damaged())
            }
        }
    }
}

fn content_sum(
    connection: &Connection,
    tables: &Tables,
    id: i64,
    mut checksum: Checksum,
    is_stopped: Stopped<'_>,
) -> Result<i64, Fault> {
    let missing = || Fault::new(Kind::Corrupt, "The content of the large value is missing");
    let exists = connection
        .prepare_cached(&format!("SELECT 1 FROM \"{}\" WHERE id = ?1", tables.large))?
        .query_row([id], |_| Ok(()))
        .optional()?;
    exists.ok_or_else(missing)?;
    let blob = connection.blob_open(
        rusqlite::MAIN_DB,
        tables.large.as_str(),
        "content",
        id,
        true,
    )?;
    let mut piece = vec![0; PIECE_BYTES];
    let mut offset = 0;
    loop {
        // A content of any size: only a piece of it is in memory.
        let read = blob.read_at(&mut piece, offset)?;
        if read == 0 {
            return Ok(checksum.finish());
        }
        checksum.update(piece.get(..read).unwrap_or_default());
        offset += read;
        if is_stopped() {
            return Err(stopped());
        }
    }
}

fn count_orphans(connection: &Connection, tables: &Tables) -> Result<i64, Fault> {
    let Tables { items, large, .. } = tables;
    let sql = format!(
        "SELECT count(*) FROM \"{large}\"
         WHERE id NOT IN (SELECT large FROM \"{items}\" WHERE large IS NOT NULL)"
    );
    Ok(connection.query_row(&sql, [], |row| row.get(0))?)
}
