//! Removes items whose time is over, from time to time, and tells those who watch.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;

use super::apply::Work;
use super::shared::Shared;
use super::sweep::Swept;
use super::time::whole;
use crate::driver::{EventKind, EventSink};
use crate::error::Error;
use crate::host::{Host, Timer};
use crate::pool;

/// Sweeps as long as there is something that can end, which costs nothing while there is not.
pub(super) struct Sweeping {
    shared: Arc<Shared>,
    host: Rc<dyn Host>,
    interval: Duration,
    /// Runs while something can end. It keeps no process alive.
    timer: RefCell<Option<Box<dyn Timer>>>,
    stopped: Cell<bool>,
    sinks: RefCell<Rc<[Hearing]>>,
}

/// Somebody who hears of what was swept.
#[derive(Clone)]
struct Hearing(EventSink);

/// Hears no more when dropped.
pub(super) struct Heard {
    sweeping: Weak<Sweeping>,
    sink: EventSink,
}

impl Drop for Heard {
    fn drop(&mut self) {
        if let Some(sweeping) = self.sweeping.upgrade() {
            let mut sinks = sweeping.sinks.borrow_mut();
            let others = sinks
                .iter()
                .filter(|hearing| !Rc::ptr_eq(&hearing.0, &self.sink));
            *sinks = others.cloned().collect();
        }
    }
}

impl Sweeping {
    pub(super) fn new(shared: Arc<Shared>, host: Rc<dyn Host>, interval: Duration) -> Rc<Self> {
        Rc::new(Sweeping {
            shared,
            host,
            interval,
            timer: RefCell::default(),
            stopped: Cell::new(false),
            sinks: RefCell::default(),
        })
    }

    /// Tells `sink` of everything that is swept, until the answer is dropped.
    pub(super) fn tell(self: &Rc<Self>, sink: EventSink) -> Heard {
        let mut sinks = self.sinks.borrow_mut();
        let added = std::iter::once(Hearing(Rc::clone(&sink)));
        *sinks = sinks.iter().cloned().chain(added).collect();
        Heard {
            sweeping: Rc::downgrade(self),
            sink,
        }
    }

    /// Something can end from now on.
    pub(super) fn expect(self: &Rc<Self>) {
        if self.stopped.get() || self.timer.borrow().is_some() || self.shared.site.read_only {
            return;
        }
        let weak = Rc::downgrade(self);
        let on_time = move || {
            if let Some(sweeping) = weak.upgrade() {
                sweeping.begin();
            }
        };
        let timer = self.host.set_timeout(self.interval, Box::new(on_time));
        timer.unref();
        *self.timer.borrow_mut() = Some(timer);
    }

    /// Sweeps no more.
    pub(super) fn stop(&self) {
        self.stopped.set(true);
        let timer = self.timer.borrow_mut().take();
        drop(timer);
    }

    fn begin(self: &Rc<Self>) {
        let sweeping = Rc::clone(self);
        self.host
            .spawn(async move { sweeping.run().await }.boxed_local());
    }

    /// The timer stays in its place until the end, so that no second one begins.
    async fn run(self: Rc<Self>) {
        let mut goes_on = true;
        while goes_on && !self.stopped.get() {
            match self.step().await {
                Ok(swept) => {
                    goes_on = !swept.is_done;
                    self.publish(&swept);
                    if swept.is_done && swept.next.is_some() {
                        self.again();
                        return;
                    }
                }
                Err(error) => {
                    // The items stay invisible; whether the disk is full again is seen at the next try.
                    if !self.stopped.get() {
                        self.host.report_uncaught(error.operation("sweep"));
                        self.again();
                    }
                    return;
                }
            }
        }
        let timer = self.timer.borrow_mut().take();
        drop(timer);
    }

    fn again(self: &Rc<Self>) {
        let timer = self.timer.borrow_mut().take();
        drop(timer);
        self.expect();
    }

    async fn step(&self) -> Result<Swept, Error> {
        let swept = Arc::new(Mutex::new(Swept::default()));
        let work = Work::Sweep(Arc::clone(&swept));
        let (_, answer) = self.shared.writer.add(work, whole(self.host.now_ms()));
        pool::answer(answer).resolve().await?;
        let mut swept = swept.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(std::mem::take(&mut *swept))
    }

    /// The list is shared, not borrowed, because who hears may change it.
    fn publish(&self, swept: &Swept) {
        let sinks = Rc::clone(&*self.sinks.borrow());
        for key in &swept.keys {
            sinks
                .iter()
                .for_each(|hearing| (hearing.0)(EventKind::Expire, key));
        }
    }
}
