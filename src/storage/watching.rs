//! Starts and stops the drivers' own watchers along with the first and last listener.

use std::collections::HashMap;
use std::rc::Rc;

use futures_util::FutureExt as _;
use futures_util::lock::Mutex;

use super::hub::{Interest, Listener};
use super::{Mount, Storage};
use crate::driver::{EventSink, Watch};
use crate::error::Result;
use crate::key;
use crate::maybe::MaybePromise;

/// Running watchers by mount point. The lock is held while watchers start or stop, so that a second
/// `watch` waits until the first has established them.
#[derive(Clone, Default)]
pub(super) struct Watching(Rc<Mutex<Watchers>>);

/// A driver that cannot watch has its place too, so that it is not asked again.
type Watchers = HashMap<Rc<str>, Option<Box<dyn Watch>>>;

impl Storage {
    /// Delivers changes of keys that start with `base` to `sink`, until [`Storage::unsubscribe`].
    /// Changes made after the answer are seen.
    pub fn subscribe(
        &self,
        base: &str,
        interest: Interest,
        sink: EventSink,
    ) -> MaybePromise<Listener> {
        let added = self
            .open()
            .and_then(|()| self.0.hub.add(base, interest, sink));
        let listener = match added {
            Ok(listener) => listener,
            Err(error) => return MaybePromise::err(error.operation("watch")),
        };
        let storage = self.clone();
        MaybePromise::pending(async move {
            match storage.start_watchers().await {
                Ok(()) => Ok(listener),
                Err(error) => {
                    storage.0.hub.remove(&listener);
                    storage.stop_idle_watchers().await?;
                    Err(error.operation("watch"))
                }
            }
        })
    }

    /// Ends a subscription. Nothing is delivered to it after the call.
    pub fn unsubscribe(&self, listener: &Listener) -> MaybePromise<()> {
        self.0.hub.remove(listener);
        let storage = self.clone();
        MaybePromise::pending(async move { storage.stop_idle_watchers().await })
    }

    /// Ends every subscription.
    pub fn stop_all_watches(&self) -> MaybePromise<()> {
        let was_listening = self.0.hub.is_listening();
        self.0.hub.remove_all();
        if !was_listening {
            return MaybePromise::ok(());
        }
        let storage = self.clone();
        MaybePromise::pending(async move { storage.stop_idle_watchers().await })
    }

    pub(super) fn into_watch(self, listener: Listener) -> Box<dyn Watch> {
        Box::new(Subscribed {
            storage: self,
            listener,
        })
    }

    pub(super) fn watch_new_mount(&self, base: &str) {
        if !self.0.hub.is_listening() {
            return;
        }
        let (storage, base) = (self.clone(), base.to_owned());
        let host = Rc::clone(&self.0.host);
        self.0.host.spawn(
            async move {
                let restarted = async {
                    storage.stop_watcher(&base).await?;
                    storage.start_watchers().await
                };
                if let Err(error) = restarted.await {
                    host.report_uncaught(error.operation("watch"));
                }
            }
            .boxed_local(),
        );
    }

    pub(super) fn stop_watching_mount(&self, base: &str) -> MaybePromise<()> {
        if !self.0.hub.is_listening() {
            return MaybePromise::ok(());
        }
        let (storage, base) = (self.clone(), base.to_owned());
        MaybePromise::pending(async move { storage.stop_watcher(&base).await })
    }

    async fn stop_watcher(&self, base: &str) -> Result<()> {
        let Watching(watchers) = self.0.watching.clone();
        let stopped = watchers.lock().await.remove(base).flatten();
        match stopped {
            Some(watcher) => watcher.stop().resolve().await,
            None => Ok(()),
        }
    }

    async fn start_watchers(&self) -> Result<()> {
        let Watching(watchers) = self.0.watching.clone();
        let mut running = watchers.lock().await;
        let mounts: Vec<Mount> = self.0.mounts.borrow().iter().cloned().collect();
        for mount in mounts {
            if running.contains_key(&mount.base) || !self.0.hub.is_listening() {
                continue;
            }
            let watcher = mount.driver.watch(self.sink_of(&mount)).resolve().await?;
            running.insert(Rc::clone(&mount.base), watcher);
        }
        Ok(())
    }

    async fn stop_idle_watchers(&self) -> Result<()> {
        let Watching(watchers) = self.0.watching.clone();
        let mut running = watchers.lock().await;
        if self.0.hub.is_listening() {
            return Ok(());
        }
        let mut outcome = Ok(());
        for watcher in running.drain().filter_map(|(_, watcher)| watcher) {
            outcome = outcome.and(watcher.stop().resolve().await);
        }
        outcome
    }

    /// Turns a driver's events into events of the storage: full keys, and only of keys that the
    /// mount answers for.
    fn sink_of(&self, mount: &Mount) -> EventSink {
        let storage = Rc::downgrade(&self.0);
        let base = Rc::clone(&mount.base);
        Rc::new(move |kind, relative| {
            let Some(inner) = storage.upgrade() else {
                return;
            };
            let full = format!("{base}{}", key::canonical(relative));
            let is_own = inner.mounts.borrow().find(&full).base == base;
            if is_own && !inner.implied.covers(kind, &full) {
                inner.hub.publish(kind, &full);
            }
        })
    }
}

/// A subscription seen as a watch, for storages that are mounted as drivers.
struct Subscribed {
    storage: Storage,
    listener: Listener,
}

impl Watch for Subscribed {
    fn stop(self: Box<Self>) -> MaybePromise<()> {
        self.storage.unsubscribe(&self.listener)
    }
}
