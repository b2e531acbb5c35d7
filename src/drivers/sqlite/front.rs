//! Reads through the cache, on the orchestrating thread.

use std::rc::Rc;
use std::sync::Arc;

use super::Sqlite;
use super::cache::Cache;
use super::connection::Site;
use super::faults::with_errno;
use super::reads::{self, Found};
use super::shared::Shared;
use super::wal_index::{Link, Stamp};
use crate::driver::Context;
use crate::error::{Fault, Result};
use crate::key::KeyList;
use crate::maybe::MaybePromise;
use crate::value::Value;

/// Batches of more keys go past the cache: they are scans, and would drive out what is read again.
const MAX_CACHED_BATCH: usize = 512;

/// What the orchestrating thread has for itself: a connection and the cache that is checked by it. A
/// database in memory has neither.
pub(super) struct Front {
    link: Option<Link>,
    cache: Cache,
}

impl Front {
    pub(super) fn new(link: Option<Link>, cache_bytes: usize) -> Self {
        let max_bytes = if link.is_some() { cache_bytes } else { 0 };
        Front {
            link,
            cache: Cache::new(max_bytes),
        }
    }

    pub(super) fn cache_hits(&self) -> u64 {
        self.cache.hits()
    }

    /// How often the cache knew the answer, and how often not.
    pub(super) fn cache_figures(&self) -> (u64, u64) {
        (self.cache.hits(), self.cache.misses())
    }

    /// Takes the connection away for good.
    pub(super) fn take(&mut self) -> Option<Link> {
        self.cache = Cache::new(0);
        self.link.take()
    }

    /// Reads in place: where pages are kept if nobody uses that, else on the own connection.
    pub(super) fn read<T>(
        &self,
        shared: &Shared,
        job: impl FnOnce(&Site, &Link) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let site = &*shared.site;
        let Some(link) = &self.link else {
            return shared.readers.with(|link| job(site, link));
        };
        shared
            .readers
            .with_first(|link: &Link| job(site, link))
            .unwrap_or_else(|job| job(link).map_err(|fault| with_errno(fault, link)))
    }

    /// What the cache knows of a key.
    fn get(&mut self, shared: &Shared, key: &str) -> Option<Option<Found>> {
        self.cache.get(key, self.link.as_ref()?, &shared.writer.own)
    }

    /// What it knows of several, if it knows all of them.
    fn get_all(&mut self, shared: &Shared, keys: &KeyList) -> Option<Vec<Option<Found>>> {
        let own = &shared.writer.own;
        self.cache.get_all(keys, self.link.as_ref()?, own)
    }

    fn keep<'k>(
        &mut self,
        shared: &Shared,
        read: impl Iterator<Item = (&'k str, Option<&'k Found>)>,
        stamp: Option<Stamp>,
    ) {
        if let Some(link) = &self.link {
            self.cache.keep(read, stamp, link, &shared.writer.own);
        }
    }
}

/// What `read` gives, with what the file held meanwhile if it held the same from the beginning to the end.
pub(super) fn stamped<T>(
    link: &Link,
    read: impl FnOnce() -> Result<T, Fault>,
) -> Result<(T, Option<Stamp>), Fault> {
    let before = link.pinned().or_else(|| link.stamp());
    let found = read()?;
    Ok((found, before.filter(|_| before == link.stamp())))
}

impl Sqlite {
    /// What the cache knows of a key; `None` if the file has to be asked.
    pub(super) fn known(&self, key: &str) -> Option<Result<Option<Found>>> {
        if let Err(error) = self.check_open() {
            return Some(Err(error));
        }
        if !self.shared.writer.is_done(self.pending.of(key)) {
            return None;
        }
        let found = self.front.borrow_mut().get(&self.shared, key)?;
        Some(Ok(self.living(found)))
    }

    /// The clock is that of JavaScript, which may call anything, so nothing may be borrowed here.
    fn living(&self, found: Option<Found>) -> Option<Found> {
        let is_over = |found: &Found| found.expires.is_some_and(|end| end <= self.now());
        found.filter(|found| !is_over(found))
    }

    pub(super) fn get_cached(&self, key: &str, cx: &Context) -> MaybePromise<Option<Value>> {
        if let Some(known) = self.known(key) {
            return known.map(into_value).into();
        }
        let now = self.now();
        let job = move |site: &Site, link: &Link, key: &str| {
            let (found, stamp) = stamped(link, || reads::get(link, &site.sql, key, now))?;
            Ok((key.to_owned(), found, stamp))
        };
        let (front, shared) = (Rc::clone(&self.front), Arc::clone(&self.shared));
        self.read_one(key, cx, job).map(move |(key, found, stamp)| {
            let read = std::iter::once((key.as_str(), found.as_ref()));
            front.borrow_mut().keep(&shared, read, stamp);
            into_value(found)
        })
    }

    pub(super) fn get_many_cached(
        &self,
        keys: KeyList,
        cx: &Context,
    ) -> MaybePromise<Vec<Option<Value>>> {
        let last = keys.iter().map(|key| self.pending.of(key)).max();
        let last = last.unwrap_or_default();
        let is_cached = keys.len() <= MAX_CACHED_BATCH;
        if is_cached && !self.closed.get() && self.shared.writer.is_done(last) {
            let known = self.front.borrow_mut().get_all(&self.shared, &keys);
            if let Some(known) = known {
                let living = known.into_iter().map(|found| self.living(found));
                return MaybePromise::ok(living.map(into_value).collect());
            }
        }
        let now = self.now();
        let job = move |site: &Site, link: &Link| {
            let read = || reads::get_many(link, &site.sql, &keys, now);
            let (found, stamp) = stamped(link, read)?;
            Ok((keys, found, stamp))
        };
        let (front, shared) = (Rc::clone(&self.front), Arc::clone(&self.shared));
        self.read(last, cx, job).map(move |(keys, found, stamp)| {
            if is_cached {
                let read = keys.iter().zip(found.iter().map(Option::as_ref));
                front.borrow_mut().keep(&shared, read, stamp);
            }
            found.into_iter().map(into_value).collect()
        })
    }
}

fn into_value(found: Option<Found>) -> Option<Value> {
    found.map(|found| found.content.into())
}
