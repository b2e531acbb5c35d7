//! Removing items whose time is over, in small steps, while there are any.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use super::{Inner, Memory};
use crate::driver::{EventKind, EventSink, Watch};
use crate::host::Timer;
use crate::maybe::MaybePromise;

/// The most items that are removed in one go: well below a millisecond.
const SWEEP_ITEMS: usize = 500;

/// The longest delay that `setTimeout` keeps.
const MAX_DELAY: Duration = Duration::from_millis(i32::MAX as u64);

/// The shortest time from one step to the next, so that items which end one after the other share
/// their steps.
const MIN_PAUSE: Duration = Duration::from_millis(10);

/// The timer of the next step, and who is told.
#[derive(Default)]
pub(super) struct Sweeping {
    timer: RefCell<Option<Armed>>,
    sinks: RefCell<Vec<(u64, EventSink)>>,
    next_sink: Cell<u64>,
}

struct Armed {
    due_ms: f64,
    _timer: Box<dyn Timer>,
}

impl Memory {
    /// Sees to it that a timer waits for the first end, and that there is none without one.
    pub(super) fn arm(&self, pause: Duration) {
        let sweeping = &self.0.sweeping;
        let (Some(host), Some(first)) = (self.0.content.clock(), self.0.content.first_end()) else {
            let idle = sweeping.timer.take();
            drop(idle);
            return;
        };
        let is_armed = |armed: &Armed| armed.due_ms <= first;
        if sweeping.timer.borrow().as_ref().is_some_and(is_armed) {
            return;
        }
        let now = host.now_ms();
        let until = Duration::try_from_secs_f64((first - now).max(0.0) / 1000.0);
        let delay = until.unwrap_or(MAX_DELAY).clamp(pause, MAX_DELAY);
        let memory = Rc::downgrade(&self.0);
        let timer = host.set_timeout(delay, Box::new(move || step(&memory)));
        timer.unref();
        let armed = Armed {
            due_ms: now + delay.as_secs_f64() * 1000.0,
            _timer: timer,
        };
        let earlier = sweeping.timer.replace(Some(armed));
        drop(earlier);
    }

    pub(super) fn disarm(&self) {
        let timer = self.0.sweeping.timer.take();
        drop(timer);
    }

    /// Starts to tell `sink` of items whose time is over.
    pub(super) fn tell(&self, sink: EventSink) -> Box<dyn Watch> {
        let sweeping = &self.0.sweeping;
        let id = sweeping.next_sink.get();
        sweeping.next_sink.set(id + 1);
        sweeping.sinks.borrow_mut().push((id, sink));
        Box::new(Telling {
            memory: Rc::downgrade(&self.0),
            id,
        })
    }
}

fn step(memory: &Weak<Inner>) {
    let Some(inner) = memory.upgrade() else {
        return;
    };
    let memory = Memory(inner);
    memory.disarm();
    let over = memory.0.content.sweep(SWEEP_ITEMS);
    let pause = if over.len() == SWEEP_ITEMS {
        Duration::ZERO
    } else {
        MIN_PAUSE
    };
    memory.arm(pause);
    memory.settled();
    if over.is_empty() {
        return;
    }
    memory.changed();
    let sinks: Vec<EventSink> = {
        let sinks = memory.0.sweeping.sinks.borrow();
        sinks.iter().map(|(_, sink)| Rc::clone(sink)).collect()
    };
    for key in &over {
        sinks.iter().for_each(|sink| sink(EventKind::Expire, key));
    }
}

/// A running watch.
struct Telling {
    memory: Weak<Inner>,
    id: u64,
}

impl Watch for Telling {
    fn stop(self: Box<Self>) -> MaybePromise<()> {
        MaybePromise::ok(())
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        if let Some(memory) = self.memory.upgrade() {
            let mut sinks = memory.sweeping.sinks.borrow_mut();
            let place = sinks.iter().position(|(id, _)| *id == self.id);
            let sink = place.map(|place| sinks.remove(place));
            drop(sinks);
            drop(sink);
        }
    }
}
