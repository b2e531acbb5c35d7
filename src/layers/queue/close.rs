//! The end of a queue: everything accepted is written, or its loss is told.

use std::rc::Rc;

use futures_util::FutureExt as _;

use super::core::Core;
use super::failure;
use crate::driver::{Context, Mode};
use crate::error::{Error, Result};
use crate::maybe::MaybePromise;

/// How often `close` tries to write what is queued.
const CLOSE_TRIES: usize = 3;

impl Core {
    /// Writes what is queued and closes the driver below. From the call on, others are refused.
    ///
    /// # Errors
    /// Why operations could not be written; they are lost then, and their waiting callers are told.
    /// `SYNC_UNSUPPORTED` and `BUSY` (synchronous calls only) leave the queue open.
    pub(super) fn close(self: &Rc<Self>, cx: &Context) -> MaybePromise<()> {
        if std::mem::replace(&mut self.state.borrow_mut().closed, true) {
            return MaybePromise::ok(());
        }
        if cx.is_blocking()
            && let Err(error) = self.check_in_place()
        {
            self.state.borrow_mut().closed = false;
            return MaybePromise::err(error);
        }
        let mut closing = shut(Rc::clone(self), cx.clone()).boxed_local();
        match (&mut closing).now_or_never() {
            Some(result) => MaybePromise::Ready(result),
            None => MaybePromise::Pending(closing),
        }
    }

    /// Gives up what is left and tells everybody who waits.
    fn abandon(&self, reason: Option<&Error>) {
        self.disarm();
        let mut state = self.state.borrow_mut();
        state.run += 1;
        state.lost = reason.map(failure::copy);
        let left = state.log.abandon();
        let waiters = std::mem::take(&mut state.waiters);
        drop(state);
        drop(left);
        for waiter in waiters {
            let error = reason.map_or_else(failure::disposed, failure::copy);
            // A caller that stopped waiting has dropped its receiver; that is its right.
            let _ = waiter.sender.send(Err(error));
        }
    }
}

async fn shut(core: Rc<Core>, cx: Context) -> Result<()> {
    let failure = drain_stubbornly(&core, cx.mode).await.err();
    core.abandon(failure.as_ref());
    let closed = core.inner.close(&cx).resolve().await;
    failure.map_or(closed, Err)
}

/// The tries follow each other without a pause: an application that is quitting must not wait, and
/// its clock may be a fake one that nobody advances.
async fn drain_stubbornly(core: &Rc<Core>, mode: Mode) -> Result<()> {
    if mode == Mode::Blocking {
        return core.drain_in_place();
    }
    for _ in 1..CLOSE_TRIES {
        if core.drain().resolve().await.is_ok() {
            return Ok(());
        }
    }
    core.drain().resolve().await
}
