//! What a driver needs from the environment that it runs in.

use std::time::Duration;

use futures_util::future::LocalBoxFuture;

/// Services of the environment: one per JavaScript environment, or a fake in tests.
pub trait Host {
    /// Polls `task` to its end on the orchestrating thread. It is dropped unfinished when the
    /// environment ends.
    fn spawn(&self, task: LocalBoxFuture<'static, ()>);

    /// Calls `callback` once after `delay` on the clock that the user sees (`setTimeout`, so that
    /// fake timers drive it). The timer keeps the process alive until it fires or is dropped, or
    /// [`Timer::unref`] is called.
    fn set_timeout(&self, delay: Duration, callback: Box<dyn FnOnce()>) -> Box<dyn Timer>;

    /// Milliseconds since the Unix epoch on the clock that the user sees (`Date.now`).
    fn now_ms(&self) -> f64;

    /// Reports a failure that no caller waits for, as an uncaught exception would be.
    fn report_uncaught(&self, error: crate::error::Error);

    /// Keeps the environment alive until the guard is dropped.
    fn keep_alive(&self) -> Box<dyn KeepAlive>;
}

/// A timer that has not fired. Dropping it cancels it.
pub trait Timer {
    /// Lets the process end although the timer has not fired.
    fn unref(&self);
}

/// Keeps an environment alive while it exists.
pub trait KeepAlive {}
