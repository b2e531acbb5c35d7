//! Watches of a store that has to be asked what has happened.

use std::rc::Rc;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::mailbox::{Mailbox, Message};
use super::running::{Delivered, launch};
use crate::driver::{EventKind, EventSink, Watch};
use crate::error::{Fault, Result};
use crate::host::Host;
use crate::maybe::MaybePromise;

/// What a feed has to say.
#[derive(Debug)]
pub enum Report {
    /// Something happened to a key.
    Changed(EventKind, Arc<str>),
    /// Something failed that does not end the watch.
    Failed(Fault),
}

/// Tells what others have changed. Lives on a thread of its own, and is dropped there.
pub trait Feed: Send {
    /// Begins: every change after the answer is told.
    ///
    /// # Errors
    /// Nothing can be watched.
    fn begin(&mut self) -> Result<(), Fault>;

    /// Adds what has happened since to `reports`, at most `room` reports; the rest is told later. True if
    /// there is more already.
    ///
    /// # Errors
    /// Nothing can be told any more: the watch ends.
    fn poll(&mut self, room: usize, reports: &mut Vec<Report>) -> Result<bool, Fault>;
}

/// Asks `feed` every `interval` and calls `sink`, in order, on the orchestrating thread. The answer comes
/// once the feed has begun.
pub fn watch_feed(
    feed: Box<dyn Feed>,
    interval: Duration,
    host: Rc<dyn Host>,
    sink: EventSink,
) -> MaybePromise<Box<dyn Watch>> {
    let mailbox = Arc::new(Mailbox::default());
    let bell = Arc::new(Bell::default());
    let ringer = Arc::clone(&bell);
    let delivered = Delivered {
        mailbox: Arc::clone(&mailbox),
        stopper: Arc::new(move || ringer.ring()),
        judge: None,
        recursive: false,
        persistent: true,
        host,
        sink,
    };
    launch(delivered, move || run(feed, interval, &mailbox, &bell))
        .unwrap_or_else(MaybePromise::err)
}

fn run(
    mut feed: Box<dyn Feed>,
    interval: Duration,
    mailbox: &Mailbox,
    bell: &Bell,
) -> Result<(), Fault> {
    feed.begin()?;
    mailbox.send([Message::Ready]);
    let mut reports = Vec::new();
    let mut pause = interval;
    while !bell.rings_within(pause) {
        // A listener that is behind leaves the changes where they are: the feed still sees that the
        // watch is alive, as a wait for room would not.
        let has_more = feed.poll(mailbox.room(), &mut reports)?;
        mailbox.send(reports.drain(..).map(Message::from));
        pause = if has_more && mailbox.room() > 0 {
            Duration::ZERO
        } else {
            interval
        };
    }
    Ok(())
}

impl From<Report> for Message {
    fn from(report: Report) -> Self {
        match report {
            Report::Changed(kind, key) => Message::Report(kind, key),
            Report::Failed(fault) => Message::Failed(fault),
        }
    }
}

/// Ends the pauses of a thread.
#[derive(Debug, Default)]
struct Bell {
    rung: Mutex<bool>,
    changed: Condvar,
}

impl Bell {
    fn ring(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    /// True at once when it rings, false if it does not within `pause`.
    fn rings_within(&self, pause: Duration) -> bool {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .changed
            .wait_timeout_while(rung, pause, |rung| !*rung)
            .unwrap_or_else(PoisonError::into_inner);
        *waited.0
    }
}
