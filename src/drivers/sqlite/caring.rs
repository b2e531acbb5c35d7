//! What the driver offers beyond storing: see `care`.

use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use futures_channel::{mpsc, oneshot};
use futures_util::{FutureExt as _, StreamExt as _};

use super::Sqlite;
use super::care::{
    BackupOptions, Compacted, Copied, Report, Stats, backup, compact, stats, verify,
};
use super::connection::{Role, Site};
use super::faults::with_errno;
use super::options::Place;
use super::shared::Shared;
use super::wal_index::Link;
use crate::driver::{Context, Mode};
use crate::error::{Fault, Kind};
use crate::maybe::MaybePromise;
use crate::pool;

/// Hears how far a backup is; false ends it.
pub type Progress = Rc<dyn Fn(Copied) -> bool>;

/// The time after which a backup says that it is still there, so that it can be ended while it checks the
/// copy.
const SIGN_INTERVAL: Duration = Duration::from_millis(100);

impl Sqlite {
    /// Checks the file and every value, as of when the writes before it are done.
    pub fn verify(&self) -> MaybePromise<Report> {
        self.care(|shared| on_own_link(shared, |link| verify(link, &shared.site.tables, &|| false)))
    }

    /// Figures of the file and of this driver.
    pub fn stats(&self) -> MaybePromise<Stats> {
        let cache = self.front.borrow().cache_figures();
        self.care(move |shared| {
            let counters = &shared.writer.counters;
            on_own_link(shared, |link| {
                stats(link, &shared.site.tables, counters, cache)
            })
        })
    }

    /// Gives unused space back. Fails with `NOT_SUPPORTED` for a driver that only reads.
    pub fn compact(&self) -> MaybePromise<Compacted> {
        self.care(|shared| {
            if shared.site.read_only {
                let message = "A read-only driver cannot compact its file";
                return Err(Fault::new(Kind::NotSupported, message));
            }
            shared
                .writer
                .with(|link| compact(link).map_err(|fault| with_errno(fault, link)))
        })
    }

    /// Copies the file to `to`, an absolute path, on a thread of its own. `TIMEOUT` if `progress` ends it.
    pub fn backup(&self, to: PathBuf, overwrite: bool, progress: Progress) -> MaybePromise<Copied> {
        let (sender, mut receiver) = mpsc::channel(1);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let hearing = async move {
            while let Some(copied) = receiver.next().await {
                if !progress(copied) {
                    stopped.store(true, Ordering::Relaxed);
                }
            }
        };
        self.host.spawn(hearing.boxed_local());
        let options = BackupOptions { to, overwrite };
        let started = self.care(move |shared| start(Arc::clone(shared), options, sender, stop));
        started.and_then(pool::answer)
    }

    /// In the pool, after the writes that were asked for.
    fn care<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Arc<Shared>) -> Result<T, Fault> + Send + 'static,
    ) -> MaybePromise<T> {
        match self.check_open() {
            Ok(()) => self.after_writes(&Context::new(Mode::NonBlocking), job),
            Err(error) => MaybePromise::err(error),
        }
    }
}

/// A connection of its own, so that what takes long keeps no reader from its work.
fn on_own_link<T>(
    shared: &Shared,
    job: impl FnOnce(&Link) -> Result<T, Fault>,
) -> Result<T, Fault> {
    if shared.site.place == Place::Memory {
        return shared.writer.with(|link| job(link));
    }
    let link = shared.site.open(Role::Spare)?;
    job(&link).map_err(|fault| with_errno(fault, &link))
}

type Copying = oneshot::Receiver<Result<Copied, Fault>>;

fn start(
    shared: Arc<Shared>,
    options: BackupOptions,
    sender: mpsc::Sender<Copied>,
    stop: Arc<AtomicBool>,
) -> Result<Copying, Fault> {
    let (answer, copying) = oneshot::channel();
    let site = Arc::clone(&shared.site);
    let body = move || {
        let copied = pool::guarded(|| match site.place {
            Place::Memory => shared
                .writer
                .with(|link| copy(&site, link, &options, sender, &stop)),
            Place::File(_) => copy(&site, &site.open(Role::Spare)?, &options, sender, &stop),
        });
        // The receiver is gone if the environment ended: nobody wants the answer any more.
        let _ = answer.send(copied);
    };
    thread::Builder::new()
        .name("stowage-backup".into())
        .spawn(body)?;
    Ok(copying)
}

fn copy(
    site: &Site,
    link: &Link,
    options: &BackupOptions,
    sender: mpsc::Sender<Copied>,
    stop: &AtomicBool,
) -> Result<Copied, Fault> {
    let signs = Signs {
        sender: std::cell::RefCell::new(sender),
        last: std::cell::Cell::new((Instant::now(), Copied::default())),
    };
    let mut on_progress = |copied| signs.tell(copied);
    let is_stopped = || {
        signs.repeat();
        stop.load(Ordering::Relaxed) || signs.is_alone()
    };
    backup(link, &site.tables, options, &mut on_progress, &is_stopped)
        .map_err(|fault| with_errno(fault, link))
}

/// Tells how far a copy is. What nobody has taken yet is not overtaken: only the latest matters, and the
/// next one comes soon.
struct Signs {
    sender: std::cell::RefCell<mpsc::Sender<Copied>>,
    last: std::cell::Cell<(Instant, Copied)>,
}

impl Signs {
    fn tell(&self, copied: Copied) {
        self.last.set((Instant::now(), copied));
        // A full channel has a sign in it that was not heard yet.
        let _ = self.sender.borrow_mut().try_send(copied);
    }

    fn repeat(&self) {
        let (last, copied) = self.last.get();
        if last.elapsed() >= SIGN_INTERVAL {
            self.tell(copied);
        }
    }

    /// The environment has ended.
    fn is_alone(&self) -> bool {
        self.sender.borrow().is_closed()
    }
}
