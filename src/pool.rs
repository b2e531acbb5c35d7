//! The pool for work that blocks.
//!
//! A few threads, one queue, one for the process, and one more thread for what nobody waits for. Jobs own
//! their data. A job starts as soon as a thread is free, whether or not its answer is awaited. Threads are
//! never joined: the process may end at any moment, and a job must leave files whole at every moment.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use futures_channel::oneshot;

use crate::driver::Mode;
use crate::error::{Error, Fault, Kind, Result};
use crate::maybe::MaybePromise;

mod priority;
mod turn;

pub use turn::give_way;

/// The fewest threads, so that one slow disk operation never stops all others.
const MIN_THREADS: usize = 4;

/// The most threads: more only contend for the same disk.
const MAX_THREADS: usize = 8;

type Job = Box<dyn FnOnce() + Send>;

/// How far the thread for what nobody waits for stands behind all others, in steps of `nice`.
const STEPS_LAST: i32 = 10;

struct Pool {
    name: &'static str,
    most_threads: fn() -> usize,
    /// How far its threads stand behind others. Who waits for an answer must not wait for other programs,
    /// too: beside some that never rest, five steps made it take a hundred times as long.
    steps_behind: i32,
    jobs: Mutex<Queue>,
    ready: Condvar,
}

struct Queue {
    jobs: VecDeque<Job>,
    idle: usize,
    threads: usize,
}

static POOL: Pool = Pool::new("stowage", parallelism, 0);

/// One thread: the work is the disk's, and none of it is urgent.
static LAST: Pool = Pool::new("stowage-last", || 1, STEPS_LAST);

/// Runs `job` in the pool and answers with its result.
pub fn run<T: Send + 'static>(
    job: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> MaybePromise<T> {
    let (sender, receiver) = oneshot::channel();
    submit(move || {
        // The receiver is gone if the environment ended: nobody wants the answer any more.
        let _ = sender.send(guarded(job));
    });
    answer(receiver)
}

/// Runs `job` in place in `Blocking` mode, in the pool otherwise.
pub fn run_in<T: Send + 'static>(
    mode: Mode,
    job: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> MaybePromise<T> {
    match mode {
        Mode::Blocking => guarded(job).map_err(Error::from).into(),
        Mode::NonBlocking => run(job),
    }
}

/// The answer of a job that reports through a channel.
pub fn answer<T: Send + 'static>(receiver: oneshot::Receiver<Result<T, Fault>>) -> MaybePromise<T> {
    MaybePromise::pending(async move {
        match receiver.await {
            Ok(result) => result.map_err(Error::from),
            Err(oneshot::Canceled) => Err(Error::new(Kind::Internal, "a background job was lost")),
        }
    })
}

/// Runs `job`, turning a panic into a fault.
///
/// # Errors
/// The job's own fault, or `INTERNAL` for a panic.
pub fn guarded<T>(job: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    // The job owns what it touches, so nothing half-changed is seen by others after a panic.
    catch_unwind(AssertUnwindSafe(job)).unwrap_or_else(|panic| Err(panic_fault(panic.as_ref())))
}

/// Starts `job` as soon as a thread is free, in the order of the calls.
pub fn submit(job: impl FnOnce() + Send + 'static) {
    POOL.submit(Box::new(job));
}

/// Does `job` when no other such job is under way, on a thread that leaves the processor to all others:
/// for work that takes long and that nobody waits for.
pub fn submit_last(job: impl FnOnce() + Send + 'static) {
    LAST.submit(Box::new(job));
}

/// How many jobs are worth running side by side.
#[must_use]
pub fn parallelism() -> usize {
    let processors = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    processors.clamp(MIN_THREADS, MAX_THREADS)
}

impl Pool {
    const fn new(name: &'static str, most_threads: fn() -> usize, steps_behind: i32) -> Self {
        let queue = Queue {
            jobs: VecDeque::new(),
            idle: 0,
            threads: 0,
        };
        Pool {
            name,
            most_threads,
            steps_behind,
            jobs: Mutex::new(queue),
            ready: Condvar::new(),
        }
    }

    fn submit(&'static self, job: Job) {
        let mut queue = self.lock();
        queue.jobs.push_back(job);
        let is_enough = queue.idle >= queue.jobs.len() || !self.grow(&mut queue);
        // A pool that could not start its first thread runs nothing, so the caller does.
        let stranded = match queue.threads {
            0 => std::mem::take(&mut queue.jobs),
            _ => VecDeque::new(),
        };
        // A thread that is woken under the lock only waits for it, and jobs may add further ones.
        drop(queue);
        if is_enough {
            self.ready.notify_one();
        }
        stranded.into_iter().for_each(|job| job());
    }

    /// Starts one more thread if there may be one.
    fn grow(&'static self, queue: &mut Queue) -> bool {
        if queue.threads >= (self.most_threads)() {
            return false;
        }
        let started = thread::Builder::new()
            .name(self.name.into())
            .spawn(|| self.work())
            .is_ok();
        queue.threads += usize::from(started);
        started
    }

    fn work(&self) {
        if self.steps_behind > 0 {
            priority::give_way(self.steps_behind);
        }
        loop {
            let job = self.next();
            turn::begin();
            // Jobs guard themselves; this keeps the thread if a guard's own code panics.
            let _ = catch_unwind(AssertUnwindSafe(job));
        }
    }

    /// No job runs under the lock, so a poisoned lock holds a consistent queue.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Job {
        let mut queue = self.lock();
        loop {
            if let Some(job) = queue.jobs.pop_front() {
                return job;
            }
            queue.idle += 1;
            queue = self
                .ready
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
            queue.idle -= 1;
        }
    }
}

fn panic_fault(panic: &(dyn Any + Send)) -> Fault {
    let text = panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "unknown".to_owned());
    Fault::new(Kind::Internal, format!("a background job panicked: {text}"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::panic, reason = "the pool must survive a job that panics")]
    use super::*;

    #[test]
    fn jobs_answer_and_panics_become_faults() {
        let (sender, receiver) = std::sync::mpsc::channel();
        submit(move || {
            let result: Result<(), Fault> = guarded(|| std::panic::panic_any("boom"));
            sender
                .send(result.err().map(|fault| fault.message.into_owned()))
                .ok();
        });
        let message = receiver.recv().ok().flatten().unwrap_or_default();
        assert!(message.contains("boom"), "{message}");
    }

    #[test]
    fn what_nobody_waits_for_runs_one_after_the_other() {
        let (sender, receiver) = std::sync::mpsc::channel();
        for number in 0..10 {
            let sender = sender.clone();
            submit_last(move || {
                let thread = thread::current();
                sender.send((number, thread.id())).ok();
            });
        }
        drop(sender);
        let (numbers, threads): (Vec<i32>, Vec<_>) = receiver.iter().unzip();
        assert_eq!(numbers, (0..10).collect::<Vec<_>>());
        assert!(threads.windows(2).all(|pair| pair.first() == pair.last()));
    }

    #[test]
    fn every_job_runs_once() {
        let (sender, receiver) = std::sync::mpsc::channel();
        for number in 0..100 {
            let sender = sender.clone();
            submit(move || {
                sender.send(number).ok();
            });
        }
        drop(sender);
        let mut seen: Vec<i32> = receiver.iter().collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..100).collect::<Vec<_>>());
    }
}
