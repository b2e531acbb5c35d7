//! Splits batches by mount and puts the results back in order.

use std::rc::Rc;

use compact_str::CompactString;

use super::{Mount, Storage, place};
use crate::driver::{BatchReport, Context, Driver, EventKind, GetItems, Outcome, SetItem};
use crate::error::Error;
use crate::maybe::MaybePromise;
use crate::value::Value;

/// The items of one mount, with their places in the whole batch.
struct Group<T> {
    mount: Mount,
    items: T,
    places: Vec<usize>,
}

impl<T> Group<T> {
    /// A batch for the only mount: its items pass as they are, without places.
    fn whole(mount: &Mount, items: T) -> Self {
        Group {
            mount: mount.clone(),
            items,
            places: Vec::new(),
        }
    }
}

impl Storage {
    pub(super) fn get_batch(
        &self,
        items: GetItems,
        cx: &Context,
    ) -> MaybePromise<Vec<Option<Value>>> {
        if let Err(error) = self.open() {
            return MaybePromise::err(error.operation("getItems"));
        }
        let total = items.keys.len();
        let reads = self.group_reads(items).into_iter().map(|group| {
            let driver = Rc::clone(&group.mount.driver);
            let places = group.places;
            let values = driver.get_many(group.items, cx);
            let located = values.map_err(move |error| in_batch(error, "getItems", &*driver));
            located.map(move |values| (places, values))
        });
        MaybePromise::all(reads.collect()).map(move |groups| {
            let mut groups = groups;
            if let [(places, values)] = groups.as_mut_slice()
                && places.is_empty()
            {
                return std::mem::take(values);
            }
            reassemble(groups, total)
        })
    }

    fn group_reads(&self, items: GetItems) -> Vec<Group<GetItems>> {
        let mounts = self.0.mounts.borrow();
        if mounts.is_single() {
            return vec![Group::whole(mounts.find(""), items)];
        }
        let mut groups: Vec<Group<GetItems>> = Vec::new();
        for (place, key) in items.keys.iter().enumerate() {
            let group = group_of(&mut groups, mounts.find(key));
            group
                .items
                .keys
                .push(key.get(group.mount.base.len()..).unwrap_or_default());
            if !items.options.is_empty() {
                group
                    .items
                    .options
                    .push(items.options.get(place).cloned().flatten());
            }
            group.places.push(place);
        }
        groups
    }

    pub(super) fn set_batch(&self, items: Vec<SetItem>, cx: &Context) -> MaybePromise<BatchReport> {
        if let Err(error) = self.open() {
            return MaybePromise::err(error.operation("setItems"));
        }
        let publishes = self.0.hub.is_listening();
        let writes = self
            .group_writes(items)
            .into_iter()
            .map(|group| self.set_group(group, cx, publishes));
        MaybePromise::all(writes.collect()).map(|reports| BatchReport {
            outcome: Outcome::Done,
            failures: reports
                .into_iter()
                .flat_map(|report: BatchReport| report.failures)
                .collect(),
        })
    }

    fn group_writes(&self, items: Vec<SetItem>) -> Vec<Group<Vec<SetItem>>> {
        let mounts = self.0.mounts.borrow();
        if mounts.is_single() {
            return vec![Group::whole(mounts.find(""), items)];
        }
        let mut groups: Vec<Group<Vec<SetItem>>> = Vec::new();
        for (place, mut item) in items.into_iter().enumerate() {
            let group = group_of(&mut groups, mounts.find(&item.key));
            item.key = item
                .key
                .get(group.mount.base.len()..)
                .unwrap_or_default()
                .into();
            group.items.push(item);
            group.places.push(place);
        }
        groups
    }

    /// Writes one group. The keys are kept only if listeners must hear of them.
    fn set_group(
        &self,
        group: Group<Vec<SetItem>>,
        cx: &Context,
        publishes: bool,
    ) -> MaybePromise<BatchReport> {
        let Group {
            mount,
            items,
            places,
        } = group;
        let publishes = publishes && !mount.driver.capabilities().reports_own_changes;
        let keys: Vec<CompactString> = if publishes {
            items.iter().map(|item| item.key.clone()).collect()
        } else {
            Vec::new()
        };
        let written = mount.driver.set_many(items, cx);
        let storage = self.clone();
        written.then(move |report| {
            let mut report = report.map_err(|error| in_batch(error, "setItems", &*mount.driver))?;
            if report.outcome == Outcome::Done {
                storage.publish_written(&mount, &keys, &report);
            }
            report.failures = report
                .failures
                .into_iter()
                .map(|failure| relocate(failure, &mount, &places))
                .collect();
            Ok(report)
        })
    }

    fn publish_written(&self, mount: &Mount, keys: &[CompactString], report: &BatchReport) {
        for (index, key) in keys.iter().enumerate() {
            if report.failures.iter().all(|(failed, _)| *failed != index) {
                self.0
                    .hub
                    .publish(EventKind::Update, &format!("{}{key}", mount.base));
            }
        }
    }
}

fn group_of<'g, T: Default>(groups: &'g mut Vec<Group<T>>, mount: &Mount) -> &'g mut Group<T> {
    let known = groups
        .iter()
        .position(|group| group.mount.base == mount.base);
    let index = known.unwrap_or_else(|| {
        groups.push(Group {
            mount: mount.clone(),
            items: T::default(),
            places: Vec::new(),
        });
        groups.len() - 1
    });
    #[expect(
        clippy::indexing_slicing,
        reason = "the index was found or pushed just above"
    )]
    &mut groups[index]
}

fn in_batch(error: Error, operation: &'static str, driver: &dyn Driver) -> Error {
    error.operation(operation).driver(driver.name())
}

/// Gives a failure its place in the whole batch and its full key.
fn relocate((index, error): (usize, Error), mount: &Mount, places: &[usize]) -> (usize, Error) {
    let key = error.key_name().map(|key| format!("{}{key}", mount.base));
    let error = match key {
        Some(key) => place(error, "setItems", &mount.driver, &key),
        None => in_batch(error, "setItems", &*mount.driver),
    };
    (places.get(index).copied().unwrap_or(index), error)
}

fn reassemble(groups: Vec<(Vec<usize>, Vec<Option<Value>>)>, total: usize) -> Vec<Option<Value>> {
    let mut all = vec![None; total];
    for (places, values) in groups {
        for (place, value) in places.into_iter().zip(values) {
            if let Some(slot) = all.get_mut(place) {
                *slot = value;
            }
        }
    }
    all
}
