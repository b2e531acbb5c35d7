//! Where a call runs: in place for the synchronous API, in the pool otherwise, and after which writes.

use std::rc::Rc;
use std::sync::Arc;

use compact_str::CompactString;
use futures_channel::oneshot;

use super::apply::{Edit, Expectation, Work};
use super::cache::Cache;
use super::connection::Site;
use super::faults::with_errno;
use super::reads::{self, Found};
use super::row::Content;
use super::shared::Shared;
use super::slots::{Offer, Slot};
use super::snapshot::{Held, View};
use super::time::{lifetime, whole};
use super::wal_index::{Link, Stamp};
use super::writer::Ticket;
use super::{NAME, Sqlite, outcome_of};
use crate::driver::{Change, Commit, Context, Expiry, Outcome, Snapshot, Verdict};
use crate::error::{Error, Fault, Kind, Result};
use crate::key::MAX_KEY_BYTES;
use crate::maybe::MaybePromise;
use crate::pool;
use crate::value::Value;

/// What the orchestrating thread has for itself: a connection and the cache that is checked by it. A
/// database in memory has neither.
pub(super) struct Front {
    link: Option<Link>,
    cache: Cache,
}

impl Front {
    pub(super) fn new(link: Option<Link>, cache_bytes: usize) -> Self {
        let max_bytes = if link.is_some() { cache_bytes } else { 0 };
        Front {
            link,
            cache: Cache::new(max_bytes),
        }
    }

    pub(super) fn cache_hits(&self) -> u64 {
        self.cache.hits()
    }

    /// How often the cache knew the answer, and how often not.
    pub(super) fn cache_figures(&self) -> (u64, u64) {
        (self.cache.hits(), self.cache.misses())
    }

    /// Takes the connection away for good.
    pub(super) fn take(&mut self) -> Option<Link> {
        self.cache = Cache::new(0);
        self.link.take()
    }

    /// What the cache knows of a key.
    fn get(&mut self, shared: &Shared, key: &str) -> Option<Option<Found>> {
        self.cache.get(key, self.link.as_ref()?, &shared.writer.own)
    }

    fn keep(&mut self, shared: &Shared, key: &str, found: Option<Found>, stamp: Option<Stamp>) {
        if let Some(link) = &self.link {
            let own = &shared.writer.own;
            self.cache.keep(key, found, stamp, link, own);
        }
    }
}

/// What was read, with what the file held meanwhile if it held the same from the beginning to the end.
fn get_stamped(
    site: &Site,
    link: &Link,
    key: &str,
    now: i64,
) -> Result<(Option<Found>, Option<Stamp>), Fault> {
    let before = link.stamp();
    let found = reads::get(link, &site.sql, key, now)?;
    Ok((found, before.filter(|_| before == link.stamp())))
}

impl Sqlite {
    pub(super) fn check_open(&self) -> Result<()> {
        if self.closed.get() {
            return Err(Error::new(Kind::Disposed, "the driver was disposed").driver(NAME));
        }
        Ok(())
    }

    /// The time in whole milliseconds.
    pub(super) fn now(&self) -> i64 {
        whole(self.host.now_ms())
    }

    /// What the cache knows of a key; `None` if the file has to be asked.
    pub(super) fn known(&self, key: &str) -> Option<Result<Option<Found>>> {
        if let Err(error) = self.check_open() {
            return Some(Err(error));
        }
        if !self.shared.writer.is_done(self.pending.of(key)) {
            return None;
        }
        let found = self.front.borrow_mut().get(&self.shared, key)?;
        // The clock is that of JavaScript, which may call anything, so nothing is borrowed here.
        let is_over = |found: &Found| found.expires.is_some_and(|end| end <= self.now());
        Some(Ok(found.filter(|found| !is_over(found))))
    }

    pub(super) fn get_cached(&self, key: &str, cx: &Context) -> MaybePromise<Option<Value>> {
        if let Some(known) = self.known(key) {
            return known.map(into_value).into();
        }
        let (owned, now) = (key.to_owned(), self.now());
        let job = move |site: &Site, link: &Link| {
            let (found, stamp) = get_stamped(site, link, &owned, now)?;
            Ok((owned, found, stamp))
        };
        let (front, shared) = (Rc::clone(&self.front), Arc::clone(&self.shared));
        self.read(self.pending.of(key), cx, job)
            .map(move |(key, found, stamp)| {
                front.borrow_mut().keep(&shared, &key, found.clone(), stamp);
                into_value(found)
            })
    }

