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
use super::options::Place;
use super::own::{OwnCommit, OwnCommits};
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

/// Writes a group in one transaction. After a failure nothing of it was written, and the connection can
/// be used again, or is gone and will be opened anew.
pub(super) fn commit(
    site: &Site,
    slot: &mut Option<Link>,
    own: &OwnCommits,
    log: &mut ChangeLog,
    group: &[Request],
) -> Result<Vec<Verdict>, Failure> {
    let link = opened(site, slot).map_err(Failure::of_all)?;
    if let Err(fault) = begin(link, site.busy_timeout) {
        discard(site, slot);
        return Err(Failure::of_all(fault));
    }
    // Nobody else can commit from here on, so the next commit is the own one, if there is any: a group
    // that changes no row leaves none, and then the next one may be anybody's.
    let (before, changes) = (link.stamp(), link.total_changes());
    own.begin();
    let written = pool::guarded(|| write(site, link, log, group));
    let written = written.map_err(|fault| with_errno(fault, link));
    let (after, has_changed) = (link.stamp(), link.total_changes() != changes);
    own.end(|| match written.is_ok() && has_changed {
        true => told_of(before, after, group),
        false => None,
    });
    written.map_err(|fault| {
        discard(site, slot);
        Failure::of_some(fault)
    })
}

/// The connection of the writer, opened if there is none.
pub(super) fn opened<'s>(site: &Site, slot: &'s mut Option<Link>) -> Result<&'s mut Link, Fault> {
    if slot.is_none() {
        if site.place == Place::Memory {
            return Err(Fault::new(Kind::Disposed, "the driver was disposed"));
        }
        *slot = Some(site.open(Role::Writer)?);
    }
    slot.as_mut()
        .ok_or_else(|| Fault::new(Kind::Internal, "a connection was lost"))
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
    group: &[Request],
) -> Result<Vec<Verdict>, Fault> {
    log.begin(connection)?;
    let mut pen = Pen::new(connection, site, log)?;
    let verdicts = group
        .iter()
        .map(|request| pen.apply(&request.work, request.now))
        .collect::<Result<Vec<_>, Fault>>()?;
    drop(pen);
    run(connection, "COMMIT")?;
    Ok(verdicts)
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

fn told_of(before: Option<Stamp>, after: Option<Stamp>, group: &[Request]) -> Option<OwnCommit> {
    let (before, after) = (before?, after?);
    after.follows(&before).then(|| OwnCommit {
        before,
        after,
        keys: keys_of(group),
    })
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
