//! One writer with group commit: writes that wait together share one transaction, and each gets its own
//! result.
//!
//! It has no thread. Whoever adds a write while nobody is at work gets somebody to work: a job in the
//! pool, or, for a synchronous call, the caller itself. Writes take effect in the order in which they
//! were added. They have numbers, their tickets, so that reads can wait for those before them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use futures_channel::oneshot;

use super::apply::Work;
use super::care::Counters;
use super::changes::{ChangeLog, WriterId};
use super::checkpoint::Checkpoints;
use super::connection::Site;
use super::faults::copy_of;
use super::group::{Failure, Seat, commit};
use super::own::OwnCommits;
use super::room;
use super::wal_index::Link;
use crate::driver::Verdict;
use crate::error::{Fault, Kind};
use crate::{pool, wakes};

/// The most writes in one transaction.
const MAX_GROUP_WRITES: usize = 4096;

/// The most bytes of values in one transaction, unless a single write has more.
const MAX_GROUP_BYTES: usize = 16 * 1024 * 1024;

/// The transactions after which a job lets others have its thread.
const MAX_GROUPS_IN_A_ROW: usize = 8;

/// How many answers wake the JavaScript thread once. If it were woken for each, it would change places
/// with this one as often; if for all, nothing else could run there until it has gone through all.
const ANSWERS_AT_ONCE: usize = 8;

/// Number of a write, from 1 on. A write is done when as many have been.
pub(super) type Ticket = u64;

pub(super) type Answer = Result<Verdict, Fault>;

type Job = Box<dyn FnOnce() + Send>;

/// A write that waits.
pub(super) struct Request {
    pub(super) work: Work,
    /// When it was asked for, in milliseconds since the Unix epoch.
    pub(super) now: i64,
    reply: Reply,
}

enum Reply {
    Later(oneshot::Sender<Answer>),
    /// Somebody stands and waits for this.
    Here(Arc<Mutex<Option<Answer>>>),
}

#[derive(Default)]
struct State {
    queue: VecDeque<Request>,
    /// Somebody is at work.
    is_draining: bool,
    issued: Ticket,
    /// Jobs that wait for a ticket.
    after: Vec<(Ticket, Job)>,
}

/// The one that writes.
pub(super) struct Writer {
    pub(super) site: Arc<Site>,
    /// Who changed the file, for the cache.
    pub(super) own: OwnCommits,
    /// Who this is in the log of changes.
    pub(super) id: WriterId,
    pub(super) counters: Counters,
    checkpoints: Arc<Checkpoints>,
    seat: Mutex<Seat>,
    state: Mutex<State>,
    /// Writes that were done, also in vain.
    finished: AtomicU64,
    /// Told whenever that grows.
    grown: Condvar,
}

impl Writer {
    /// `has_cache` tells whether anybody asks for the own commits.
    pub(super) fn new(site: Arc<Site>, link: Option<Link>, id: WriterId, has_cache: bool) -> Self {
        Writer {
            seat: Mutex::new(Seat::new(link, ChangeLog::new(&site.tables, id))),
            id,
            counters: Counters::default(),
            checkpoints: Arc::new(Checkpoints::new(Arc::clone(&site))),
            site,
            own: OwnCommits::new(has_cache),
            state: Mutex::default(),
            finished: AtomicU64::new(0),
            grown: Condvar::new(),
        }
    }

    /// Adds a write, whose answer comes later.
    pub(super) fn add(
        self: &Arc<Self>,
        work: Work,
        now: i64,
    ) -> (Ticket, oneshot::Receiver<Answer>) {
        let (sender, receiver) = oneshot::channel();
        let reply = Reply::Later(sender);
        let (ticket, is_first) = self.push(Request { work, now, reply });
        if is_first {
            self.go_on();
        }
        (ticket, receiver)
    }

    /// Adds a write and does it, or waits for who is at work.
    pub(super) fn run(self: &Arc<Self>, work: Work, now: i64) -> Answer {
        let slot = Arc::new(Mutex::new(None));
        let reply = Reply::Here(Arc::clone(&slot));
        let (ticket, is_first) = self.push(Request { work, now, reply });
        if is_first {
            self.drain(|finished| finished >= ticket);
        } else {
            self.wait(ticket);
        }
        let answer = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        answer.unwrap_or_else(|| Err(Fault::new(Kind::Internal, "a write was lost")))
    }

    /// The ticket of the last write that was added.
    pub(super) fn issued(&self) -> Ticket {
        self.lock().issued
    }

    /// True if the write with this ticket and all before it are done.
    pub(super) fn is_done(&self, ticket: Ticket) -> bool {
        self.finished.load(Ordering::Acquire) >= ticket
    }

