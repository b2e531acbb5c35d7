//! Values in pieces, as the storage asks for them.

use std::borrow::Borrow;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use compact_str::CompactString;
use rusqlite::Connection;

use super::apply::Work;
use super::blobs::{Opened, Spool, ValueReader, open};
use super::dispatch::check_key;
use super::faults::with_errno;
use super::options::Place;
use super::pending::Pending;
use super::readers::disposed;
use super::reads;
use super::row::RowKind;
use super::shared::{Ends, Shared};
use super::slots::Slot;
use super::sweeping::Sweeping;
use super::time::lifetime;
use super::wal_index::Link;
use super::{Sqlite, outcome_of};
use crate::driver::{ByteSink, ByteSource, Context, Expiry, Outcome};
use crate::error::Fault;
use crate::host::Host;
use crate::key::Key;
use crate::maybe::MaybePromise;
use crate::pool;
use crate::value::{BlobKind, Value};

impl Borrow<Connection> for Link {
    fn borrow(&self) -> &Connection {
        self
    }
}

/// A value that is being read, with the connection that keeps its moment. Closing the driver takes it
/// away.
struct Reading {
    shared: Arc<Shared>,
    reader: Mutex<Option<ValueReader<Link>>>,
    size: u64,
    /// None for a small value, which keeps no connection.
    _slot: Option<Slot>,
}

impl Reading {
    fn read(&self, most: usize) -> Result<Vec<u8>, Fault> {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        reader.as_mut().ok_or_else(disposed)?.read(most)
    }
}

impl Ends for Reading {
    fn end(&self) {
        let reader = self
            .reader
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        // One that cannot end its transaction is closed, which ends it.
        let link = reader.and_then(ValueReader::into_connection);
        if let Some(link) = link.filter(|link| link.execute_batch("ROLLBACK").is_ok()) {
            self.shared.readers.give_back(link);
        }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.end();
    }
}

fn begin(
    shared: &Arc<Shared>,
    slot: Slot,
    key: &str,
    now: i64,
) -> Result<Option<Arc<Reading>>, Fault> {
    let Some(reader) = reader_of(shared, key, now)? else {
        return Ok(None);
    };
    let reading = Arc::new(Reading {
        size: reader.size(),
        shared: Arc::clone(shared),
        _slot: reader.keeps_connection().then_some(slot),
        reader: Mutex::new(Some(reader)),
    });
    let ends: Arc<dyn Ends> = Arc::clone(&reading) as Arc<dyn Ends>;
    shared.remember(&ends);
    Ok(Some(reading))
}

fn reader_of(shared: &Shared, key: &str, now: i64) -> Result<Option<ValueReader<Link>>, Fault> {
    if shared.site.place == Place::Memory {
        // There is no second connection to keep the moment; what is in memory anyway may be there twice.
        let found = shared
            .writer
            .with(|link| reads::get(link, &shared.site.sql, key, now))?;
        return found
            .map(|found| ValueReader::small(&Value::from(found.content)))
            .transpose();
    }
    let link = shared.readers.take()?;
    if let Err(error) = link.execute_batch("BEGIN") {
        return Err(with_errno(error.into(), &link));
    }
    match open(link, &shared.site.tables, key, now)? {
        Opened::Large(reader) => Ok(Some(reader)),
        Opened::Missing(link) => {
            give_back(shared, link)?;
            Ok(None)
        }
        Opened::Small(reader, link) => {
            give_back(shared, link)?;
            Ok(Some(reader))
        }
    }
}

fn give_back(shared: &Shared, link: Link) -> Result<(), Fault> {
    link.execute_batch("ROLLBACK")?;
    shared.readers.give_back(link);
    Ok(())
}

/// What a stream reads from.
struct Source(Arc<Reading>);

impl ByteSource for Source {
    fn size(&self) -> u64 {
        self.0.size
    }

    fn read(&self, most: usize, cx: &Context) -> MaybePromise<Vec<u8>> {
        let reading = Arc::clone(&self.0);
        pool::run_in(cx.mode, move || reading.read(most))
    }
}

