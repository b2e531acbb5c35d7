//! The options of a queue, and what they may be.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use crate::error::{Error, Kind, Result};

/// The most operations that a queue may be told to hold: as many as a JavaScript Map can.
pub const MAX_OPERATIONS: usize = 1 << 24;

/// The longest flush interval: the longest delay that `setTimeout` keeps.
pub const MAX_FLUSH_INTERVAL: Duration = Duration::from_millis(i32::MAX as u64);

/// Receives the failure of each flush.
pub type ErrorSink = Rc<dyn Fn(&Error)>;

/// How a queue collects and writes.
#[derive(Clone)]
pub struct QueueOptions {
    /// A flush starts as soon as this many operations are queued. A batch size above
    /// `max_queue_size` means `max_queue_size`. Default 100.
    pub batch_size: usize,
    /// A flush starts this long after the first queued operation. Default 1000 ms.
    pub flush_interval: Duration,
    /// The most operations held, those that are being written included. Default 1000.
    pub max_queue_size: usize,
    /// True: a newer operation on a key takes the place of a queued older one. False: the driver
    /// below sees every operation, in order. Default true.
    pub merge_updates: bool,
    /// Called once for each flush that failed, with the first failure. Default: the failure of a
    /// flush that nobody asked for is kept for the next `flush`.
    pub on_error: Option<ErrorSink>,
}

impl Default for QueueOptions {
    fn default() -> Self {
        QueueOptions {
            batch_size: 100,
            flush_interval: Duration::from_millis(1000),
            max_queue_size: 1000,
            merge_updates: true,
            on_error: None,
        }
    }
}

impl fmt::Debug for QueueOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueueOptions")
            .field("batch_size", &self.batch_size)
            .field("flush_interval", &self.flush_interval)
            .field("max_queue_size", &self.max_queue_size)
            .field("merge_updates", &self.merge_updates)
            .field("on_error", &self.on_error.is_some())
            .finish()
    }
}

impl QueueOptions {
    /// # Errors
    /// `INVALID_OPTION` naming the option that is out of its range.
    pub(super) fn check(&self) -> Result<()> {
        check_count("batchSize", self.batch_size)?;
        check_count("maxQueueSize", self.max_queue_size)?;
        if self.flush_interval.is_zero() || self.flush_interval > MAX_FLUSH_INTERVAL {
            let longest = MAX_FLUSH_INTERVAL.as_millis();
            let message = format!("Option `flushInterval` must be between 1 and {longest} ms");
            return Err(Error::new(Kind::InvalidOption, message).driver(super::NAME));
        }
        Ok(())
    }

    /// How many queued operations start a flush.
    pub(super) fn threshold(&self) -> usize {
        self.batch_size.min(self.max_queue_size)
    }
}

fn check_count(name: &str, count: usize) -> Result<()> {
    if (1..=MAX_OPERATIONS).contains(&count) {
        return Ok(());
    }
    let message = format!("Option `{name}` must be between 1 and {MAX_OPERATIONS}");
    Err(Error::new(Kind::InvalidOption, message).driver(super::NAME))
}
