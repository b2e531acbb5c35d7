//! Long work in small pieces.

use std::cell::Cell;
use std::thread;
use std::time::{Duration, Instant};

/// How long a thread goes on before others may have the processor. A system looks by itself only when its
/// clock ticks, every 4 ms or less often.
const LONGEST: Duration = Duration::from_micros(500);

thread_local! {
    /// When this thread began its job, or gave way last. `None` for those that are not the pool's: what
    /// they do in place, their application waits for.
    static SINCE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Says that the calling thread begins a job, in which it gives way from now and then on. Short ones it
/// ends first: beside programs that never rest, each time costs what they all may take.
pub(super) fn begin() {
    SINCE.set(Some(Instant::now()));
}

/// Between two pieces of work: lets whoever waits for the processor have it, if it is time and the
/// calling thread is one of the pool. It costs nothing if nobody waits.
pub fn give_way() {
    let Some(since) = SINCE.get() else { return };
    if since.elapsed() >= LONGEST {
        thread::yield_now();
        begin();
    }
}
