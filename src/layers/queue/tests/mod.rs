//! Behaviour of the queue, seen from its callers and from the driver below.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a panic is a failed test"
)]

mod blocking;
mod closing;
mod ends;
mod failing;
mod flushing;
mod model;
mod pressure;
mod reading;
mod segments;
mod stacked;
mod trouble;

use std::rc::Rc;
use std::time::Duration;

use super::plan::MAX_SEGMENT;
use super::{Queue, QueueOptions};
use crate::driver::{Context, Driver, GetItems, Mode, Outcome, SetItem};
use crate::drivers::memory::Memory;
use crate::error::Result;
use crate::key::Key;
use crate::maybe::MaybePromise;
use crate::testkit::{Call, Faulty, Hold, Started, TestHost};
use crate::value::Value;

/// The default flush interval.
const INTERVAL: Duration = Duration::from_millis(1000);

/// A queue over a memory driver that can be made to fail and wait.
struct Bench {
    host: TestHost,
    memory: Memory,
    below: Faulty,
    queue: Queue,
}

impl Bench {
    fn new() -> Self {
        Self::with(QueueOptions::default())
    }

    fn with(options: QueueOptions) -> Self {
        Self::with_segments(options, MAX_SEGMENT)
    }

    /// A queue that hands down few operations at once, so that a flight takes several turns.
    fn with_segments(options: QueueOptions, segment: usize) -> Self {
        let (host, memory) = (TestHost::new(), Memory::new());
        let below = Faulty::new(Rc::new(memory.clone()));
        let inner = Rc::new(below.clone());
        let queue = Queue::with_segments(inner, options, host.shared(), segment).unwrap();
        Bench {
            host,
            memory,
            below,
            queue,
        }
    }

    /// Every write to the driver below waits until it is released.
    fn hold(&self, hold: Hold) {
        for method in ["set", "set_raw", "set_many", "remove", "clear"] {
            self.below.hold(method, hold);
        }
    }

    /// Lets held calls go on, and everything that follows from it.
    fn release(&self) {
        self.below.release();
        self.host.run_until_idle();
    }

    fn set(&self, key: &str, text: &str) -> Started<Outcome> {
        self.host.start(
            self.queue
                .set(Key::literal(key), Value::text(text), &later()),
        )
    }

    fn set_now(&self, key: &str, text: &str) -> Result<Outcome> {
        at_once(self.queue.set(Key::literal(key), Value::text(text), &now()))
    }

    fn set_numbered(&self, count: usize) -> Vec<Started<Outcome>> {
        (0..count)
            .map(|number| self.set(&format!("key{number}"), &number.to_string()))
            .collect()
    }

    fn remove(&self, key: &str) -> Started<Outcome> {
        self.host
            .start(self.queue.remove(Key::literal(key), &later()))
    }

    fn clear(&self, base: &str) -> Started<Outcome> {
        self.host.start(self.queue.clear(base, &later()))
    }

    fn flush(&self) -> Result<()> {
        self.host.run_until(self.queue.flush(&later()))
    }

    fn get(&self, key: &str) -> Option<String> {
        let value = self
            .host
            .run_until(self.queue.get(Key::literal(key), &later()))
            .unwrap();
        value.as_ref().map(text_of)
    }

    fn get_many(&self, keys: &[&str]) -> Vec<Option<String>> {
        let items = GetItems {
            keys: keys.iter().copied().collect(),
            options: Vec::new(),
        };
        let values = self
            .host
            .run_until(self.queue.get_many(items, &later()))
            .unwrap();
        values
            .iter()
            .map(|value| value.as_ref().map(text_of))
            .collect()
    }

    fn has(&self, key: &str) -> bool {
        self.host
            .run_until(self.queue.has(Key::literal(key), &later()))
            .unwrap()
    }

    fn keys(&self, base: &str) -> Vec<String> {
        let keys = self
            .host
            .run_until(self.queue.keys(base, &later()))
            .unwrap();
        keys.iter().map(str::to_owned).collect()
    }

    /// What the driver below holds under `key`.
    fn stored(&self, key: &str) -> Option<String> {
        self.memory.value(key).as_ref().map(text_of)
    }
}

fn later() -> Context {
    Context::new(Mode::NonBlocking)
}

fn now() -> Context {
    Context::new(Mode::Blocking)
}

fn at_once<T: 'static>(answer: MaybePromise<T>) -> Result<T> {
    match answer {
        MaybePromise::Ready(result) => result,
        MaybePromise::Pending(_) => panic!("a synchronous call is answered at once"),
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Text(text) => text.as_str().to_owned(),
        Value::Bytes(blob) => format!("{:?}", blob.as_bytes()),
        Value::Foreign(_) => panic!("no foreign value was stored"),
    }
}

fn items(pairs: &[(&str, &str)]) -> Vec<SetItem> {
    let item = |(key, text): &(&str, &str)| SetItem {
        key: (*key).into(),
        value: Value::text(*text),
        options: None,
        expiry: crate::driver::Expiry::Never,
    };
    pairs.iter().map(item).collect()
}

/// Method, keys and values of calls, in short.
fn summary(calls: &[Call]) -> Vec<String> {
    let values = |call: &Call| {
        call.values
            .iter()
            .map(text_of)
            .collect::<Vec<_>>()
            .join(",")
    };
    calls
        .iter()
        .map(|call| format!("{} {} {}", call.method, call.keys.join(","), values(call)))
        .collect()
}
