//! Where a call runs: in place for the synchronous API, in the pool otherwise, and after which writes.

use std::rc::Rc;
use std::sync::Arc;

use compact_str::CompactString;

use super::apply::{Edit, Expectation, Work};
use super::connection::Site;
use super::row::Content;
use super::shared::Shared;
use super::slots::{Offer, Slot};
use super::snapshot::{Held, View};
use super::time::{lifetime, whole};
use super::wal_index::Link;
use super::writer::Ticket;
use super::{NAME, Sqlite, outcome_of};
use crate::driver::{Change, Commit, Context, Expiry, Mode, Outcome, SetItem, Snapshot, Verdict};
use crate::error::{Error, Fault, Kind, Result};
use crate::key::MAX_KEY_BYTES;
use crate::maybe::MaybePromise;
use crate::pool;
use crate::value::Value;

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
        pool::guarded(|| front.read(&shared, job))
            .map_err(Error::from)
            .into()
    }

    /// Reads what concerns one key, once the writes of it are done: in place even for the asynchronous API
    /// if that takes neither a lock nor a disk.
    pub(super) fn read_one<T: Send + 'static>(
        &self,
        key: &str,
        cx: &Context,
        job: impl Fn(&Site, &Link, &str) -> Result<T, Fault> + Send + 'static,
    ) -> MaybePromise<T> {
        let (shared, ticket) = (&self.shared, self.pending.of(key));
        if !cx.is_blocking() && !self.closed.get() && shared.writer.is_done(ticket) {
            let job = |link: &Link| pool::guarded(|| job(&shared.site, link, key));
            if let Some(read) = shared.readers.at_hand(job) {
                return MaybePromise::ok(read);
            }
        }
        let key = key.to_owned();
        self.read(ticket, cx, move |site, link| job(site, link, &key))
    }

    /// Acts once all writes are done that were asked for before.
    pub(super) fn after_writes<T: Send + 'static>(
        &self,
        cx: &Context,
        job: impl FnOnce(&Arc<Shared>) -> Result<T, Fault> + Send + 'static,
    ) -> MaybePromise<T> {
        self.shared.after(self.shared.writer.issued(), cx.mode, job)
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
        let lifetime = lifetime(expiry, || self.host.now_ms())?;
        Ok(Edit::Set(content, lifetime))
    }

    /// As [`Sqlite::edit_of`], of several. (Collecting what may fail would not know how many there are.)
    pub(super) fn edits_of(&self, items: Vec<SetItem>) -> Result<Vec<(CompactString, Edit)>> {
        let mut edits = Vec::with_capacity(items.len());
        for item in items {
            match self.edit_of(&item.key, item.value, item.expiry) {
                Ok(edit) => edits.push((item.key, edit)),
                Err(error) => return Err(error.key(&item.key)),
            }
        }
        Ok(edits)
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
        let host = Rc::clone(&self.host);
        self.with_slot(self.shared.writer.issued(), cx, Held::begin)
            .map(move |held| -> Box<dyn Snapshot> { Box::new(View::new(held, host)) })
    }

    /// Begins what keeps a moment, once the writes up to `ticket` are done. With a free slot the job gets in
    /// line before this returns, so that calls keep their order whether or not anybody polls the answer;
    /// without one it waits for a slot, or fails with `BUSY` in `Blocking` mode.
    pub(super) fn with_slot<T: Send + 'static>(
        &self,
        ticket: Ticket,
        cx: &Context,
        job: impl FnOnce(&Arc<Shared>, Slot) -> Result<T, Fault> + Send + 'static,
    ) -> MaybePromise<T> {
        let (shared, mode) = (Arc::clone(&self.shared), cx.mode);
        let offer = match mode {
            Mode::Blocking => shared.slots.take_now().map(Offer::Now),
            Mode::NonBlocking => Ok(shared.slots.take()),
        };
        let begin = move |slot| shared.after(ticket, mode, move |shared| job(shared, slot));
        match offer {
            Ok(Offer::Now(slot)) => begin(slot),
            Ok(Offer::Later(receiver)) => MaybePromise::pending(async move {
                let lost = |_| Error::new(Kind::Internal, "a snapshot was lost");
                begin(receiver.await.map_err(lost)?).resolve().await
            }),
            Err(error) => MaybePromise::err(error),
        }
    }
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