/// What a stream writes into.
struct Sink {
    key: CompactString,
    /// `None` if writes are ignored.
    spool: Option<Arc<Mutex<Spool>>>,
    expiry: Expiry,
    shared: Arc<Shared>,
    pending: Rc<Pending>,
    closed: Rc<Cell<bool>>,
    sweeping: Rc<Sweeping>,
    host: Rc<dyn Host>,
}

impl ByteSink for Sink {
    fn write(&self, bytes: Vec<u8>, cx: &Context) -> MaybePromise<()> {
        match &self.spool {
            None => MaybePromise::ok(()),
            Some(_) if self.closed.get() => MaybePromise::err(disposed().into()),
            Some(spool) => {
                let spool = Arc::clone(spool);
                pool::run_in(cx.mode, move || locked(&spool, |spool| spool.write(&bytes)))
            }
        }
    }

    fn finish(&self, cx: &Context) -> MaybePromise<Outcome> {
        let Some(spool) = &self.spool else {
            return MaybePromise::ok(Outcome::Ignored);
        };
        if self.closed.get() {
            return MaybePromise::err(disposed().into());
        }
        let lifetime = match lifetime(self.expiry, || self.host.now_ms()) {
            Ok(lifetime) => lifetime,
            Err(error) => return MaybePromise::err(error),
        };
        let work = Work::Spooled {
            key: self.key.clone(),
            spool: Arc::clone(spool),
            lifetime,
        };
        if work.can_end() {
            self.sweeping.expect();
        }
        let now = super::time::whole(self.host.now_ms());
        let verdict = self.shared.write(&self.pending, work, now, cx);
        verdict.map(|verdict| outcome_of(&verdict))
    }

    fn abort(&self, _cx: &Context) -> MaybePromise<()> {
        // Its file has no name, and goes with the last handle.
        MaybePromise::ok(())
    }
}

/// Hands a spool to `act`. Nothing that runs under the lock panics on data, and a spool that was left half
/// written fails at its checksum.
pub(super) fn locked<T>(
    spool: &Mutex<Spool>,
    act: impl FnOnce(&mut Spool) -> Result<T, Fault>,
) -> Result<T, Fault> {
    act(&mut spool.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Sqlite {
    pub(super) fn begin_reading(
        &self,
        key: &Key,
        cx: &Context,
    ) -> MaybePromise<Option<Box<dyn ByteSource>>> {
        if let Err(error) = self.check_open() {
            return MaybePromise::err(error);
        }
        let now = self.now();
        let (key, ticket) = (key.as_str().to_owned(), self.pending.of(key.as_str()));
        self.with_slot(ticket, cx, move |shared, slot| {
            begin(shared, slot, &key, now)
        })
        .map(|reading| reading.map(|reading| Box::new(Source(reading)) as Box<dyn ByteSource>))
    }

    pub(super) fn begin_writing(&self, key: &Key, cx: &Context) -> MaybePromise<Box<dyn ByteSink>> {
        let checked = self.check_open().and_then(|()| check_key(key.as_str()));
        if let Err(error) = checked {
            return MaybePromise::err(error);
        }
        let site = &self.shared.site;
        let beside = match &site.place {
            Place::Memory => None,
            Place::File(path) => Some(path.clone()),
        };
        let most = self.max_value_bytes as u64;
        let kind = RowKind::Bytes(BlobKind::Buffer);
        let spool = (!site.read_only).then(|| Spool::new(beside, key.as_str(), kind, most));
        MaybePromise::ok(Box::new(Sink {
            key: key.as_str().into(),
            spool: spool.map(|spool| Arc::new(Mutex::new(spool))),
            expiry: cx.options.expiry,
            shared: Arc::clone(&self.shared),
            pending: Rc::clone(&self.pending),
            closed: Rc::clone(&self.closed),
            sweeping: Rc::clone(&self.sweeping),
            host: Rc::clone(&self.host),
        }))
    }
}
