//! Asks for a comparison of the whole tree at regular times.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::{Change, Opened, Source};
use crate::error::Fault;

/// The shortest time between two comparisons: shorter ones would occupy a processor.
const MIN_INTERVAL: Duration = Duration::from_millis(1);

#[derive(Debug)]
struct Polling {
    interval: Duration,
    /// The end of the last comparison.
    compared: Instant,
    stop: Receiver<()>,
    stopped: bool,
}

pub(super) fn open(interval: Duration) -> Opened {
    let (stopper, stop) = mpsc::channel();
    let interval = interval.max(MIN_INTERVAL);
    let source = Polling {
        interval,
        compared: Instant::now(),
        stop,
        stopped: false,
    };
    let stopper = Arc::new(move || {
        // Without a receiver the source is gone already.
        let _ = stopper.send(());
    });
    (Box::new(source), stopper)
}

impl Source for Polling {
    fn is_recursive(&self) -> bool {
        false
    }

    fn reports_closing(&self) -> bool {
        false
    }

    fn enter(&mut self, path: &Path, _relative: &str) -> Result<bool, Fault> {
        self.compared = Instant::now();
        Ok(path.is_dir())
    }

    fn leave(&mut self, _relative: &str) {}

    fn wait(&mut self, timeout: Option<Duration>, changes: &mut Vec<Change>) -> Result<(), Fault> {
        if self.stopped {
            return Ok(());
        }
        let left = self.interval.saturating_sub(self.compared.elapsed());
        match self
            .stop
            .recv_timeout(timeout.map_or(left, |timeout| timeout.min(left)))
        {
            Ok(()) | Err(RecvTimeoutError::Disconnected) => self.stopped = true,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if self.compared.elapsed() >= self.interval {
            self.compared = Instant::now();
            changes.push(Change::Rescan);
        }
        Ok(())
    }
}
