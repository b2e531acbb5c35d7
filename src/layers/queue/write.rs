//! Hands the operations of one segment to the driver below.

use futures_util::future::{OptionFuture, join, join_all};

use super::operation::{Action, Operation};
use super::plan::Segment;
use crate::driver::{BatchReport, Context, Driver, Mode, Options, Outcome, SetItem};
use crate::error::{Error, Result};
use crate::key::Key;

/// What became of an operation, with its number.
pub(super) type Settled = (u64, Result<Outcome>);

/// Makes every call of a segment at once, several plain sets as one batch, and waits for all.
///
/// A driver that refuses the batch as a whole is given the items one by one: a single item must not
/// hold back all others, and each item's own failure says more than that of the batch. `again` has
/// the operation with a number, or `None` if another flush has the segment by then.
pub(super) async fn write(
    inner: &dyn Driver,
    segment: Segment,
    mode: Mode,
    again: impl Fn(u64) -> Option<Operation>,
) -> Vec<Settled> {
    let Segment {
        items,
        numbers,
        mut single,
    } = segment;
    let is_batch = items.len() > 1;
    if !is_batch {
        single.extend(numbers.iter().filter_map(|at| Some((*at, again(*at)?))));
    }
    let batch = is_batch.then(|| write_batch(inner, items, numbers, mode, again));
    let single = single
        .into_iter()
        .map(|(number, operation)| write_one(inner, number, operation, mode));
    let (batch, mut settled) = join(OptionFuture::from(batch), join_all(single)).await;
    settled.extend(batch.into_iter().flatten());
    settled
}

/// The call is made before the future is polled.
fn write_one(
    inner: &dyn Driver,
    number: u64,
    operation: Operation,
    mode: Mode,
) -> impl Future<Output = Settled> + use<> {
    let name = operation.action.name();
    let cx = Context {
        mode,
        options: operation.options.given(),
    };
    let target = operation.target;
    let key = Key::literal(&target);
    let answer = match operation.action {
        Action::Set { value, raw: false } => inner.set(key, value, &cx),
        Action::Set { value, raw: true } => inner.set_raw(key, value, &cx),
        Action::Remove => inner.remove(key, &cx),
        Action::Clear => inner.clear(&target, &cx),
    };
    async move {
        let outcome = answer.resolve().await;
        (number, outcome.map_err(|error| named(error, name, &target)))
    }
}

async fn write_batch(
    inner: &dyn Driver,
    items: Vec<SetItem>,
    numbers: Vec<u64>,
    mode: Mode,
    again: impl Fn(u64) -> Option<Operation>,
) -> Vec<Settled> {
    let cx = Context {
        mode,
        options: Options::default(),
    };
    let written = inner.set_many(items, &cx).resolve().await;
    match written {
        Ok(report) => settle_batch(numbers, report, again),
        Err(_) => {
            let operations = numbers.into_iter().map(|at| Some((at, again(at)?)));
            // What comes back does not matter to a flush that was taken over: the other one has
            // written these items.
            let Some(operations) = operations.collect::<Option<Vec<_>>>() else {
                return Vec::new();
            };
            let single = operations
                .into_iter()
                .map(|(number, operation)| write_one(inner, number, operation, mode));
            join_all(single).await
        }
    }
}

fn settle_batch(
    numbers: Vec<u64>,
    report: BatchReport,
    again: impl Fn(u64) -> Option<Operation>,
) -> Vec<Settled> {
    let outcome = report.outcome;
    let mut settled: Vec<Settled> = numbers.into_iter().map(|at| (at, Ok(outcome))).collect();
    for (index, error) in report.failures {
        if let Some((number, result)) = settled.get_mut(index)
            && let Some(operation) = again(*number)
        {
            *result = Err(named(error, operation.action.name(), &operation.target));
        }
    }
    settled
}

/// The failure is about this operation, not about the flush that its reader asked for.
fn named(error: Error, operation: &'static str, key: &str) -> Error {
    error.operation(operation).key(key)
}
