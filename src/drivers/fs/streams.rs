//! Values in pieces, from and to their files.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Fs;
use super::disk::{Folder, fault, split};
use super::dispatch::in_place;
use super::lanes::Lanes;
use super::publish::{Temporary, again};
use super::read::retry;
use super::store::Store;
use crate::driver::{ByteSink, ByteSource, Context, Outcome};
use crate::error::{Error, Fault, Kind, Result};
use crate::key::Key;
use crate::maybe::MaybePromise;
use crate::pool;

/// The most bytes that are read at once: 1 MiB.
const MAX_PIECE_BYTES: u64 = 1024 * 1024;

impl Fs {
    pub(super) fn open_source(
        &self,
        key: &Key,
        cx: &Context,
    ) -> MaybePromise<Option<Box<dyn ByteSource>>> {
        let opened = self.read(key.as_str(), cx, |_, _| None, Store::open_value);
        opened.map(|found| {
            found.map(|(file, size)| {
                Box::new(Source {
                    file: Arc::new(file),
                    size,
                    place: Arc::default(),
                }) as Box<dyn ByteSource>
            })
        })
    }

    pub(super) fn open_sink(&self, key: &Key, cx: &Context) -> MaybePromise<Box<dyn ByteSink>> {
        let key = match self.key(key.as_str()) {
            Ok(key) => key.into_owned(),
            Err(error) => return MaybePromise::err(error),
        };
        let sink = Sink {
            store: Arc::clone(&self.store),
            lanes: self.lanes.clone(),
            key: key.clone(),
            draft: Arc::default(),
        };
        if self.read_only {
            return MaybePromise::ok(Box::new(sink));
        }
        let (store, draft) = (Arc::clone(&self.store), Arc::clone(&sink.draft));
        let begun = pool::run_in(cx.mode, move || {
            *lock(&draft) = Some(store.begin_draft(&key)?);
            Ok(())
        });
        begun.map(|()| Box::new(sink) as Box<dyn ByteSink>)
    }
}

/// A file that was opened: a value that is put in its place later leaves it as it is.
struct Source {
    file: Arc<File>,
    size: u64,
    place: Arc<AtomicU64>,
}

impl ByteSource for Source {
    fn size(&self) -> u64 {
        self.size
    }

    fn read(&self, most: usize, cx: &Context) -> MaybePromise<Vec<u8>> {
        let (file, place) = (Arc::clone(&self.file), Arc::clone(&self.place));
        let size = self.size;
        pool::run_in(cx.mode, move || {
            let left = size.saturating_sub(place.load(Ordering::Relaxed));
            let wanted = left.min(most as u64).min(MAX_PIECE_BYTES);
            let mut piece = Vec::new();
            (&*file).take(wanted).read_to_end(&mut piece)?;
            place.fetch_add(piece.len() as u64, Ordering::Relaxed);
            if (piece.len() as u64) < wanted {
                let message = "the file became shorter while it was read";
                return Err(Fault::new(Kind::Corrupt, message));
            }
            Ok(piece)
        })
    }
}

/// A value that is not whole yet, beside its place.
struct Draft {
    temporary: Temporary<Folder>,
    /// The folder, relative to the base.
    parent: String,
    file: File,
    length: u64,
}

impl Store {
    fn begin_draft(&self, key: &str) -> Result<Draft, Fault> {
        self.check_sound()?;
        let _writing = self.lookups.writing();
        let begin = || {
            self.base.renew()?;
            let place = self.place(key)?;
            let (temporary, file) = Temporary::create(place.folder)?;
            Ok(Draft {
                temporary,
                parent: split(&place.path).0.to_owned(),
                file,
                length: 0,
            })
        };
        again(begin).map_err(fault)
    }

    fn publish_draft(&self, key: &str, draft: Draft) -> Result<(), Fault> {
        self.check_sound()?;
        let _writing = self.lookups.writing();
        self.base.renew().map_err(fault)?;
        let find = || {
            let place = self.place(key)?;
            self.root(split(&place.path).0)?;
            Ok(place)
        };
        let place = again(find).map_err(fault)?;
        let draft = if draft.parent == split(&place.path).0 {
            draft
        } else {
            self.move_draft(key, draft)?
        };
        let Draft {
            temporary,
            file,
            length,
            ..
        } = draft;
        let published = self.put_in_place(&place, temporary, file, length);
        published.map_err(fault)
    }

    /// The value has another folder by now.
    fn move_draft(&self, key: &str, mut draft: Draft) -> Result<Draft, Fault> {
        let mut moved = self.begin_draft(key)?;
        retry(|| draft.file.rewind())?;
        moved.length = io::copy(&mut draft.file, &mut moved.file)?;
        Ok(moved)
    }
}

/// Without a draft for a driver that ignores writes, and after the end.
struct Sink {
    store: Arc<Store>,
    lanes: Lanes,
    key: String,
    draft: Arc<Mutex<Option<Draft>>>,
}

/// A job that panicked under the lock leaves a draft that is not published.
fn lock(draft: &Mutex<Option<Draft>>) -> MutexGuard<'_, Option<Draft>> {
    draft.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ByteSink for Sink {
    fn write(&self, bytes: Vec<u8>, cx: &Context) -> MaybePromise<()> {
        let draft = Arc::clone(&self.draft);
        pool::run_in(cx.mode, move || {
            if let Some(draft) = &mut *lock(&draft) {
                draft.file.write_all(&bytes)?;
                draft.length += bytes.len() as u64;
            }
            Ok(())
        })
    }

    fn finish(&self, cx: &Context) -> MaybePromise<Outcome> {
        let Some(draft) = lock(&self.draft).take() else {
            return MaybePromise::ok(Outcome::Ignored);
        };
        let (store, key) = (Arc::clone(&self.store), self.key.clone());
        let lane = self.lanes.lane(&key);
        let job = move || store.publish_draft(&key, draft).map(|()| Outcome::Done);
        if cx.is_blocking() {
            let waited: Result<(), Error> = self.lanes.wait(lane);
            return waited.and_then(|()| in_place(job)).into();
        }
        self.lanes.run(lane, job)
    }

    fn abort(&self, cx: &Context) -> MaybePromise<()> {
        let draft = lock(&self.draft).take();
        pool::run_in(cx.mode, move || {
            drop(draft);
            Ok(())
        })
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let draft = lock(&self.draft).take();
        if draft.is_some() {
            // Removing a file can take long, and nobody waits for it.
            pool::submit(move || drop(draft));
        }
    }
}
