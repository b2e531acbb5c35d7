//! Hands the operations of one segment to the driver below.

use std::rc::Rc;

use futures_util::future::{OptionFuture, join, join_all};

use super::operation::{Action, Operation};
use super::plan::Segment;
use crate::driver::{BatchReport, Context, Driver, Mode, Options, Outcome, SetItem};
use crate::error::{Error, Result};
use crate::key::Key;

/// What became of an operation, with its position.
pub(super) type Settled = (usize, Result<Outcome>);

/// Makes every call of a segment at once, several plain sets as one batch, and waits for all. Once
/// `owned` is false another flush has the segment: no further call is made.
pub(super) async fn write(
    inner: &dyn Driver,
    segment: Segment,
    mode: Mode,
    owned: impl Fn() -> bool,
) -> Vec<Settled> {
    let (mut batch, mut single): (Segment, Segment) = segment
        .into_iter()
        .partition(|(_, operation)| matches!(operation.action, Action::Set { raw: false, .. }));
    if batch.len() == 1 {
        single.append(&mut batch);
    }
    let batch = (!batch.is_empty()).then(|| write_batch(inner, batch, mode, owned));
    let single = single
        .into_iter()
        .map(|(at, operation)| write_one(inner, at, operation, mode));
    let (batch, mut settled) = join(OptionFuture::from(batch), join_all(single)).await;
    settled.extend(batch.into_iter().flatten());
    settled
}

/// The call is made before the future is polled.
fn write_one(
    inner: &dyn Driver,
    at: usize,
    operation: Operation,
    mode: Mode,
) -> impl Future<Output = Settled> + use<> {
    let name = operation.action.name();
    let target = operation.target;
    let key = Key::literal(&target);
    let cx = Context {
        mode,
        options: operation.options,
    };
    let answer = match operation.action {
        Action::Set { value, raw: false } => inner.set(key, value, &cx),
        Action::Set { value, raw: true } => inner.set_raw(key, value, &cx),
        Action::Remove => inner.remove(key, &cx),
        Action::Clear => inner.clear(&target, &cx),
    };
    async move {
        (
            at,
            answer
                .resolve()
                .await
                .map_err(|error| named(error, name, &target)),
        )
    }
}

/// A driver that refuses the batch as a whole is given the items one by one: a single item must not
/// hold back all others, and each item's own failure says more than that of the batch.
async fn write_batch(
    inner: &dyn Driver,
    batch: Segment,
    mode: Mode,
    owned: impl Fn() -> bool,
) -> Vec<Settled> {
    let (places, items): (Vec<Place>, Vec<SetItem>) = batch.iter().filter_map(item).unzip();
    let cx = Context {
        mode,
        options: Options::default(),
    };
    match inner.set_many(items, &cx).resolve().await {
        Ok(report) => settle_batch(&places, report),
        // What comes back does not matter any more: the other flush has written these items.
        Err(_) if !owned() => Vec::new(),
        Err(_) => {
            let single = batch
                .into_iter()
                .map(|(at, operation)| write_one(inner, at, operation, mode));
            join_all(single).await
        }
    }
}

/// Position and key of a batch item.
type Place = (usize, Rc<str>);

fn item((at, operation): &(usize, Operation)) -> Option<(Place, SetItem)> {
    let Action::Set { value, .. } = &operation.action else {
        return None;
    };
    let item = SetItem {
        key: (&*operation.target).into(),
        value: value.clone(),
        options: operation.options.foreign.clone(),
    };
    Some(((*at, Rc::clone(&operation.target)), item))
}

fn settle_batch(places: &[Place], report: BatchReport) -> Vec<Settled> {
    let mut settled: Vec<Settled> = places
        .iter()
        .map(|(at, _)| (*at, Ok(report.outcome)))
        .collect();
    for (index, error) in report.failures {
        if let (Some(slot), Some((_, key))) = (settled.get_mut(index), places.get(index)) {
            slot.1 = Err(named(error, "setItem", key));
        }
    }
    settled
}

/// The failure is about this operation, not about the flush that its reader asked for.
fn named(error: Error, operation: &'static str, key: &str) -> Error {
    error.operation(operation).key(key)
}
