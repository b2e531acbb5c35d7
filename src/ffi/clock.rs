//! The clock that the user sees, asked at most once in a millisecond.

use std::cell::Cell;
use std::time::{SystemTime, UNIX_EPOCH};

use super::environment::Environment;

/// `Date.now()`, which fake timers replace. Asking it costs more than queueing an operation, so its
/// answer holds until the system's clock shows the next millisecond, unless it was replaced: then
/// it is asked each time.
#[derive(Default)]
pub(super) struct Clock {
    known: Cell<Option<Known>>,
}

/// What JavaScript answered in one millisecond of the system's clock.
#[derive(Clone, Copy)]
struct Known {
    tick: u128,
    now_ms: f64,
}

impl Clock {
    /// Milliseconds since the Unix epoch. The system's own if JavaScript cannot be asked any more.
    pub(super) fn now_ms(&self, environment: &Environment) -> f64 {
        let tick = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_millis());
        if let Some(known) = self.known.get()
            && known.tick == tick
        {
            return known.now_ms;
        }
        let asked = environment
            .require_scope()
            .and_then(|scope| environment.ask_clock(scope));
        match asked {
            Ok(Some((now_ms, is_system))) => {
                self.known.set(is_system.then_some(Known { tick, now_ms }));
                now_ms
            }
            #[expect(
                clippy::cast_precision_loss,
                reason = "milliseconds of this epoch are far below 2^53"
            )]
            _ => tick as f64,
        }
    }

    /// The next question goes to JavaScript.
    pub(super) fn forget(&self) {
        self.known.set(None);
    }
}
