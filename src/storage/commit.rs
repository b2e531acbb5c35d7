//! Commits: by the driver if it can, else under a lock, as far as one key goes.

use std::rc::Rc;

use compact_str::CompactString;

use super::{Route, Storage};
use crate::driver::{
    Addition, Change, Check, Commit, Context, Driver, EventKind, Expiry, Outcome, Verdict, Write,
    add,
};
use crate::error::{Error, Kind, Result};
use crate::key::{self, Key};
use crate::maybe::MaybePromise;
use crate::value::Value;

impl Storage {
    /// Carries a commit out, whose keys are full. Without [`crate::driver::Capabilities::transactions`]
    /// it may concern one key only; then no other commit of this storage comes between, but a plain
    /// write may.
    pub(super) fn commit_in_one(&self, commit: Commit, cx: &Context) -> MaybePromise<Verdict> {
        let routed = self.open().and_then(|()| self.route_of_all(&commit));
        let route = match routed {
            Ok(Some(route)) => route,
            Ok(None) => return MaybePromise::ok(Verdict::Committed(Vec::new())),
            Err(error) => return MaybePromise::err(error),
        };
        let driver = Rc::clone(&route.driver);
        let (storage, cx, mode) = (self.clone(), cx.clone(), cx.mode);
        let committed = MaybePromise::begin(mode, async move {
            if route.driver.capabilities().transactions {
                storage.commit_below(&*route.driver, commit, &cx).await
            } else {
                storage.emulate(&route, commit, &cx).await
            }
        });
        committed.map_err(move |error| error.driver(driver.name()))
    }

    /// The driver of all keys; `None` if there is no key.
    fn route_of_all(&self, commit: &Commit) -> Result<Option<Route>> {
        let mut common: Option<Route> = None;
        for key in keys_of(commit) {
            let route = self.route(Key::literal(key))?;
            match &common {
                Some(first) if !Rc::ptr_eq(&first.driver, &route.driver) => {
                    let message = "keys of several drivers cannot be written together";
                    return Err(Error::new(Kind::NotSupported, message).key(key));
                }
                Some(_) => {}
                None => common = Some(route),
            }
        }
        Ok(common)
    }

    fn relative_key(&self, key: &str) -> Result<CompactString> {
        let route = self.route(Key::literal(key))?;
        Ok(route.relative(Key::literal(key)).as_str().into())
    }

    /// The same commit with keys as the driver knows them.
    fn relative_commit(&self, commit: &Commit) -> Result<Commit> {
        let check = |check: &Check| {
            let key = self.relative_key(&check.key)?;
            Ok(Check {
                key,
                expected: check.expected.clone(),
            })
        };
        let write = |write: &Write| {
            let key = self.relative_key(&write.key)?;
            Ok(Write {
                key,
                change: write.change.clone(),
            })
        };
        Ok(Commit {
            checks: commit.checks.iter().map(check).collect::<Result<_>>()?,
            writes: commit.writes.iter().map(write).collect::<Result<_>>()?,
        })
    }

    async fn commit_below(
        &self,
        driver: &dyn Driver,
        full: Commit,
        cx: &Context,
    ) -> Result<Verdict> {
        let relative = self.relative_commit(&full)?;
        let full_key = |relative: &str| {
            let mut keys = keys_of(&full);
            keys.find(|key| {
                key.ends_with(relative) && self.relative_key(key).is_ok_and(|own| own == relative)
            })
        };
        match driver.commit(relative, cx).resolve().await {
            Ok(Verdict::Conflict(key)) => Ok(Verdict::Conflict(
                full_key(&key).map_or(key.clone(), CompactString::from),
            )),
            Ok(verdict @ Verdict::Committed(_)) => {
                self.publish_commit(driver, &full);
                Ok(verdict)
            }
            Ok(Verdict::Ignored) => Ok(Verdict::Ignored),
            Err(error) => {
                let key = error.key_name().and_then(full_key);
                Err(match key {
                    Some(key) => error.key(key),
                    None => error,
                })
            }
        }
    }

    fn publish_commit(&self, driver: &dyn Driver, commit: &Commit) {
        for Write { key, change } in &commit.writes {
            let kind = match change {
                Change::Remove if key::is_meta(key) => continue,
                Change::Remove => EventKind::Remove,
                Change::Set { .. } | Change::Add(_) => EventKind::Update,
            };
            self.publish_outcome(driver, kind, key, Outcome::Done);
        }
    }