    /// Waits in place until [`Writer::is_done`]. The work needs no caller's thread, so it ends.
    pub(super) fn wait(&self, ticket: Ticket) {
        if self.is_done(ticket) {
            return;
        }
        let mut state = self.lock();
        while !self.is_done(ticket) {
            state = self
                .grown
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Runs `job` in the pool once [`Writer::is_done`].
    pub(super) fn after(&self, ticket: Ticket, job: impl FnOnce() + Send + 'static) {
        let mut state = self.lock();
        if self.is_done(ticket) {
            drop(state);
            pool::submit(job);
        } else {
            state.after.push((ticket, Box::new(job)));
        }
    }

    /// Uses the connection between two groups, opening it if it is missing.
    ///
    /// # Errors
    /// Those of `job`, and of opening.
    pub(super) fn with<T>(
        &self,
        job: impl FnOnce(&mut Link) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mut seat = self.seat.lock().unwrap_or_else(PoisonError::into_inner);
        seat.with(&self.site, job)
    }

    /// Takes the connection away for good. To be called after the last write.
    pub(super) fn take_link(&self) -> Option<Link> {
        self.checkpoints.close();
        let mut seat = self.seat.lock().unwrap_or_else(PoisonError::into_inner);
        seat.close()
    }

    /// The ticket, and whether the caller has to see to it that somebody works.
    fn push(&self, request: Request) -> (Ticket, bool) {
        let mut state = self.lock();
        state.queue.push_back(request);
        state.issued += 1;
        let is_first = !std::mem::replace(&mut state.is_draining, true);
        (state.issued, is_first)
    }

    /// Must not be called under the lock: a pool without threads runs the job at once.
    fn go_on(self: &Arc<Self>) {
        let writer = Arc::clone(self);
        let mut groups = 0;
        pool::submit(move || {
            writer.drain(|_| {
                groups += 1;
                groups >= MAX_GROUPS_IN_A_ROW
            });
        });
    }

    /// Works until nothing waits, or `is_enough` of the number of writes done. What waits then is left
    /// to the pool.
    fn drain(self: &Arc<Self>, mut is_enough: impl FnMut(Ticket) -> bool) {
        while let Some(group) = self.next_group() {
            let finished = self.do_group(group);
            if is_enough(finished) {
                break;
            }
        }
        let is_more = {
            let mut state = self.lock();
            state.is_draining = !state.queue.is_empty();
            state.is_draining
        };
        if is_more {
            self.go_on();
        }
    }

    fn next_group(&self) -> Option<Vec<Request>> {
        let mut state = self.lock();
        let mut bytes = 0;
        let mut count = 0;
        for request in state.queue.iter().take(MAX_GROUP_WRITES) {
            bytes += request.work.weight();
            if count > 0 && bytes > MAX_GROUP_BYTES {
                break;
            }
            count += 1;
        }
        (count > 0).then(|| state.queue.drain(..count).collect())
    }

    /// Does a group, answers, and lets go on who waited for it.
    fn do_group(&self, group: Vec<Request>) -> Ticket {
        let answers = self.answers_of(&group);
        let count = group.len() as u64;
        let mut later = Vec::with_capacity(group.len());
        for (request, answer) in group.into_iter().zip(answers) {
            match request.reply {
                Reply::Later(sender) => later.push((sender, answer)),
                Reply::Here(slot) => {
                    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
                }
            }
        }
        let finished = self.count_finished(count);
        tell(later);
        self.look_at_log();
        finished
    }

    /// Comes after the answers, so that nobody waits for it.
    fn look_at_log(&self) {
        let stamp = {
            let seat = self.seat.lock().unwrap_or_else(PoisonError::into_inner);
            seat.link.as_ref().and_then(Link::stamp)
        };
        if let Some(stamp) = stamp {
            self.checkpoints.look(stamp);
        }
    }

    /// Who hears of a write finds it counted, so this comes before the answers; those who stand and
    /// wait look for theirs once it is counted.
    fn count_finished(&self, count: u64) -> Ticket {
        let mut state = self.lock();
        let finished = self.finished.fetch_add(count, Ordering::AcqRel) + count;
        let waiting = std::mem::take(&mut state.after);
        let (ready, waiting) = waiting
            .into_iter()
            .partition::<Vec<_>, _>(|(ticket, _)| *ticket <= finished);
        state.after = waiting;
        self.grown.notify_all();
        drop(state);
        for (_, job) in ready {
            pool::submit(job);
        }
        finished
    }

    /// One answer for each request: together if that works, else each alone.
    fn answers_of(&self, group: &[Request]) -> Vec<Answer> {
        let failure = match self.try_together(group) {
            Ok(verdicts) => return verdicts.into_iter().map(Ok).collect(),
            Err(failure) => failure,
        };
        if group.len() == 1 || failure.concerns_all {
            return group.iter().map(|_| Err(copy_of(&failure.fault))).collect();
        }
        let mut answers = Vec::with_capacity(group.len());
        let mut stopped = None;
        for request in group {
            let answer = match &stopped {
                None => self.try_together(std::slice::from_ref(request)),
                Some(fault) => Err(Failure::of_all(copy_of(fault))),
            };
            answers.push(answer.map_or_else(
                |failure| {
                    // A lock is waited for once, not once for each.
                    if failure.concerns_all && stopped.is_none() {
                        stopped = Some(copy_of(&failure.fault));
                    }
                    Err(failure.fault)
                },
                only,
            ));
        }
        answers
    }

    fn try_together(&self, group: &[Request]) -> Result<Vec<Verdict>, Failure> {
        let mut seat = self.seat.lock().unwrap_or_else(PoisonError::into_inner);
        let begin = Instant::now();
        let mut verdicts = commit(&self.site, &mut seat, &self.own, group);
        if let Err(failure) = &verdicts
            && room::is_lacking(&failure.fault)
            && room::make(&self.site, &mut seat.link)
        {
            verdicts = commit(&self.site, &mut seat, &self.own, group);
        }
        let verdicts = verdicts?;
        self.counters.committed(group.len(), begin.elapsed());
        Ok(verdicts)
    }

    /// Nothing else runs under the lock, so a poisoned lock holds a consistent state.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers, a few at a time.
fn tell(answers: Vec<(oneshot::Sender<Answer>, Answer)>) {
    let mut answers = answers.into_iter();
    while answers.len() > 0 {
        wakes::together(|| {
            for (sender, answer) in answers.by_ref().take(ANSWERS_AT_ONCE) {
                // The receiver is gone if the environment ended: nobody wants the answer any more.
                let _ = sender.send(answer);
            }
        });
    }
}

fn only(verdicts: Vec<Verdict>) -> Answer {
    let mut verdicts = verdicts.into_iter();
    let lost = || Fault::new(Kind::Internal, "a write has no verdict");
    verdicts.next().ok_or_else(lost)
}