    /// Reads once the writes up to `ticket` are done.
    pub(super) fn read<T: Send + 'static>(
        &self,
        ticket: Ticket,
        cx: &Context,
        job: impl FnOnce(&Site, &Link) -> Result<T, Fault> + Send + 'static,
    ) -> MaybePromise<T> {
        if let Err(error) = self.check_open() {
            return MaybePromise::err(error);
        }
        let shared = Arc::clone(&self.shared);
        if !cx.is_blocking() {
            return self.shared.later(ticket, move || {
                shared.readers.with(|link| job(&shared.site, link))
            });
        }
        shared.writer.wait(ticket);
        let front = self.front.borrow();
        let job = || match &front.link {
            Some(link) => job(&shared.site, link).map_err(|fault| with_errno(fault, link)),
            None => shared.readers.with(|link| job(&shared.site, link)),
        };
        pool::guarded(job).map_err(Error::from).into()
    }

    /// Acts once all writes are done that were asked for before.
    pub(super) fn after_writes<T: Send + 'static>(
        &self,
        cx: &Context,
        job: impl FnOnce(&Arc<Shared>) -> Result<T, Fault> + Send + 'static,
    ) -> MaybePromise<T> {
        let (shared, ticket) = (Arc::clone(&self.shared), self.shared.writer.issued());
        if cx.is_blocking() {
            shared.writer.wait(ticket);
            return pool::guarded(|| job(&shared)).map_err(Error::from).into();
        }
        self.shared.later(ticket, move || job(&shared))
    }

    /// Writes in the order of the calls.
    pub(super) fn write(&self, work: Work, cx: &Context) -> MaybePromise<Verdict> {
        if let Err(error) = self.check_open() {
            return MaybePromise::err(error);
        }
        if work.can_end() {
            self.sweeping.expect();
        }
        self.shared.write(&self.pending, work, self.now(), cx)
    }

    pub(super) fn write_edits(
        &self,
        edits: Result<Vec<(CompactString, Edit)>>,
        cx: &Context,
    ) -> MaybePromise<Outcome> {
        let checks = Vec::new();
        match edits {
            Ok(edits) => self
                .write(Work::Edits { checks, edits }, cx)
                .map(|verdict| outcome_of(&verdict)),
            Err(error) => MaybePromise::err(error),
        }
    }

    /// Stores a value.
    ///
    /// # Errors
    /// `INVALID_KEY`, `INVALID_VALUE`, `INVALID_OPTION` for the time it lives, and `LIMIT_EXCEEDED`.
    pub(super) fn edit_of(&self, key: &str, value: Value, expiry: Expiry) -> Result<Edit> {
        check_key(key)?;
        let content = Content::of(value)?;
        let (size, most) = (content.as_bytes().len(), self.max_value_bytes);
        if size > most {
            let message = format!("The value has {size} bytes; `maxValueBytes` is {most}");
            return Err(Error::new(Kind::LimitExceeded, message));
        }
        let lifetime = lifetime(expiry, self.host.now_ms())?;
        Ok(Edit::Set(content, lifetime))
    }

    pub(super) fn work_of(&self, commit: Commit) -> Result<Work> {
        let mut checks = Vec::with_capacity(commit.checks.len());
        for check in commit.checks {
            checks.push(Expectation {
                key: check.key,
                content: check.expected.map(Content::of).transpose()?,
            });
        }
        let mut edits = Vec::with_capacity(commit.writes.len());
        for write in commit.writes {
            let edit = match write.change {
                Change::Set { value, expiry } => self.edit_of(&write.key, value, expiry),
                Change::Remove => Ok(Edit::Remove),
                Change::Add(addition) => check_key(&write.key).map(|()| Edit::Add(addition)),
            };
            edits.push(match edit {
                Ok(edit) => (write.key, edit),
                Err(error) => return Err(error.key(&write.key)),
            });
        }
        Ok(Work::Edits { checks, edits })
    }

    pub(super) fn begin_snapshot(&self, cx: &Context) -> MaybePromise<Box<dyn Snapshot>> {
        if let Err(error) = self.check_open() {
            return MaybePromise::err(error);
        }
        let (shared, host) = (Arc::clone(&self.shared), Rc::clone(&self.host));
        let ticket = shared.writer.issued();
        let view = move |held| -> Box<dyn Snapshot> { Box::new(View::new(held, host)) };
        if cx.is_blocking() {
            let Some(slot) = shared.slots.try_take() else {
                let message = "As many snapshots are open as there may be";
                return MaybePromise::err(Error::new(Kind::Busy, message));
            };
            return self
                .after_writes(cx, move |shared| Held::begin(shared, slot))
                .map(view);
        }
        let begin = move |slot: Slot| {
            let (sender, receiver) = oneshot::channel();
            let writer = Arc::clone(&shared.writer);
            writer.after(ticket, move || {
                // Whoever lost interest lets go of the snapshot by dropping it.
                let _ = sender.send(pool::guarded(|| Held::begin(&shared, slot)));
            });
            pool::answer(receiver)
        };
        let held = match self.shared.slots.take() {
            Offer::Now(slot) => begin(slot),
            Offer::Later(receiver) => MaybePromise::pending(async move {
                let lost = |_| Error::new(Kind::Internal, "a snapshot was lost");
                begin(receiver.await.map_err(lost)?).resolve().await
            }),
        };
        held.map(view)
    }
}

fn into_value(found: Option<Found>) -> Option<Value> {
    found.map(|found| found.content.into())
}

/// Keys from a driver's own API come as they were given; lists of keys are separated by NUL.
pub(super) fn check_key(key: &str) -> Result<()> {
    if key.len() > MAX_KEY_BYTES {
        let message = format!("Invalid key: longer than {MAX_KEY_BYTES} bytes");
        return Err(Error::new(Kind::InvalidKey, message));
    }
    if key.as_bytes().contains(&0) {
        let message = "Invalid key: it must not contain NUL";
        return Err(Error::new(Kind::InvalidKey, message));
    }
    Ok(())
}
