//! One transaction for a group of writes: the one place where anything is committed.

use std::sync::PoisonError;
use std::thread;
use std::time::{Duration, Instant};

use compact_str::CompactString;
use rusqlite::Connection;

use super::apply::{Pen, Work};
use super::changes::ChangeLog;
use super::connection::{Role, Site};
use super::faults::with_errno;
use super::log_file;
use super::options::Place;
use super::own::{OwnCommit, OwnCommits};
use super::readers::disposed;
use super::wal_index::{Link, Stamp};
use super::writer::Request;
use crate::driver::Verdict;
use crate::error::{Fault, Kind};
use crate::pool;

/// How long the lock is left alone after it was found taken, at first.
const SHORTEST_PAUSE: Duration = Duration::from_micros(50);

/// How long at most: it is often held for less.
const LONGEST_PAUSE: Duration = Duration::from_millis(1);

/// Why a group was not written.
pub(super) struct Failure {
    pub(super) fault: Fault,
    /// No write of it would fare better alone.
    pub(super) concerns_all: bool,
}

impl Failure {
    /// Nothing was begun.
    pub(super) fn of_all(fault: Fault) -> Self {
        Failure {
            fault,
            concerns_all: true,
        }
    }

    fn of_some(fault: Fault) -> Self {
        Failure {
            fault,
            concerns_all: false,
        }
    }
}

/// What whoever writes needs, and nobody else meanwhile.
pub(super) struct Seat {
    /// `None` before the first use after a failure, and once closed.
    pub(super) link: Option<Link>,
    /// Nobody may open it again.
    is_closed: bool,
    log: ChangeLog,
    /// What the file held when nobody watched it and it had no large values. While it still does, that
    /// need not be asked: each question takes as long as writing a small value.
    plain: Option<Stamp>,
}

impl Seat {
    pub(super) fn new(link: Option<Link>, log: ChangeLog) -> Self {
        Seat {
            link,
            is_closed: false,
            log,
            plain: None,
        }
    }

    /// Uses the connection.
    ///
    /// # Errors
    /// As [`opened`], and those of `job`.
    pub(super) fn with<T>(
        &mut self,
        site: &Site,
        job: impl FnOnce(&mut Link) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        job(opened(site, &mut self.link, self.is_closed)?)
    }

    /// Takes the connection away for good.
    pub(super) fn close(&mut self) -> Option<Link> {
        self.is_closed = true;
        self.link.take()
    }
}

/// The connection of the writer, opened if there is none.
///
/// # Errors
/// Those of opening; `DISPOSED` once closed.
fn opened<'s>(
    site: &Site,
    slot: &'s mut Option<Link>,
    is_closed: bool,
) -> Result<&'s mut Link, Fault> {
    match slot {
        Some(link) => Ok(link),
        None if is_closed => Err(disposed()),
        None => Ok(slot.insert(site.open(Role::Writer)?)),
    }
}

/// What became of a group.
struct Written {
    verdicts: Vec<Verdict>,
    /// Nobody watches, and there are no large values.
    is_plain: bool,
}

/// Writes a group in one transaction. After a failure nothing of it was written, and the connection can
/// be used again, or is gone and will be opened anew.
pub(super) fn commit(
    site: &Site,
    seat: &mut Seat,
    own: &OwnCommits,
    group: &[Request],
) -> Result<Vec<Verdict>, Failure> {
    let Seat {
        link: slot,
        is_closed,
        log,
        plain,
    } = seat;
    let link = opened(site, slot, *is_closed).map_err(Failure::of_all)?;
    if let Err(fault) = begin(link, site.busy_timeout) {
        discard(site, slot);
        return Err(Failure::of_all(fault));
    }
    // Nobody else can commit from here on, so the next commit is the own one, if there is any: a group
    // that changes no row leaves none, and then the next one may be anybody's.
    let (before, changes) = (link.stamp(), link.total_changes());
    own.begin();
    let is_plain = before.is_some() && before == *plain;
    let written = pool::guarded(|| write(site, link, log, is_plain, group));
    let written = written.map_err(|fault| with_errno(fault, link));
    let (after, has_changed) = (link.stamp(), link.total_changes() != changes);
    let is_own = written.is_ok() && has_changed && is_next(before, after);
    own.end(|| {
        Some(OwnCommit {
            before: before.filter(|_| is_own)?,
            after: after?,
            keys: keys_of(group),
        })
    });
    match written {
        Ok(Written { verdicts, is_plain }) => {
            *plain = after.filter(|_| is_plain && (is_own || before == after));
            Ok(verdicts)
        }
        Err(fault) => {
            discard(site, slot);
            Err(Failure::of_some(fault))
        }
    }
}

/// Begins to write, and waits while somebody else does. SQLite's own waiting sleeps up to a tenth of a
/// second at a time, and whoever comes in between gets the lock: with some writers that never rest, the
/// unluckiest would wait for longer than anybody wants.
fn begin(link: &Link, patience: Duration) -> Result<(), Fault> {
    let end = Instant::now() + patience;
    link.busy_timeout(Duration::ZERO)?;
    let mut pause = SHORTEST_PAUSE;
    let begun = loop {
        let begun = run(link, "BEGIN IMMEDIATE");
        match begun {
            Err(fault) if fault.kind == Kind::Busy && Instant::now() < end => {
                thread::sleep(pause);
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            begun => break begun.map_err(|fault| with_errno(fault, link)),
        }
    };
    link.busy_timeout(patience)?;
    begun
}

fn write(
    site: &Site,
    connection: &Connection,
    log: &mut ChangeLog,
    is_plain: bool,
    group: &[Request],
) -> Result<Written, Fault> {
    if !is_plain {
        log.begin(connection)?;
    }
    let mut pen = Pen::new(connection, site, log, is_plain)?;
    let verdicts = group
        .iter()
        .map(|request| pen.apply(&request.work, request.now))
        .collect::<Result<Vec<_>, Fault>>()?;
    let is_plain = pen.is_plain();
    drop(pen);
    log_file::held(connection, || run(connection, "COMMIT"))?;
    Ok(Written { verdicts, is_plain })
}

/// These run for each group, so they stay prepared.
fn run(connection: &Connection, statement: &str) -> Result<(), Fault> {
    connection.prepare_cached(statement)?.execute([])?;
    Ok(())
}

/// Ends a transaction that failed. A connection that cannot even do that is given up; but that of a
/// database in memory is the database.
fn discard(site: &Site, slot: &mut Option<Link>) {
    let Some(link) = slot else { return };
    if !link.is_autocommit() {
        let ended = link.execute_batch("ROLLBACK").is_ok() && link.is_autocommit();
        if !ended && site.place != Place::Memory {
            *slot = None;
        }
    }
}

fn is_next(before: Option<Stamp>, after: Option<Stamp>) -> bool {
    before
        .zip(after)
        .is_some_and(|(before, after)| after.follows(&before))
}

fn keys_of(group: &[Request]) -> Option<Vec<CompactString>> {
    let mut keys = Vec::new();
    for request in group {
        if let Work::Sweep(swept) = &request.work {
            let swept = swept.lock().unwrap_or_else(PoisonError::into_inner);
            keys.extend(swept.keys.iter().cloned());
        } else {
            keys.extend(request.work.keys()?.cloned());
        }
    }
    Some(keys)
}
