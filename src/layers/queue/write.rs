//! Hands the operations of one segment to the driver below.

use std::rc::Rc;

use futures_util::future::{OptionFuture, join, join_all};

use super::failure;
use super::operation::{Action, Operation};
use super::plan::Segment;
use crate::driver::{BatchReport, Context, Driver, Mode, Options, Outcome, SetItem};
use crate::error::{Error, Result};
use crate::key::Key;

/// What became of an operation, with its position.
pub(super) type Settled = (usize, Result<Outcome>);

/// Makes every call of a segment at once, several plain sets as one batch, and waits for all.
pub(super) async fn write(inner: &dyn Driver, segment: Segment, mode: Mode) -> Vec<Settled> {
    let (mut batch, mut single): (Segment, Segment) = segment
        .into_iter()
        .partition(|(_, operation)| matches!(operation.action, Action::Set { raw: false, .. }));
    if batch.len() == 1 {
        single.append(&mut batch);
    }
    let batch = (!batch.is_empty()).then(|| write_batch(inner, batch, mode));
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

/// The call is made before the future is polled.
fn write_batch(
    inner: &dyn Driver,
    batch: Segment,
    mode: Mode,
) -> impl Future<Output = Vec<Settled>> + use<> {
    let (places, items): (Vec<Place>, Vec<SetItem>) = batch.into_iter().filter_map(item).unzip();
    let cx = Context {
        mode,
        options: Options::default(),
    };
    let answer = inner.set_many(items, &cx);
    async move { settle_batch(places, answer.resolve().await) }
}

/// Position and key of a batch item.
type Place = (usize, Rc<str>);

fn item((at, operation): (usize, Operation)) -> Option<(Place, SetItem)> {
    let Action::Set { value, .. } = operation.action else {
        return None;
    };
    let key = (&*operation.target).into();
    let item = SetItem {
        key,
        value,
        options: operation.options.foreign,
    };
    Some(((at, operation.target), item))
}

/// A batch that failed as a whole leaves every item unknown, so all of them are kept.
fn settle_batch(places: Vec<Place>, report: Result<BatchReport>) -> Vec<Settled> {
    let report = match report {
        Ok(report) => report,
        Err(error) => {
            let error = error.operation("setItems");
            return places
                .iter()
                .map(|(at, _)| (*at, Err(failure::copy(&error))))
                .collect();
        }
    };
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
