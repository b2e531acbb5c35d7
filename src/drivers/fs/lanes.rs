//! The order of writes, and of reads among them.
//!
//! Every key belongs to one of [`LANES`] lanes. A lane runs its jobs one after the other in the
//! pool, in the order of the calls; different lanes run side by side. Reads of a lane without work run
//! side by side, too, and what comes after them waits for them. A barrier waits until every
//! lane has reached it, without holding a thread, and lets them go on once its job has ended.
//!
//! All lanes share one lock. It is held for a few instructions; the jobs between take microseconds.

use std::collections::VecDeque;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use futures_channel::oneshot;

use crate::error::{Error, Fault, Kind, Result};
use crate::maybe::MaybePromise;
use crate::pool;

/// How many keys can be written side by side at most; the pool sets the real limit.
pub(super) const LANES: usize = 64;

type Job = Box<dyn FnOnce() + Send>;

/// The lanes of one driver. Cloning shares them.
#[derive(Clone, Debug)]
pub(super) struct Lanes(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Told when a lane becomes idle while somebody waits in place.
    idle: Condvar,
    hasher: RandomState,
}

#[derive(Debug)]
struct State {
    lanes: Vec<Lane>,
    /// Barriers whose job needs the orchestrating thread before the lanes can go on.
    held: usize,
    waiting: usize,
}

#[derive(Debug, Default)]
struct Lane {
    jobs: VecDeque<Entry>,
    /// A job is running or waits for reads, or the lane stands at a barrier.
    active: bool,
    /// Reads that run beside each other.
    reads: usize,
    /// The last of them starts the lane.
    is_parked: bool,
}

impl Lane {
    /// Makes the lane active. True if it may start; else it has started, or reads have to end first.
    fn activate(&mut self) -> bool {
        let was_active = std::mem::replace(&mut self.active, true);
        self.is_parked |= !was_active && self.reads > 0;
        !was_active && !self.is_parked
    }
}

enum Entry {
    Job(Job),
    Barrier(Arc<Mutex<Gate>>),
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Entry::Job(_) => "Job",
            Entry::Barrier(_) => "Barrier",
        })
    }
}

/// What a barrier waits for. Only touched under the lock of the lanes' state or by its last comer.
struct Gate {
    missing: usize,
    job: Option<Job>,
}

/// Keeps every lane at its barrier until dropped.
#[derive(Debug)]
pub(super) struct Hold {
    lanes: Lanes,
    /// The lanes stand at a barrier. Not so for a call that waits in place: no other can come.
    holds: bool,
    needs_caller: bool,
}

impl Hold {
    /// For a call in place: the calling thread, which alone adds work, is busy with it.
    pub(super) fn none(lanes: &Lanes) -> Self {
        Hold {
            lanes: lanes.clone(),
            holds: false,
            needs_caller: false,
        }
    }

    /// From now on the lanes go on only after the orchestrating thread has done its part, so a
    /// call that waits in place must not wait for them.
    pub(super) fn hand_to_caller(&mut self) {
        if self.holds && !self.needs_caller {
            self.needs_caller = true;
            let mut state = self.lanes.lock();
            state.held += 1;
            // Whoever waits in place now would wait for ever.
            self.lanes.0.idle.notify_all();
        }
    }

    /// The orchestrating thread has done its part.
    pub(super) fn take_from_caller(&mut self) {
        if std::mem::take(&mut self.needs_caller) {
            self.lanes.lock().held -= 1;
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.take_from_caller();
        if self.holds {
            self.lanes.release();
        }
    }
}

impl Lanes {
    pub(super) fn new() -> Self {
        let lanes = std::iter::repeat_with(Lane::default).take(LANES).collect();
        Lanes(Arc::new(Shared {
            state: Mutex::new(State {
                lanes,
                held: 0,
                waiting: 0,
            }),
            idle: Condvar::new(),
            hasher: RandomState::new(),
        }))
    }

