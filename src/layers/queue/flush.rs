//! Carries the operations down: one code path for asynchronous flushes and those in place.

use std::rc::Rc;

use futures_util::FutureExt as _;

use super::core::Core;
use super::failure;
use super::operation::Operation;
use super::plan::{self, Held, Segment};
use super::waiting::Failure;
use super::write::{Settled, write};
use crate::driver::{Mode, Outcome};
use crate::error::{Error, Result};

/// Who owns the flight, and the number of its first operation.
struct Boarded {
    run: u64,
    first: u64,
}

impl Core {
    /// Begins an asynchronous flush. What the driver below answers at once is done when this
    /// returns; the rest goes on as a task.
    pub(super) fn launch(self: &Rc<Self>) {
        self.begin_run();
        let mut run = run(Rc::clone(self)).boxed_local();
        if (&mut run).now_or_never().is_none() {
            self.spawn_run(run);
        }
    }

    /// Begins an asynchronous flush that leaves the stack first.
    fn launch_later(self: &Rc<Self>) {
        self.begin_run();
        self.spawn_run(run(Rc::clone(self)));
    }

    fn begin_run(&self) {
        self.disarm();
        self.state.borrow_mut().running = true;
    }

    fn spawn_run(&self, run: impl Future<Output = ()> + 'static) {
        let alive = self.host.keep_alive();
        let task = async move {
            run.await;
            drop(alive);
        };
        self.host.spawn(task.boxed_local());
    }

    fn must_flush(&self) -> bool {
        self.state.borrow().must_flush(self.options.threshold())
    }

    fn board(&self, limit: usize) -> Boarded {
        let mut state = self.state.borrow_mut();
        state.due = false;
        state.run += 1;
        Boarded {
            run: state.run,
            first: state.log.board(limit),
        }
    }

    fn owns(&self, run: u64) -> bool {
        self.state.borrow().run == run
    }

    /// Writes a flight segment by segment. A failed operation holds back the later ones on its key
    /// and nothing else. `None` if the flight was taken over.
    async fn write(&self, boarded: Boarded, mode: Mode) -> Option<Vec<Failure>> {
        let (mut held, mut failures) = (Held::default(), Vec::new());
        let Boarded { run, mut first } = boarded;
        loop {
            let segment = self.cut(&mut first, &held, mode);
            if segment.is_empty() {
                return Some(failures);
            }
            let again = |number| self.operation(run, number);
            let settled = write(&*self.inner, segment, mode, again).await;
            self.answered(mode);
            if !self.owns(run) {
                return None;
            }
            self.settle(settled, &mut held, &mut failures);
        }
    }

    fn cut(&self, next: &mut u64, held: &Held, mode: Mode) -> Segment {
        let tracked = mode == Mode::NonBlocking && !self.inner.capabilities().ordered;
        let mut state = self.state.borrow_mut();
        let segment = plan::cut(&mut state.log, next, held, self.segment);
        if tracked {
            state.outstanding.add_segment(&segment);
        }
        segment
    }

    /// The operation with `number`, as long as `run` owns the flight.
    fn operation(&self, run: u64, number: u64) -> Option<Operation> {
        let state = self.state.borrow();
        let operation = state.log.operation(number).cloned();
        operation.filter(|_| state.run == run)
    }

    fn answered(&self, mode: Mode) {
        if mode == Mode::NonBlocking {
            self.state.borrow_mut().outstanding = Held::default();
        }
    }

    fn settle(&self, settled: Vec<Settled>, held: &mut Held, failures: &mut Vec<Failure>) {
        let mut state = self.state.borrow_mut();
        for (number, result) in settled {
            state.log.settle(number, result.as_ref().ok().copied());
            let Some(operation) = state.log.operation(number) else {
                continue;
            };
            match result {
                Ok(Outcome::Done) if operation.is_clear() => held.release(&operation.target),
                Ok(_) => {}
                Err(error) => {
                    held.add(operation);
                    failures.push((number, error));
                }
            }
        }
        // A clear undoes the failures before it.
        failures.retain(|(number, _)| state.log.written(*number).is_none());
    }

