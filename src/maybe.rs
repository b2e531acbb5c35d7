//! An answer that is there now, or comes later.

use std::future::Future;

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;

use crate::driver::Mode;
use crate::error::{Error, Kind, Result};

/// What a driver method returns, as in the documented TypeScript contract.
///
/// A ready answer costs no allocation and no task; the combinators keep it ready.
#[must_use = "a pending answer does nothing until it is polled"]
pub enum MaybePromise<T> {
    /// The answer.
    Ready(Result<T>),
    /// A future that is polled on the orchestrating thread.
    Pending(LocalBoxFuture<'static, Result<T>>),
}

impl<T: 'static> MaybePromise<T> {
    /// A ready success.
    pub fn ok(value: T) -> Self {
        MaybePromise::Ready(Ok(value))
    }

    /// A ready failure.
    pub fn err(error: Error) -> Self {
        MaybePromise::Ready(Err(error))
    }

    /// An answer that comes later.
    pub fn pending(future: impl Future<Output = Result<T>> + 'static) -> Self {
        MaybePromise::Pending(future.boxed_local())
    }

    /// Carries `future` out as far as it goes without waiting, so that what it does first is done in
    /// the order of the calls. With it, several steps are written once for both modes.
    ///
    /// # Errors
    /// `BUSY` in `Blocking` mode, if it would have to wait: every driver answers at once there, so it
    /// is an asynchronous call of the same storage that it waits for.
    pub fn begin(mode: Mode, future: impl Future<Output = Result<T>> + 'static) -> Self {
        let mut future = future.boxed_local();
        match (future.as_mut().now_or_never(), mode) {
            (Some(result), _) => MaybePromise::Ready(result),
            (None, Mode::NonBlocking) => MaybePromise::Pending(future),
            (None, Mode::Blocking) => MaybePromise::err(Error::new(
                Kind::Busy,
                "an asynchronous call that is under way has to end first",
            )),
        }
    }

    /// Applies `f` to the outcome.
    pub fn then<U: 'static>(
        self,
        f: impl FnOnce(Result<T>) -> Result<U> + 'static,
    ) -> MaybePromise<U> {
        match self {
            MaybePromise::Ready(result) => MaybePromise::Ready(f(result)),
            MaybePromise::Pending(future) => MaybePromise::Pending(future.map(f).boxed_local()),
        }
    }

    /// Applies `f` to a success.
    pub fn map<U: 'static>(self, f: impl FnOnce(T) -> U + 'static) -> MaybePromise<U> {
        self.then(|result| result.map(f))
    }

    /// Applies `f` to a failure.
    pub fn map_err(self, f: impl FnOnce(Error) -> Error + 'static) -> Self {
        self.then(|result| result.map_err(f))
    }

    /// Goes on with another call after a success.
    pub fn and_then<U: 'static>(
        self,
        f: impl FnOnce(T) -> MaybePromise<U> + 'static,
    ) -> MaybePromise<U> {
        match self {
            MaybePromise::Ready(Ok(value)) => f(value),
            MaybePromise::Ready(Err(error)) => MaybePromise::Ready(Err(error)),
            MaybePromise::Pending(future) => {
                MaybePromise::pending(async move { f(future.await?).resolve().await })
            }
        }
    }

    /// Waits for the answer.
    pub async fn resolve(self) -> Result<T> {
        match self {
            MaybePromise::Ready(result) => result,
            MaybePromise::Pending(future) => future.await,
        }
    }

    /// Answers of several calls, in order. Pending ones run side by side; the first failure, by
    /// position, is the outcome, after all have ended.
    pub fn all(answers: Vec<MaybePromise<T>>) -> MaybePromise<Vec<T>> {
        if answers
            .iter()
            .all(|answer| matches!(answer, MaybePromise::Ready(_)))
        {
            let results = answers.into_iter().filter_map(|answer| match answer {
                MaybePromise::Ready(result) => Some(result),
                MaybePromise::Pending(_) => None,
            });
            return MaybePromise::Ready(results.collect());
        }
        let futures: Vec<_> = answers.into_iter().map(MaybePromise::resolve).collect();
        MaybePromise::pending(async move {
            futures_util::future::join_all(futures)
                .await
                .into_iter()
                .collect()
        })
    }
}

impl<T: 'static> From<Result<T>> for MaybePromise<T> {
    fn from(result: Result<T>) -> Self {
        MaybePromise::Ready(result)
    }
}
