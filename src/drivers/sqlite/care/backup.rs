//! Copies a database while it is in use.
//!
//! The copy is taken page by page from a connection that stays in one read transaction. In the
//! write-ahead log its view does not change, whoever writes, so the copying never starts anew and ends
//! after as many steps as the database has pages. What it costs: the log cannot be wound back meanwhile,
//! so it grows by what is written.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::publish::{check_target, publish, temporary_beside};
use super::verify::verify;
use super::{Stopped, stopped};
use crate::drivers::sqlite::schema::Tables;
use crate::error::{Fault, Kind};

/// The pages that are copied in one step: 4 MiB at the usual size of a page.
const PAGES_PER_STEP: i32 = 1024;

/// The longest wait of one step for another process that holds the whole file.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// How a copy is made.
#[derive(Clone, Debug)]
pub struct BackupOptions {
    /// Where the copy goes; absolute.
    pub to: PathBuf,
    /// Takes the place of a file that is there. Default: `EEXIST`.
    pub overwrite: bool,
}

/// How far a copy is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Pages that were copied.
    pub pages: u64,
    /// Pages of the whole.
    pub total: u64,
}

/// Copies the database of `source`, a connection that nobody else uses, checks the copy and only then
/// gives it its name. The copy is one file, without a log beside it.
///
/// # Errors
/// `EEXIST`; `TIMEOUT` if it is stopped; `CORRUPT` if the copy is damaged, because the database is; errors
/// of both disks. Nothing is left of the copy then.
pub fn backup(
    source: &Connection,
    tables: &Tables,
    options: &BackupOptions,
    on_progress: &mut dyn FnMut(Copied),
    is_stopped: Stopped<'_>,
) -> Result<Copied, Fault> {
    check_target(source.path().map(Path::new), options)?;
    let temporary = temporary_beside(&options.to)?;
    let copied = copy(source, &temporary, on_progress, is_stopped).and_then(|copied| {
        finish(&temporary, tables, is_stopped)?;
        publish(&temporary, options)?;
        Ok(copied)
    });
    if copied.is_err() {
        remove_copy(&temporary);
    }
    copied
}

fn copy(
    source: &Connection,
    temporary: &Path,
    on_progress: &mut dyn FnMut(Copied),
    is_stopped: Stopped<'_>,
) -> Result<Copied, Fault> {
    let mut target = open_copy(temporary)?;
    let snapshot = source.unchecked_transaction()?;
    // A transaction begins to read with its first statement.
    let _: i64 = snapshot.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let copied = copy_pages(&snapshot, &mut target, on_progress, is_stopped)?;
    snapshot.finish()?;
    on_progress(copied);
    Ok(copied)
}

fn copy_pages(
    source: &Connection,
    target: &mut Connection,
    on_progress: &mut dyn FnMut(Copied),
    is_stopped: Stopped<'_>,
) -> Result<Copied, Fault> {
    let backup = Backup::new(source, target)?;
    let mut waited = Duration::ZERO;
    while !is_stopped() {
        let step = backup.step(PAGES_PER_STEP)?;
        let progress = backup.progress();
        let total = u64::try_from(progress.pagecount).unwrap_or(0);
        let left = u64::try_from(progress.remaining).unwrap_or(0);
        let copied = Copied {
            pages: total.saturating_sub(left),
            total,
        };
        match step {
            StepResult::Done => return Ok(copied),
            StepResult::More => {
                waited = Duration::ZERO;
                on_progress(copied);
            }
            _ => wait(&mut waited)?,
        }
    }
    Err(stopped())
}

/// Somebody holds the file as a whole for a moment.
fn wait(waited: &mut Duration) -> Result<(), Fault> {
    const PAUSE: Duration = Duration::from_millis(10);
    if *waited >= LOCK_TIMEOUT {
        return Err(Fault::new(Kind::Busy, "The database is locked"));
    }
    std::thread::sleep(PAUSE);
    *waited += PAUSE;
    Ok(())
}

fn open_copy(temporary: &Path) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(temporary, flags)?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    Ok(connection)
}

/// Makes the copy a whole of its own: one file, without those who watch the original, checked.
fn finish(temporary: &Path, tables: &Tables, is_stopped: Stopped<'_>) -> Result<(), Fault> {
    let connection = open_copy(temporary)?;
    connection.pragma_update(None, "journal_mode", "DELETE")?;
    forget_watchers(&connection)?;
    let report = verify(&connection, tables, is_stopped)?;
    if !report.is_ok() {
        let message = format!(
            "The copy is damaged, because the database is: {} items, {} other problems",
            report.damaged_items,
            report.problems.len()
        );
        return Err(Fault::new(Kind::Corrupt, message));
    }
    connection.close().map_err(|(_, error)| Fault::from(error))
}

/// Watchers of the original do not watch the copy, in none of the stores that the file holds.
fn forget_watchers(connection: &Connection) -> Result<(), Fault> {
    let mut statement = connection.prepare("SELECT name FROM stowage_stores")?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?;
    for name in names.collect::<Result<Vec<_>, _>>()? {
        let Tables {
            changes, watchers, ..
        } = Tables::of(&name)?;
        connection.execute_batch(&format!(
            "DELETE FROM \"{changes}\"; DELETE FROM \"{watchers}\";"
        ))?;
    }
    Ok(())
}

/// Removes what a copy that failed has left. The failure is told, whatever becomes of this.
fn remove_copy(temporary: &Path) {
    for suffix in ["", "-journal", "-wal", "-shm"] {
        let mut name = temporary.as_os_str().to_owned();
        name.push(suffix);
        drop(std::fs::remove_file(PathBuf::from(name)));
    }
}
