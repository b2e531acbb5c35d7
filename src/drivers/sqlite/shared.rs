//! What the jobs of one driver share.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use futures_channel::oneshot;

use super::apply::Work;
use super::connection::Site;
use super::pending::Pending;
use super::readers::Readers;
use super::slots::Slots;
use super::writer::{Ticket, Writer};
use crate::driver::{Context, Mode, Verdict};
use crate::error::{Error, Fault};
use crate::maybe::MaybePromise;
use crate::pool;

/// What holds a connection for longer than a job.
pub(super) trait Ends: Send + Sync {
    /// Lets go of it while somebody may still ask.
    fn end(&self);
}

/// The file as all threads see it.
pub(super) struct Shared {
    pub(super) site: Arc<Site>,
    pub(super) writer: Arc<Writer>,
    pub(super) readers: Readers,
    pub(super) slots: Slots,
    /// The snapshots and streams that may be open.
    snapshots: Mutex<Vec<Weak<dyn Ends>>>,
}

impl Shared {
    pub(super) fn new(site: Arc<Site>, writer: Arc<Writer>) -> Self {
        Shared {
            readers: Readers::new(Arc::clone(&site), Arc::clone(&writer)),
            site,
            writer,
            slots: Slots::default(),
            snapshots: Mutex::default(),
        }
    }

    /// Runs a job in the pool once the writes up to `ticket` are done.
    pub(super) fn later<T: Send + 'static>(
        &self,
        ticket: Ticket,
        job: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> MaybePromise<T> {
        let (sender, receiver) = oneshot::channel();
        self.writer.after(ticket, move || {
            // The receiver is gone if the environment ended: nobody wants the answer any more.
            let _ = sender.send(pool::guarded(job));
        });
        pool::answer(receiver)
    }

    /// Runs a job once the writes up to `ticket` are done: in place in `Blocking` mode, in the pool
    /// otherwise.
    pub(super) fn after<T: Send + 'static>(
        self: &Arc<Self>,
        ticket: Ticket,
        mode: Mode,
        job: impl FnOnce(&Arc<Self>) -> Result<T, Fault> + Send + 'static,
    ) -> MaybePromise<T> {
        let shared = Arc::clone(self);
        let job = move || job(&shared);
        match mode {
            Mode::Blocking => {
                self.writer.wait(ticket);
                pool::run_in(mode, job)
            }
            Mode::NonBlocking => self.later(ticket, job),
        }
    }

    /// Writes in the order of the calls, asked for at `now`.
    pub(super) fn write(
        &self,
        pending: &Pending,
        work: Work,
        now: i64,
        cx: &Context,
    ) -> MaybePromise<Verdict> {
        if self.site.read_only {
            return MaybePromise::ok(Verdict::Ignored);
        }
        if cx.is_blocking() {
            return self.writer.run(work, now).map_err(Error::from).into();
        }
        let lanes = work
            .keys()
            .map(|keys| keys.map(|key| pending.lane(key)).collect::<Vec<_>>());
        let (ticket, receiver) = self.writer.add(work, now);
        match lanes {
            Some(lanes) => pending.note(&lanes, ticket),
            None => pending.note_all(ticket),
        }
        pool::answer(receiver)
    }

    /// Sees to it that closing ends this.
    pub(super) fn remember(&self, held: &Arc<dyn Ends>) {
        let mut snapshots = self
            .snapshots
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        snapshots.retain(|snapshot| snapshot.strong_count() > 0);
        snapshots.push(Arc::downgrade(held));
    }

    /// Closes every connection, that of the writer last: whoever closes the last one of all processes
    /// puts what is in the log into the main file.
    ///
    /// # Errors
    /// What SQLite says to that. Nothing is lost: what is in the log is found at the next opening.
    pub(super) fn close(&self) -> Result<(), Fault> {
        let snapshots = std::mem::take(
            &mut *self
                .snapshots
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        self.readers.close();
        for snapshot in snapshots.iter().filter_map(Weak::upgrade) {
            snapshot.end();
        }
        match self.writer.take_link() {
            Some(link) => Ok(link.close()?),
            None => Ok(()),
        }
    }
}