    /// The lane of a key.
    pub(super) fn lane(&self, key: &str) -> usize {
        const COUNT: u64 = LANES as u64;
        usize::try_from(self.0.hasher.hash_one(key) % COUNT).unwrap_or(0)
    }

    /// True if no lane has work.
    pub(super) fn is_idle(&self) -> bool {
        self.lock().is_idle()
    }

    /// True if this lane has work.
    pub(super) fn is_busy(&self, lane: usize) -> bool {
        self.lock().lanes.get(lane).is_some_and(|lane| lane.active)
    }

    /// Reads in the pool: beside other reads if the lane has no work, else after that.
    pub(super) fn read<T: Send + 'static>(
        &self,
        lane: usize,
        job: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> MaybePromise<T> {
        match self.begin_read(lane) {
            None => self.run(lane, job),
            Some(reading) => pool::run(move || {
                let _reading = reading;
                job()
            }),
        }
    }

    /// `None` if the lane has work.
    fn begin_read(&self, index: usize) -> Option<Reading> {
        let mut state = self.lock();
        let lane = state.lanes.get_mut(index).filter(|lane| !lane.active)?;
        lane.reads += 1;
        Some(Reading {
            lanes: self.clone(),
            lane: index,
        })
    }

    fn end_read(&self, index: usize) {
        let start = {
            let mut state = self.lock();
            let Some(lane) = state.lanes.get_mut(index) else {
                return;
            };
            lane.reads -= 1;
            let is_last = lane.reads == 0;
            let start = is_last && std::mem::take(&mut lane.is_parked);
            if is_last && state.waiting > 0 {
                self.0.idle.notify_all();
            }
            start
        };
        if start {
            self.start(index);
        }
    }

    /// Runs `job` in the pool after everything that was queued for the lane before.
    pub(super) fn run<T: Send + 'static>(
        &self,
        lane: usize,
        job: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> MaybePromise<T> {
        let (sender, receiver) = oneshot::channel();
        self.push(
            lane,
            Box::new(move || {
                // The receiver is gone if the environment ended: nobody wants the answer any more.
                let _ = sender.send(pool::guarded(job));
            }),
        );
        pool::answer(receiver)
    }

    /// Queues a job that reports by itself and does not panic.
    pub(super) fn push(&self, lane: usize, job: Job) {
        let start = {
            let mut state = self.lock();
            let Some(lane) = state.lanes.get_mut(lane) else {
                return;
            };
            lane.jobs.push_back(Entry::Job(job));
            lane.activate()
        };
        if start {
            self.start(lane);
        }
    }

    /// Runs `job` in the pool once every lane has done what was queued before. The lanes go on
    /// when the [`Hold`] that the job is given is dropped.
    pub(super) fn barrier<T: Send + 'static>(
        &self,
        job: impl FnOnce(Hold) -> Result<T, Fault> + Send + 'static,
    ) -> MaybePromise<T> {
        let (sender, receiver) = oneshot::channel();
        let hold = Hold {
            lanes: self.clone(),
            holds: true,
            needs_caller: false,
        };
        let job: Job = Box::new(move || {
            let _ = sender.send(pool::guarded(move || job(hold)));
        });
        let ready = self.lock().arrive_everywhere(job);
        if let Some(job) = ready {
            pool::submit(job);
        }
        pool::answer(receiver)
    }

    /// Waits in place until the lane has done its work and nobody reads.
    ///
    /// # Errors
    /// `BUSY` if that needs the calling thread.
    pub(super) fn wait_for_reads(&self, lane: usize) -> Result<()> {
        let is_free = |lane: &Lane| !lane.active && lane.reads == 0;
        self.wait_until(|state| state.lanes.get(lane).is_none_or(is_free))
    }

    /// Waits in place until the lane has done its work.
    ///
    /// # Errors
    /// `BUSY` if that needs the calling thread.
    pub(super) fn wait(&self, lane: usize) -> Result<()> {
        self.wait_until(|state| state.lanes.get(lane).is_none_or(|lane| !lane.active))
    }