    /// Ends a flight: answers those who waited for it, makes room, and returns the first failure.
    /// `asked` tells that the caller hands the failure on.
    fn land(&self, mut failures: Vec<Failure>, asked: bool) -> Option<Error> {
        let mut state = self.state.borrow_mut();
        failures.sort_unstable_by_key(|(number, _)| *number);
        let mut answers = Vec::new();
        for waiter in std::mem::take(&mut state.waiters) {
            match waiter.awaited.answer(&state.log, &failures) {
                Some(answer) => answers.push((waiter.sender, answer)),
                None => state.waiters.push(waiter),
            }
        }
        let left = state.log.land();
        let tickets = state.log.admit();
        let first = failures.into_iter().next().map(|(_, error)| error);
        state.failure = first.as_ref().map(failure::copy);
        state.failures = if first.is_some() {
            state.failures.saturating_add(1)
        } else {
            0
        };
        drop(state);
        // Nothing is dropped or woken under the borrow: both may run code of others.
        drop((left, tickets));
        let mut told = asked;
        for (sender, answer) in answers {
            let failed = answer.is_err();
            // A caller that no longer waits has not been told.
            told |= sender.send(answer).is_ok() && failed;
        }
        if let Some(error) = &first {
            self.report(error, told);
        }
        first
    }

    fn report(&self, error: &Error, told: bool) {
        match &self.options.on_error {
            Some(listener) => listener(error),
            None => self.state.borrow_mut().unseen = (!told).then(|| failure::copy(error)),
        }
    }

    /// After a flush: begins the next one if there is reason to, else sees to the timer.
    fn rest(self: &Rc<Self>) {
        self.state.borrow_mut().running = false;
        if self.must_flush() {
            self.launch_later();
        } else {
            self.arm();
        }
    }

    /// Writes everything in place, also what an asynchronous flush has under way: that flush is
    /// taken over, and what it already gave to the driver below is given once more, so that it is
    /// there when this returns.
    ///
    /// # Errors
    /// The first failure; `SYNC_UNSUPPORTED`; `BUSY` (see [`Core::check_in_place`]).
    pub(super) fn drain_in_place(self: &Rc<Self>) -> Result<()> {
        if self.state.borrow().log.is_empty() {
            return Ok(());
        }
        self.check_in_place()?;
        self.disarm();
        let boarded = self.board(usize::MAX);
        self.state.borrow_mut().in_place = true;
        let outcome = match self.write(boarded, Mode::Blocking).now_or_never().flatten() {
            Some(failures) => self.land(failures, true),
            None => Some(self.broken_promise()),
        };
        self.state.borrow_mut().in_place = false;
        if !self.state.borrow().running {
            self.rest();
        }
        outcome.map_or(Ok(()), Err)
    }

    /// The operations stay queued: nothing is known of them.
    fn broken_promise(&self) -> Error {
        self.state.borrow_mut().log.abort();
        failure::broken_promise(self.inner.name())
    }

    /// Whether everything queued can be written in place.
    ///
    /// # Errors
    /// `SYNC_UNSUPPORTED` if the driver below lacks a synchronous method that is needed. `BUSY` if
    /// a driver below that does not keep calls in order has been given an operation on a key which a
    /// newer one follows, or if this call comes from inside a flush in place.
    pub(super) fn check_in_place(&self) -> Result<()> {
        if self.state.borrow().in_place {
            return Err(failure::busy(
                "a synchronous flush is already being carried out",
            ));
        }
        if let Some(name) = self
            .needed_methods()
            .into_iter()
            .find(|name| !self.inner.supports_sync(name))
        {
            return Err(failure::sync_unsupported(name));
        }
        let state = self.state.borrow();
        let mut later = state.log.unissued();
        if !state.outstanding.is_empty()
            && later.any(|operation| state.outstanding.conflicts(operation))
        {
            let message = "an asynchronous flush is writing a key that has a newer operation";
            return Err(failure::busy(message));
        }
        Ok(())
    }

    /// The methods that a flush needs, each once. The driver below is asked after the borrow.
    fn needed_methods(&self) -> Vec<&'static str> {
        let mut names: Vec<&'static str> = Vec::new();
        for operation in self.state.borrow().log.unwritten() {
            let name = operation.action.name();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// Flushes for as long as there is reason to. After a failure the stack is left first, so that a
/// listener which asks for a flush each time it hears of a failure does not hold the thread.
async fn run(core: Rc<Core>) {
    let mut failed = false;
    while !failed && core.must_flush() {
        let boarded = core.board(core.options.max_queue_size);
        if let Some(failures) = core.write(boarded, Mode::NonBlocking).await {
            failed = core.land(failures, false).is_some();
        }
    }
    core.rest();
}
