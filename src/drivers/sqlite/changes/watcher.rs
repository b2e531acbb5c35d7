//! The side that reads the log.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Row, Transaction, TransactionBehavior, params};

use super::pulse::{BEAT_INTERVAL, Observer};
use super::{MAX_WATCHERS, Statements, WriterId, kind_of, random};
use crate::driver::EventKind;
use crate::drivers::sqlite::schema::Tables;
use crate::error::{Fault, Kind};
use crate::watch::{Feed, Report};

/// The time between two looks for changes.
pub const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The most changes that are read at once.
const MAX_READ: usize = 4096;

/// After so many changes a watcher says what it has seen, so that the log can be trimmed.
const BEAT_AFTER: i64 = 4096;

/// How long a watcher waits for the lock: it tries again at its next look.
const LOCK_TIMEOUT: Duration = Duration::from_millis(20);

/// Opens a connection that may write.
pub type Opener = Box<dyn Fn() -> Result<Connection, Fault> + Send>;

/// Reads what others write into a store. Dropping it signs it off.
pub struct Watcher {
    open: Opener,
    /// `None` after a failure, until it is opened again.
    connection: Option<Connection>,
    sql: Statements,
    own: WriterId,
    id: i64,
    /// The newest change that was told.
    seen: i64,
    /// What the file says of `seen`.
    noted: i64,
    /// The state of the file at the last look; `None` if there is something to read in any case.
    version: Option<i64>,
    beat: Instant,
    is_failing: bool,
    observer: Observer,
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watcher")
            .field("seen", &self.seen)
            .finish_non_exhaustive()
    }
}

/// One row of the log.
struct Change {
    sequence: i64,
    key: String,
    kind: i64,
    writer: i64,
}

impl Watcher {
    /// A watcher of everybody but `own`.
    #[must_use]
    pub fn new(open: Opener, tables: &Tables, own: WriterId) -> Self {
        Watcher {
            open,
            connection: None,
            sql: Statements::new(tables),
            own,
            id: 0,
            seen: 0,
            noted: 0,
            version: None,
            beat: Instant::now(),
            is_failing: false,
            observer: Observer::default(),
        }
    }