    /// Waits in place until all lanes have done their work.
    ///
    /// # Errors
    /// `BUSY` if that needs the calling thread.
    pub(super) fn wait_all(&self) -> Result<()> {
        self.wait_until(State::is_idle)
    }

    fn wait_until(&self, done: impl Fn(&State) -> bool) -> Result<()> {
        let mut state = self.lock();
        while !done(&state) {
            if state.held > 0 {
                return Err(Error::new(
                    Kind::Busy,
                    "an asynchronous call that needs this thread has to end first",
                ));
            }
            state.waiting += 1;
            state = self
                .0
                .idle
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
        }
        Ok(())
    }

    /// No job runs under the lock, so a poisoned lock holds a consistent state.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Must not be called under the lock: a pool without threads runs the job at once.
    fn start(&self, lane: usize) {
        let lanes = self.clone();
        pool::submit(move || lanes.work(lane));
    }

    /// Runs the jobs of one lane until it is empty or stands at a barrier.
    fn work(&self, lane: usize) {
        loop {
            match self.next(lane) {
                Next::Run(job) => job(),
                // The last lane to come lets another thread run the barrier's job, so that the job
                // itself may wait for pool threads of its own.
                Next::Open(job) => return pool::submit(job),
                Next::Stop => return,
            }
        }
    }

    fn next(&self, index: usize) -> Next {
        let mut state = self.lock();
        let Some(lane) = state.lanes.get_mut(index) else {
            return Next::Stop;
        };
        match lane.jobs.pop_front() {
            Some(Entry::Job(job)) => Next::Run(job),
            Some(Entry::Barrier(gate)) => arrive(&gate).map_or(Next::Stop, Next::Open),
            None => {
                lane.active = false;
                if state.waiting > 0 {
                    self.0.idle.notify_all();
                }
                Next::Stop
            }
        }
    }

    /// Lets every lane go on after a barrier: all of them stand at it.
    fn release(&self) {
        let lanes = {
            let mut state = self.lock();
            let with_work = |(index, lane): (usize, &mut Lane)| {
                lane.active = !lane.jobs.is_empty();
                lane.active.then_some(index)
            };
            let lanes: Vec<usize> = state
                .lanes
                .iter_mut()
                .enumerate()
                .filter_map(with_work)
                .collect();
            if state.waiting > 0 {
                self.0.idle.notify_all();
            }
            lanes
        };
        lanes.into_iter().for_each(|lane| self.start(lane));
    }
}

/// A read that what comes later waits for.
#[derive(Debug)]
struct Reading {
    lanes: Lanes,
    lane: usize,
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.lanes.end_read(self.lane);
    }
}

enum Next {
    Run(Job),
    Open(Job),
    Stop,
}

impl State {
    fn is_idle(&self) -> bool {
        self.lanes.iter().all(|lane| !lane.active)
    }

    /// Puts a barrier behind the work of every lane; the job, if there is nothing to wait for.
    fn arrive_everywhere(&mut self, job: Job) -> Option<Job> {
        let gate = Arc::new(Mutex::new(Gate {
            missing: 1,
            job: Some(job),
        }));
        for lane in &mut self.lanes {
            if !lane.activate() {
                lane.jobs.push_back(Entry::Barrier(Arc::clone(&gate)));
                gate.lock().unwrap_or_else(PoisonError::into_inner).missing += 1;
            }
        }
        // The gate counted its own setting up, so that it cannot open half-way.
        arrive(&gate)
    }
}

/// Counts one arrival; the barrier's job for the last.
fn arrive(gate: &Mutex<Gate>) -> Option<Job> {
    let mut gate = gate.lock().unwrap_or_else(PoisonError::into_inner);
    gate.missing -= 1;
    if gate.missing == 0 {
        gate.job.take()
    } else {
        None
    }
}

#[cfg(test)]
#[path = "lanes_tests.rs"]
mod tests;
