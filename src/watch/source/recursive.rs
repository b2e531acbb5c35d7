//! Listens through `notify`, where the operating system watches whole trees: FSEvents on macOS,
//! `ReadDirectoryChangesW` on Windows.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind, RenameMode};
use notify::{ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::{Change, Opened, Source};
use crate::error::{Fault, Kind};
use crate::watch::coalesce::Hint;

/// The most events on their way from the system's thread; beyond it the tree is scanned.
const MAX_EVENTS: usize = 16_384;

enum Signal {
    Event(notify::Result<Event>),
    Stop,
}

struct Recursive {
    watcher: RecommendedWatcher,
    base: PathBuf,
    /// macOS reports the real path, whatever way the base was named.
    real_base: PathBuf,
    watching: bool,
    signals: Receiver<Signal>,
    lost: Arc<AtomicBool>,
    stopped: bool,
}

impl fmt::Debug for Recursive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recursive")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

pub(super) fn open(base: &Path) -> Result<Opened, Fault> {
    let (sender, signals) = mpsc::sync_channel(MAX_EVENTS);
    let lost = Arc::new(AtomicBool::new(false));
    let handler = forward(sender.clone(), Arc::clone(&lost));
    let watcher = notify::recommended_watcher(handler).map_err(fault)?;
    let source = Recursive {
        watcher,
        base: base.to_path_buf(),
        real_base: base.to_path_buf(),
        watching: false,
        signals,
        lost,
        stopped: false,
    };
    let stopper = Arc::new(move || {
        // A full channel wakes the receiver as well, and a missing one needs no waking.
        let _ = sender.try_send(Signal::Stop);
    });
    Ok((Box::new(source), stopper))
}

fn forward(sender: SyncSender<Signal>, lost: Arc<AtomicBool>) -> impl Fn(notify::Result<Event>) {
    move |event| {
        if let Err(TrySendError::Full(_)) = sender.try_send(Signal::Event(event)) {
            lost.store(true, Ordering::Release);
        }
    }
}

impl Source for Recursive {
    fn is_recursive(&self) -> bool {
        true
    }

    fn reports_closing(&self) -> bool {
        false
    }

    fn enter(&mut self, path: &Path, relative: &str) -> Result<bool, Fault> {
        if !relative.is_empty() || self.watching {
            return Ok(path.is_dir());
        }
        match self.watcher.watch(&self.base, RecursiveMode::Recursive) {
            Ok(()) => {
                self.watching = true;
                self.real_base = self
                    .base
                    .canonicalize()
                    .unwrap_or_else(|_| self.base.clone());
                Ok(true)
            }
            Err(error) if is_missing(&error) => Ok(false),
            Err(error) => Err(fault(error)),
        }
    }

    fn leave(&mut self, relative: &str) {
        if relative.is_empty() && std::mem::take(&mut self.watching) {
            // It fails if the system dropped the watch together with the folder.
            let _ = self.watcher.unwatch(&self.base);
        }
    }

    fn wait(&mut self, timeout: Option<Duration>, changes: &mut Vec<Change>) -> Result<(), Fault> {
        if self.stopped {
            return Ok(());
        }
        let first = match timeout {
            Some(timeout) => self.signals.recv_timeout(timeout),
            None => self
                .signals
                .recv()
                .map_err(|_| RecvTimeoutError::Disconnected),
        };
        match first {
            Ok(signal) => self.take(signal, changes)?,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => self.stopped = true,
        }
        while let Ok(signal) = self.signals.try_recv() {
            self.take(signal, changes)?;
        }
        if self.lost.swap(false, Ordering::AcqRel) {
            changes.push(Change::Rescan);
        }
        Ok(())
    }
}

impl Recursive {
    fn take(&mut self, signal: Signal, changes: &mut Vec<Change>) -> Result<(), Fault> {
        match signal {
            Signal::Stop => self.stopped = true,
            Signal::Event(Ok(event)) => self.translate(&event, changes),
            Signal::Event(Err(error)) if is_missing(&error) => {}
            Signal::Event(Err(error)) => return Err(fault(error)),
        }
        Ok(())
    }

    fn translate(&self, event: &Event, changes: &mut Vec<Change>) {
        if event.need_rescan() {
            changes.push(Change::Rescan);
        }
        for (index, path) in event.paths.iter().enumerate() {
            let Some(hint) = meaning(event.kind, index) else {
                continue;
            };
            let Some(relative) = self.relative(path) else {
                continue;
            };
            changes.extend(change(path, relative, hint, event.kind));
        }
    }

    /// The path below the base with `/`; `None` for names that are not UTF-8 and other places.
    fn relative(&self, path: &Path) -> Option<String> {
        let below = path
            .strip_prefix(&self.base)
            .or_else(|_| path.strip_prefix(&self.real_base))
            .ok()?;
        let names: Option<Vec<&str>> = below.iter().map(|name| name.to_str()).collect();
        Some(names?.join("/"))
    }
}

/// What a kind of event means for the path at `index`.
fn meaning(kind: EventKind, index: usize) -> Option<Hint> {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Some(Hint::Settled),
        EventKind::Access(_) => None,
        EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From)) => {
            Some(Hint::Gone)
        }
        EventKind::Modify(ModifyKind::Name(RenameMode::Both)) if index == 0 => Some(Hint::Gone),
        EventKind::Modify(ModifyKind::Name(RenameMode::To | RenameMode::Both)) => {
            Some(Hint::Arrived)
        }
        EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Any) => Some(Hint::Written),
        _ => Some(Hint::Touched),
    }
}

fn change(path: &Path, relative: String, hint: Hint, kind: EventKind) -> Option<Change> {
    if relative.is_empty() {
        return (hint == Hint::Gone).then_some(Change::BaseGone);
    }
    let relative = relative.into_boxed_str();
    if kind == EventKind::Create(CreateKind::Folder) {
        return Some(Change::Folder(relative));
    }
    // Windows reports a folder as modified whenever something in it changes.
    if hint == Hint::Written && path.is_dir() {
        return None;
    }
    Some(Change::Hinted(relative, hint))
}

fn is_missing(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::PathNotFound | ErrorKind::WatchNotFound => true,
        ErrorKind::Io(error) => error.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}

fn fault(error: notify::Error) -> Fault {
    match error.kind {
        ErrorKind::Io(io) => Fault::from(io),
        ErrorKind::MaxFilesWatch => Fault::new(
            Kind::LimitExceeded,
            "the system's limit of watched folders is reached",
        ),
        other => Fault::new(
            Kind::Io,
            format!("watching failed: {}", notify::Error::new(other)),
        ),
    }
}