    /// The connection, opened if need be.
    fn connected(&mut self) -> Result<Connection, Fault> {
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => {
                self.version = None;
                let connection = (self.open)()?;
                connection.busy_timeout(LOCK_TIMEOUT)?;
                // A sign of life that a power cut undoes is no loss.
                connection.pragma_update(None, "synchronous", "NORMAL")?;
                Ok(connection)
            }
        }
    }

    fn register(&mut self, connection: &mut Connection) -> Result<(), Fault> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let watchers = transaction
            .prepare_cached(&self.sql.watchers)?
            .query_map([], |_| Ok(()))?
            .count();
        if i64::try_from(watchers).is_ok_and(|watchers| watchers >= MAX_WATCHERS) {
            let message = format!("more than {MAX_WATCHERS} watchers of one store");
            return Err(Fault::new(Kind::LimitExceeded, message));
        }
        let newest = self.sql.newest(&transaction)?;
        let id = random()?;
        transaction
            .prepare_cached(&self.sql.register)?
            .execute(params![id, newest])?;
        transaction.commit()?;
        (self.id, self.seen, self.noted) = (id, newest, newest);
        self.beat = Instant::now();
        self.version = None;
        Ok(())
    }

    fn look(
        &mut self,
        connection: &mut Connection,
        room: usize,
        reports: &mut Vec<Report>,
    ) -> Result<bool, Fault> {
        let has_more = self.look_now(connection, room, reports)?;
        self.beat_if_due(connection)?;
        Ok(has_more)
    }

    fn look_now(
        &mut self,
        connection: &mut Connection,
        room: usize,
        reports: &mut Vec<Report>,
    ) -> Result<bool, Fault> {
        let version: i64 = connection.pragma_query_value(None, "data_version", |row| row.get(0))?;
        if self.version == Some(version) || room == 0 {
            return Ok(false);
        }
        let limit = room.min(MAX_READ);
        let Some(changes) = self.read(connection, limit)? else {
            self.register(connection)?;
            reports.push(Report::Failed(lost()));
            return Ok(false);
        };
        let is_all = changes.len() < limit;
        for change in changes {
            self.tell(change, reports)?;
        }
        // Read before the changes: what was written meanwhile makes it another one.
        self.version = is_all.then_some(version);
        Ok(!is_all)
    }

    /// The next changes; `None` if this watcher was taken for dead.
    fn read(
        &self,
        connection: &mut Connection,
        limit: usize,
    ) -> Result<Option<Vec<Change>>, Fault> {
        let transaction = Transaction::new(connection, TransactionBehavior::Deferred)?;
        let is_registered = transaction
            .prepare_cached(&self.sql.is_registered)?
            .exists([self.id])?;
        if !is_registered {
            return Ok(None);
        }
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut statement = transaction.prepare_cached(&self.sql.read)?;
        let changes = statement.query_map(params![self.seen, limit], change_of)?;
        Ok(Some(changes.collect::<Result<_, _>>()?))
    }

    fn tell(&mut self, change: Change, reports: &mut Vec<Report>) -> Result<(), Fault> {
        let kind: EventKind = kind_of(change.kind)?;
        self.seen = change.sequence;
        if WriterId(change.writer) != self.own {
            reports.push(Report::Changed(kind, Arc::from(change.key)));
        }
        Ok(())
    }

    /// Gives a sign of life, says what was seen, and trims the log.
    fn beat_if_due(&mut self, connection: &mut Connection) -> Result<(), Fault> {
        let now = Instant::now();
        let is_due = now.duration_since(self.beat) >= BEAT_INTERVAL;
        if !is_due && self.seen.saturating_sub(self.noted) < BEAT_AFTER {
            return Ok(());
        }
        match self.give_sign(connection, now) {
            // Somebody writes for long: there is time until the next look.
            Err(fault) if fault.kind == Kind::Busy => Ok(()),
            other => other,
        }
    }

    fn give_sign(&mut self, connection: &mut Connection, now: Instant) -> Result<(), Fault> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let known = transaction
            .prepare_cached(&self.sql.beat)?
            .execute(params![self.id, self.seen])?;
        self.observer
            .look(&transaction, &self.sql, Some(self.id), now)?;
        transaction.commit()?;
        (self.beat, self.noted) = (now, self.seen);
        if known == 0 {
            // The next look finds out that this watcher was taken for dead.
            self.version = None;
        }
        Ok(())
    }
}

impl Feed for Watcher {
    fn begin(&mut self) -> Result<(), Fault> {
        let mut connection = self.connected()?;
        // Whoever begins to watch waits for the lock as long as anybody who writes.
        connection.busy_timeout(BEAT_INTERVAL)?;
        self.register(&mut connection)?;
        connection.busy_timeout(LOCK_TIMEOUT)?;
        self.connection = Some(connection);
        Ok(())
    }

    /// A failure is told once, and tried again: the changes stay where they are meanwhile.
    fn poll(&mut self, room: usize, reports: &mut Vec<Report>) -> Result<bool, Fault> {
        let polled = self.connected().and_then(|mut connection| {
            let polled = self.look(&mut connection, room, reports);
            if polled.is_ok() || matches!(&polled, Err(fault) if fault.kind == Kind::Busy) {
                self.connection = Some(connection);
            }
            polled
        });
        match polled {
            Ok(has_more) => {
                self.is_failing = false;
                Ok(has_more)
            }
            Err(fault) => {
                if fault.kind != Kind::Busy && !self.is_failing {
                    self.is_failing = true;
                    reports.push(Report::Failed(fault));
                }
                Ok(false)
            }
        }
    }
}

impl Drop for Watcher {
    /// Whoever cannot sign off is found to be dead later.
    fn drop(&mut self) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        let signed_off = sign_off(connection, &self.sql, self.id);
        drop(signed_off);
    }
}

fn sign_off(connection: &mut Connection, sql: &Statements, id: i64) -> Result<(), Fault> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.prepare_cached(&sql.sign_off)?.execute([id])?;
    sql.trim(&transaction)?;
    transaction.commit()?;
    Ok(())
}

fn change_of(row: &Row<'_>) -> rusqlite::Result<Change> {
    Ok(Change {
        sequence: row.get(0)?,
        key: row.get(1)?,
        kind: row.get(2)?,
        writer: row.get(3)?,
    })
}

fn lost() -> Fault {
    Fault::new(
        Kind::Timeout,
        "This process stood still for so long while it watched that others went on without it: changes \
         of that time are not reported",
    )
}
