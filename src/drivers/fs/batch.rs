//! Many values at once: the pool's threads share the work, in the order of the calls per key.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_channel::oneshot;

use super::lanes::Lanes;
use super::payload::Payload;
use super::store::Store;
use crate::error::Fault;
use crate::key::KeyList;
use crate::maybe::MaybePromise;
use crate::pool;
use crate::value::Text;

/// How many keys a thread takes at a time.
const CHUNK: usize = 64;

/// One item of a batch write: its position, key and content.
pub(super) type Item = (usize, Box<str>, Payload);

/// Items that failed, by position.
pub(super) type Failures = Vec<(usize, Fault)>;

/// Reads all keys in the pool.
pub(super) fn read_many(store: &Arc<Store>, keys: KeyList) -> MaybePromise<Vec<Option<Text>>> {
    let keys = Arc::new(keys);
    let workers = keys.len().div_ceil(CHUNK).clamp(1, pool::parallelism());
    let (sender, receiver) = oneshot::channel();
    let total = keys.len();
    let gather = Gather::new(workers, move |parts: Vec<Result<Vec<Found>, Fault>>| {
        // The receiver is gone if the environment ended: nobody wants the answer any more.
        let _ = sender.send(in_order(total, parts));
    });
    let next = Arc::new(AtomicUsize::new(0));
    for _ in 0..workers {
        let (store, keys) = (Arc::clone(store), Arc::clone(&keys));
        let (next, gather) = (Arc::clone(&next), Arc::clone(&gather));
        pool::submit(move || gather.add(pool::guarded(|| Ok(read_chunks(&store, &keys, &next)))));
    }
    pool::answer(receiver)
}

/// The outcome of one key: its position, and its value.
type Found = (usize, Result<Option<Text>, Fault>);

fn read_chunks(store: &Store, keys: &KeyList, next: &AtomicUsize) -> Vec<Found> {
    let mut found = Vec::new();
    loop {
        let start = next.fetch_add(CHUNK, Ordering::Relaxed);
        if start >= keys.len() {
            return found;
        }
        let chunk = (start..keys.len().min(start + CHUNK))
            .filter_map(|index| Some((index, keys.get(index)?)));
        found.extend(chunk.map(|(index, key)| (index, store.get(key))));
    }
}

/// The values by position; the failure of the first key that failed.
fn in_order(
    total: usize,
    parts: Vec<Result<Vec<Found>, Fault>>,
) -> Result<Vec<Option<Text>>, Fault> {
    let mut values = vec![None; total];
    let mut failure: Option<(usize, Fault)> = None;
    for part in parts {
        for (index, outcome) in part? {
            match outcome {
                Ok(value) => {
                    if let Some(slot) = values.get_mut(index) {
                        *slot = value;
                    }
                }
                Err(fault) if failure.as_ref().is_none_or(|(first, _)| index < *first) => {
                    failure = Some((index, fault));
                }
                Err(_) => {}
            }
        }
    }
    match failure {
        Some((_, fault)) => Err(fault),
        None => Ok(values),
    }
}

/// Writes all items, each in the lane of its key.
pub(super) fn write_many(
    store: &Arc<Store>,
    lanes: &Lanes,
    items: Vec<Item>,
) -> MaybePromise<Failures> {
    if items.is_empty() {
        return MaybePromise::ok(Failures::new());
    }
    let mut groups: BTreeMap<usize, Vec<Item>> = BTreeMap::new();
    for item in items {
        groups.entry(lanes.lane(&item.1)).or_default().push(item);
    }
    let (sender, receiver) = oneshot::channel();
    let gather = Gather::new(groups.len(), move |parts: Vec<Result<Failures, Fault>>| {
        let _ = sender.send(parts.into_iter().collect::<Result<Vec<_>, _>>().map(sorted));
    });
    for (lane, group) in groups {
        let (store, gather) = (Arc::clone(store), Arc::clone(&gather));
        lanes.push(
            lane,
            Box::new(move || gather.add(pool::guarded(|| Ok(write_all(&store, group))))),
        );
    }
    pool::answer(receiver)
}

/// Writes items one after the other.
pub(super) fn write_all(store: &Store, items: Vec<Item>) -> Failures {
    let outcomes = items
        .into_iter()
        .map(|(index, key, payload)| (index, store.set(&key, payload.as_bytes())));
    outcomes
        .filter_map(|(index, outcome)| Some((index, outcome.err()?)))
        .collect()
}

fn sorted(parts: Vec<Failures>) -> Failures {
    let mut failures: Failures = parts.into_iter().flatten().collect();
    failures.sort_by_key(|(index, _)| *index);
    failures
}

/// Collects the parts of one answer; the last one to come hands over all of them.
struct Gather<T> {
    state: Mutex<Gathered<T>>,
}

struct Gathered<T> {
    missing: usize,
    parts: Vec<T>,
    done: Option<Box<dyn FnOnce(Vec<T>) + Send>>,
}

impl<T> Gather<T> {
    fn new(missing: usize, done: impl FnOnce(Vec<T>) + Send + 'static) -> Arc<Self> {
        let done: Box<dyn FnOnce(Vec<T>) + Send> = Box::new(done);
        Arc::new(Gather {
            state: Mutex::new(Gathered {
                missing,
                parts: Vec::new(),
                done: Some(done),
            }),
        })
    }

    fn add(&self, part: T) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.parts.push(part);
        state.missing = state.missing.saturating_sub(1);
        if state.missing > 0 {
            return;
        }
        let (done, parts) = (state.done.take(), std::mem::take(&mut state.parts));
        drop(state);
        if let Some(done) = done {
            done(parts);
        }
    }
}