    /// Reads, compares and writes one key under its lock.
    async fn emulate(&self, route: &Route, commit: Commit, cx: &Context) -> Result<Verdict> {
        let key = one_key(&commit)?;
        let located = |error: Error| error.key(&key);
        let _locked = self.0.locks.lock(&key).await;
        let (driver, own) = (&*route.driver, route.relative(Key::literal(&key)));
        for Check { expected, .. } in &commit.checks {
            if !holds(driver, own, expected.as_ref(), cx)
                .await
                .map_err(located)?
            {
                return Ok(Verdict::Conflict(key));
            }
        }
        let mut end = Sum::default();
        for Write { change, .. } in &commit.writes {
            end.add(change, driver, own, cx).await.map_err(located)?;
        }
        let (change, sums) = (end.change, end.sums);
        let outcome = match change {
            None => Outcome::Done,
            Some(change) => write(driver, own, change, cx).await.map_err(located)?,
        };
        if outcome == Outcome::Ignored {
            return Ok(Verdict::Ignored);
        }
        self.publish_commit(driver, &commit);
        Ok(Verdict::Committed(sums))
    }
}

fn keys_of(commit: &Commit) -> impl Iterator<Item = &str> {
    let checked = commit.checks.iter().map(|check| check.key.as_str());
    checked.chain(commit.writes.iter().map(|write| write.key.as_str()))
}

/// # Errors
/// `NOT_SUPPORTED` for more than one key.
fn one_key(commit: &Commit) -> Result<CompactString> {
    let mut keys = keys_of(commit);
    let first = keys.next().unwrap_or_default();
    if keys.any(|key| key != first) {
        let message = "The driver does not support transactions";
        return Err(Error::new(Kind::NotSupported, message));
    }
    Ok(first.into())
}

/// True if the value is what is expected. It is read as it was written, as far as that can be told.
async fn holds(
    driver: &dyn Driver,
    key: &Key,
    expected: Option<&Value>,
    cx: &Context,
) -> Result<bool> {
    let Some(expected) = expected else {
        return Ok(!driver.has(key, cx).resolve().await?);
    };
    let stored = match expected {
        Value::Text(_) => driver.get(key, cx),
        Value::Bytes(_) | Value::Foreign(_) => driver.get_raw(key, cx),
    };
    let stored = stored.resolve().await?;
    Ok(stored.is_some_and(|stored| expected.is_same(&stored.detached())))
}

/// Several changes of one key as one.
#[derive(Default)]
struct Sum {
    change: Option<Change>,
    sums: Vec<f64>,
}

impl Sum {
    async fn add(
        &mut self,
        change: &Change,
        driver: &dyn Driver,
        key: &Key,
        cx: &Context,
    ) -> Result<()> {
        self.change = Some(match change {
            Change::Add(addition) => self.added(addition, driver, key, cx).await?,
            other => other.clone(),
        });
        Ok(())
    }

    async fn added(
        &mut self,
        addition: &Addition,
        driver: &dyn Driver,
        key: &Key,
        cx: &Context,
    ) -> Result<Change> {
        let (stored, expiry) = match self.change.take() {
            Some(Change::Set { value, expiry }) => (Some(value), expiry),
            Some(Change::Remove) => (None, Expiry::Never),
            Some(Change::Add(_)) | None => (driver.get(key, cx).resolve().await?, Expiry::Keep),
        };
        let (value, sum) = add(stored.as_ref(), addition)?;
        self.sums.push(sum);
        Ok(Change::Set { value, expiry })
    }
}

async fn write(driver: &dyn Driver, key: &Key, change: Change, cx: &Context) -> Result<Outcome> {
    let Change::Set { value, expiry } = change else {
        return driver.remove(key, cx).resolve().await;
    };
    let mut cx = cx.clone();
    cx.options.expiry = pinned(driver, key, expiry, &cx).await?;
    let stored = match value {
        text @ Value::Text(_) => driver.set(key, text, &cx),
        raw => driver.set_raw(key, raw, &cx),
    };
    stored.resolve().await
}

/// The end that is kept as a time of its own: the old value may be gone when the new one arrives, in
/// drivers that hold writes back.
async fn pinned(driver: &dyn Driver, key: &Key, expiry: Expiry, cx: &Context) -> Result<Expiry> {
    if expiry != Expiry::Keep || !driver.capabilities().ttl {
        return Ok(expiry);
    }
    let meta = driver.meta(key, cx).resolve().await?;
    let end = meta.and_then(|meta| meta.expires_ms);
    Ok(end.map_or(Expiry::Never, Expiry::At))
}
