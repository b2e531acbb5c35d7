//! Where a call runs: in place for the synchronous API, in the pool otherwise, and in which order.

use std::borrow::Cow;
use std::sync::Arc;

use futures_channel::oneshot;

use super::Fs;
use super::batch::Item;
use super::ignore::IgnoreFunction;
use super::lanes::Hold;
use super::payload::Payload;
use super::store::Store;
use crate::driver::{Context, Outcome, SetItem};
use crate::error::{Error, Fault, Kind, Result};
use crate::key::{Key, normalize};
use crate::maybe::MaybePromise;
use crate::pool;
use crate::value::Value;

impl Fs {
    pub(super) fn check_open(&self) -> Result<()> {
        if self.closed.get() {
            return Err(Error::new(Kind::Disposed, "the driver was disposed").driver(self.name));
        }
        Ok(())
    }

    /// Refuses keys that could leave the base, whoever made them.
    pub(super) fn key<'a>(&self, key: &'a str) -> Result<Cow<'a, str>> {
        self.check_open()?;
        normalize(key)
    }

    /// Reads after the writes of the key that were asked for before, and before those that come later.
    pub(super) fn read<T: Send + 'static>(
        &self,
        key: &str,
        cx: &Context,
        now: impl FnOnce(&Store, &str) -> Option<Result<T, Fault>>,
        job: impl FnOnce(&Store, &str) -> Result<T, Fault> + Send + 'static,
    ) -> MaybePromise<T> {
        let key = match self.key(key) {
            Ok(key) => key,
            Err(error) => return MaybePromise::err(error),
        };
        let lane = self.lanes.lane(&key);
        if cx.is_blocking() {
            let waited = self.lanes.wait(lane);
            return waited
                .and_then(|()| in_place(|| job(&self.store, &key)))
                .into();
        }
        let is_busy = self.lanes.is_busy(lane);
        if !is_busy && let Some(answer) = now(&self.store, &key) {
            return answer.map_err(Error::from).into();
        }
        let (store, key) = (Arc::clone(&self.store), key.into_owned());
        self.lanes.read(lane, move || job(&store, &key))
    }

    /// Writes in the order of the calls.
    pub(super) fn write(
        &self,
        key: &str,
        cx: &Context,
        job: impl FnOnce(&Store, &str) -> Result<(), Fault> + Send + 'static,
    ) -> MaybePromise<Outcome> {
        let key = match self.key(key) {
            Ok(_) if self.read_only => return MaybePromise::ok(Outcome::Ignored),
            Ok(key) => key,
            Err(error) => return MaybePromise::err(error),
        };
        let lane = self.lanes.lane(&key);
        if cx.is_blocking() {
            let outcome = self.lanes.wait_for_reads(lane);
            return outcome
                .and_then(|()| in_place(|| job(&self.store, &key)))
                .map(|()| Outcome::Done)
                .into();
        }
        let (store, key) = (Arc::clone(&self.store), key.into_owned());
        self.lanes
            .run(lane, move || job(&store, &key).map(|()| Outcome::Done))
    }

    /// Waits for all writes that were asked for before, then acts.
    pub(super) fn after_all<T: Send + 'static>(
        &self,
        cx: &Context,
        job: impl FnOnce(&Store) -> Result<T, Fault> + Send + 'static,
    ) -> MaybePromise<T> {
        if cx.is_blocking() {
            return self
                .lanes
                .wait_all()
                .and_then(|()| in_place(|| job(&self.store)))
                .into();
        }
        let store = Arc::clone(&self.store);
        if self.lanes.is_idle() {
            return pool::run(move || job(&store));
        }
        self.lanes.barrier(move |hold| {
            drop(hold);
            job(&store)
        })
    }

    pub(super) fn put(&self, key: &Key, value: Value, cx: &Context) -> MaybePromise<Outcome> {
        match Payload::of(value) {
            Ok(payload) => self.write(key.as_str(), cx, move |store, key| {
                store.set(key, payload.as_bytes())
            }),
            Err(error) => MaybePromise::err(error),
        }
    }

    /// The items with their canonical keys.
    pub(super) fn items(&self, items: Vec<SetItem>) -> Result<Vec<Item>> {
        let item = |(index, item): (usize, SetItem)| {
            let key = match self.key(&item.key)? {
                Cow::Borrowed(same) if same.len() == item.key.len() => None,
                other => Some(other.into_owned().into_boxed_str()),
            };
            Ok((
                index,
                key.unwrap_or_else(|| item.key.into()),
                Payload::of(item.value)?,
            ))
        };
        items.into_iter().enumerate().map(item).collect()
    }

    /// Acts between all writes that were asked for before and all that come later.
    pub(super) fn alone<T: Send + 'static>(
        &self,
        cx: &Context,
        job: impl FnOnce(&Store, Hold) -> Result<T, Fault> + Send + 'static,
    ) -> MaybePromise<T> {
        if cx.is_blocking() {
            let hold = Hold::none(&self.lanes);
            return self
                .lanes
                .wait_all()
                .and_then(|()| in_place(|| job(&self.store, hold)))
                .into();
        }
        let store = Arc::clone(&self.store);
        self.lanes.barrier(move |hold| job(&store, hold))
    }

    /// Clears what a function leaves. The function runs on this thread between the listing and the
    /// removal, while the lanes stand still.
    pub(super) fn clear_selected(
        &self,
        base: &str,
        cx: &Context,
        function: IgnoreFunction,
    ) -> MaybePromise<()> {
        let (prefix, path) = (base.to_owned(), self.base_path());
        let (store, mode) = (Arc::clone(&self.store), cx.mode);
        let listing = self.alone(cx, move |store, mut hold| {
            let listing = store.list(&prefix, None, true)?;
            hold.hand_to_caller();
            Ok((listing, hold))
        });
        let cleared = listing.and_then(move |(listing, mut hold)| {
            let folders = listing.folder_paths();
            let keys = match listing.filtered(&path, &function) {
                Ok(keys) => keys,
                Err(error) => return MaybePromise::err(error),
            };
            hold.take_from_caller();
            let job = move || {
                let outcome = store.remove_all(&keys, &folders);
                drop(hold);
                outcome
            };
            pool::run_in(mode, job)
        });
        self.driven(cleared)
    }

    /// The answer goes on even if nobody polls it, because others wait for its end.
    pub(super) fn driven<T: 'static>(&self, answer: MaybePromise<T>) -> MaybePromise<T> {
        let MaybePromise::Pending(future) = answer else {
            return answer;
        };
        let (sender, receiver) = oneshot::channel();
        self.host.spawn(Box::pin(async move {
            // The caller may have lost interest.
            let _ = sender.send(future.await);
        }));
        MaybePromise::pending(async move {
            receiver
                .await
                .unwrap_or_else(|_| Err(Error::new(Kind::Internal, "the environment has ended")))
        })
    }

    /// The base as text, for globs and functions.
    pub(super) fn base_path(&self) -> String {
        self.store.base.path().to_string_lossy().into_owned()
    }
}

/// Runs a job on the calling thread.
pub(super) fn in_place<T>(job: impl FnOnce() -> Result<T, Fault>) -> Result<T> {
    pool::guarded(job).map_err(Error::from)
}
