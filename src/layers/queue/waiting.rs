//! Callers that wait for operations to reach the driver below.

use futures_channel::oneshot;

use super::failure;
use super::log::Log;
use crate::driver::Outcome;
use crate::error::{Error, Result};
use crate::maybe::MaybePromise;

/// What a caller waits for, by the numbers of the log.
#[derive(Clone, Copy, Debug)]
pub(super) enum Awaited {
    /// Every operation before this number.
    Before(u64),
    /// This operation.
    Operation(u64),
}

pub(super) struct Waiter {
    pub(super) awaited: Awaited,
    pub(super) sender: oneshot::Sender<Result<Outcome>>,
}

/// A failed operation of a flight: its number, and why.
pub(super) type Failure = (u64, Error);

impl Awaited {
    /// The answer at the end of a flight, before the flight has left the log; `None` to wait on.
    ///
    /// A failure stops the flushing until the retry, so it is also the answer to those whose
    /// operations were still to come: nobody waits for a store that is in trouble.
    pub(super) fn answer(self, log: &Log, failures: &[Failure]) -> Option<Result<Outcome>> {
        let flight_end = log.flight_end();
        let first = |limit: u64| failures.iter().find(|(number, _)| *number < limit);
        match self {
            Awaited::Before(end) => match first(end) {
                Some((_, error)) => Some(Err(failure::copy(error))),
                None => (end <= flight_end).then_some(Ok(Outcome::Done)),
            },
            Awaited::Operation(number) if number < flight_end => {
                let own = || failures.iter().find(|(failed, _)| *failed == number);
                let failed = || own().or_else(|| failures.first());
                let error = || failed().map(|(_, error)| Err(failure::copy(error)));
                log.written(number).map(Ok).or_else(error)
            }
            Awaited::Operation(_) => failures.first().map(|(_, error)| Err(failure::copy(error))),
        }
    }
}

/// The answer of a waiter: ready if the flush was carried out in place.
pub(super) fn answer(mut receiver: oneshot::Receiver<Result<Outcome>>) -> MaybePromise<Outcome> {
    match receiver.try_recv() {
        Ok(Some(result)) => MaybePromise::Ready(result),
        Ok(None) => MaybePromise::pending(async move {
            // Waiters are always answered; a lost one means that the environment ended.
            receiver.await.unwrap_or_else(|_| Err(failure::disposed()))
        }),
        Err(oneshot::Canceled) => MaybePromise::err(failure::disposed()),
    }
}
