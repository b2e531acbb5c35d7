//! One transaction for a group of writes: the one place where anything is committed.

use compact_str::CompactString;
use rusqlite::Connection;

use super::apply::Pen;
use super::connection::{Role, Site};
use super::faults::with_errno;
use super::options::Place;
use super::own::{OwnCommit, OwnCommits};
use super::wal_index::{Link, Stamp};
use super::writer::Request;
use crate::driver::Verdict;
use crate::error::{Fault, Kind};
use crate::pool;

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
    group: &[Request],
) -> Result<Vec<Verdict>, Failure> {
    let link = opened(site, slot).map_err(Failure::of_all)?;
    if let Err(error) = link.execute_batch("BEGIN IMMEDIATE") {
        let fault = with_errno(error.into(), link);
        discard(site, slot);
        return Err(Failure::of_all(fault));
    }
    // Nobody else can commit from here on, so what follows is the own commit.
    let before = link.stamp();
    own.begin();
    let written = pool::guarded(|| write(site, link, group));
    let written = written.map_err(|fault| with_errno(fault, link));
    let after = link.stamp();
    own.end(told_of(before, after, || keys_of(group)));
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

fn write(site: &Site, connection: &Connection, group: &[Request]) -> Result<Vec<Verdict>, Fault> {
    let mut pen = Pen::new(connection, &site.sql)?;
    let verdicts = group
        .iter()
        .map(|request| pen.apply(&request.work, request.now))
        .collect::<Result<Vec<_>, Fault>>()?;
    drop(pen);
    connection.execute_batch("COMMIT")?;
    Ok(verdicts)
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

fn told_of(
    before: Option<Stamp>,
    after: Option<Stamp>,
    keys: impl FnOnce() -> Option<Vec<CompactString>>,
) -> Option<OwnCommit> {
    let (before, after) = (before?, after?);
    after.follows(&before).then(|| OwnCommit {
        before,
        after,
        keys: keys(),
    })
}

fn keys_of(group: &[Request]) -> Option<Vec<CompactString>> {
    let mut keys = Vec::new();
    for request in group {
        keys.extend(request.work.keys()?.cloned());
    }
    Some(keys)
}
