//! Listens to inotify: one watch per folder, one thread, nothing between the kernel and the caller.
//!
//! Why not through `notify` on Linux: it asks the kernel for every opening of a file, so that each
//! read of a value by this very process would be an event (and a batch of reads an overflow), and
//! it hands events over from a thread of its own.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::mem::MaybeUninit;
use std::ops::Bound;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io::Errno;

use super::{Change, Opened, Source, child};
use crate::error::{Fault, Kind};
use crate::watch::coalesce::Hint;

/// Bytes for events read at one time, at least 240 of them.
const BUFFER_BYTES: usize = 64 * 1024;

/// The most changes taken at one time, so that reports go out during a long burst.
const MAX_CHANGES: usize = 4_096;

/// What is asked of the kernel for each folder. Openings and readings are none of our business.
const FOLDER_EVENTS: WatchFlags = WatchFlags::CREATE
    .union(WatchFlags::MODIFY)
    .union(WatchFlags::ATTRIB)
    .union(WatchFlags::CLOSE_WRITE)
    .union(WatchFlags::MOVED_FROM)
    .union(WatchFlags::MOVED_TO)
    .union(WatchFlags::DELETE)
    .union(WatchFlags::EXCL_UNLINK)
    .union(WatchFlags::ONLYDIR);

/// What is asked of the kernel for a folder in which the base stands. A folder that somebody holds
/// open is not reported as removed itself, and the driver holds its base.
const HOLDER_EVENTS: WatchFlags = WatchFlags::DELETE
    .union(WatchFlags::MOVED_FROM)
    .union(WatchFlags::MOVED_TO)
    .union(WatchFlags::MOVE_SELF)
    .union(WatchFlags::ONLYDIR);

/// A folder in which the base stands.
#[derive(Debug)]
struct Holder {
    watch: i32,
    /// The name that the base has in it.
    name: OsString,
}

impl Holder {
    /// True if the event is about the base, or about the folder itself.
    fn is_meant(&self, event: &inotify::Event<'_>) -> bool {
        event.wd() == self.watch
            && event
                .file_name()
                .is_none_or(|name| name.to_bytes() == self.name.as_bytes())
    }
}

#[derive(Debug)]
struct Inotify {
    queue: OwnedFd,
    stop: Arc<OwnedFd>,
    folders: HashMap<i32, Arc<str>>,
    watches: BTreeMap<Arc<str>, i32>,
    holders: Vec<Holder>,
    buffer: Vec<MaybeUninit<u8>>,
}

pub(super) fn open() -> Result<Opened, Fault> {
    let queue = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).map_err(no_instance)?;
    let stop = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map_err(io_fault)?;
    let stop = Arc::new(stop);
    let source = Inotify {
        queue,
        stop: Arc::clone(&stop),
        folders: HashMap::new(),
        watches: BTreeMap::new(),
        holders: Vec::new(),
        buffer: vec![MaybeUninit::uninit(); BUFFER_BYTES],
    };
    let stopper = Arc::new(move || {
        // The counter is never read back, so it can only fail by being set already.
        let _ = rustix::io::write(&*stop, &1u64.to_ne_bytes());
    });
    Ok((Box::new(source), stopper))
}

impl Source for Inotify {
    fn is_recursive(&self) -> bool {
        false
    }

    fn reports_closing(&self) -> bool {
        true
    }

    fn enter(&mut self, path: &Path, relative: &str) -> Result<bool, Fault> {
        let base_events = WatchFlags::DELETE_SELF | WatchFlags::MOVE_SELF;
        // The base may be a link that its owner has set; nothing below it is followed.
        let own = if relative.is_empty() {
            // First, so that a base that is replaced meanwhile is noticed.
            self.watch_holders(path)?;
            base_events
        } else {
            WatchFlags::DONT_FOLLOW
        };
        match inotify::add_watch(&self.queue, path, FOLDER_EVENTS | own) {
            Ok(watch) => {
                self.remember(watch, relative);
                Ok(true)
            }
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(false),
            // A folder whose path is longer than the kernel takes is out of reach of a watch.
            Err(Errno::NAMETOOLONG) if !relative.is_empty() => Ok(false),
            Err(Errno::NOSPC) => Err(no_watch()),
            Err(errno) => Err(io_fault(errno)),
        }
    }

    fn leave(&mut self, relative: &str) {
        if relative.is_empty() {
            self.leave_holders();
        }
        for path in self.entered(relative) {
            let Some(watch) = self.watches.remove(&path) else {
                continue;
            };
            self.folders.remove(&watch);
            // It fails if the kernel dropped the watch together with the folder.
            let _ = inotify::remove_watch(&self.queue, watch);
        }
    }

    fn wait(&mut self, timeout: Option<Duration>, changes: &mut Vec<Change>) -> Result<(), Fault> {
        let timeout = timeout.map(|timeout| {
            Timespec::try_from(timeout).unwrap_or(Timespec {
                tv_sec: 1,
                tv_nsec: 0,
            })
        });
        let mut ready = [
            PollFd::new(&self.queue, PollFlags::IN),
            PollFd::new(&self.stop, PollFlags::IN),
        ];
        match poll(&mut ready, timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(io_fault(errno)),
        }
        self.read(changes)
    }
}

impl Inotify {
    /// Watches what happens to the name of the base. A link and what it leads to have one each.
    fn watch_holders(&mut self, base: &Path) -> Result<(), Fault> {
        self.watch_holder(base)?;
        match base.canonicalize() {
            Ok(real) if real != base => self.watch_holder(&real),
            // A base that is missing is looked for anyway.
            _ => Ok(()),
        }
    }

    fn watch_holder(&mut self, base: &Path) -> Result<(), Fault> {
        let (Some(folder), Some(name)) = (base.parent(), base.file_name()) else {
            return Ok(());
        };
        match inotify::add_watch(&self.queue, folder, HOLDER_EVENTS) {
            Ok(watch) => {
                let name = name.to_owned();
                self.holders.push(Holder { watch, name });
                Ok(())
            }
            // A folder that may be entered but not read: the base is missed with its first file.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::ACCESS) => Ok(()),
            Err(Errno::NOSPC) => Err(no_watch()),
            Err(errno) => Err(io_fault(errno)),
        }
    }

    fn leave_holders(&mut self) {
        for holder in self.holders.drain(..) {
            // It fails if the folder is gone, or was the same for the link and the base.
            let _ = inotify::remove_watch(&self.queue, holder.watch);
        }
    }

    /// The kernel knows a folder by its inode: a folder that was moved keeps its number.
    fn remember(&mut self, watch: i32, relative: &str) {
        let relative: Arc<str> = relative.into();
        let before = self.folders.insert(watch, Arc::clone(&relative));
        if let Some(before) = before.filter(|before| self.watches.get(before) == Some(&watch)) {
            self.watches.remove(&before);
        }
        self.watches.insert(relative, watch);
    }

    /// The watched folders at and below `relative`.
    fn entered(&self, relative: &str) -> Vec<Arc<str>> {
        if relative.is_empty() {
            return self.watches.keys().cloned().collect();
        }
        let below = format!("{relative}/");
        let itself = self
            .watches
            .get_key_value(relative)
            .map(|(path, _)| Arc::clone(path));
        let inside = self
            .watches
            .range::<str, _>((Bound::Included(below.as_str()), Bound::Unbounded))
            .map(|(path, _)| path);
        let inside = inside.take_while(|path| path.starts_with(&below)).cloned();
        itself.into_iter().chain(inside).collect()
    }

    fn read(&mut self, changes: &mut Vec<Change>) -> Result<(), Fault> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let result = self.read_into(&mut buffer, changes);
        self.buffer = buffer;
        result
    }

    fn read_into(
        &mut self,
        buffer: &mut [MaybeUninit<u8>],
        changes: &mut Vec<Change>,
    ) -> Result<(), Fault> {
        let mut dropped = Vec::new();
        {
            let mut reader = inotify::Reader::new(&self.queue, buffer);
            while changes.len() < MAX_CHANGES || !reader.is_buffer_empty() {
                let event = match reader.next() {
                    Ok(event) => event,
                    Err(Errno::INTR) => continue,
                    Err(Errno::WOULDBLOCK) => break,
                    Err(errno) => return Err(io_fault(errno)),
                };
                if event.events().contains(ReadFlags::IGNORED) {
                    dropped.push(event.wd());
                }
                if self.holders.iter().any(|holder| holder.is_meant(&event)) {
                    changes.push(Change::BaseGone);
                }
                let folder = self.folders.get(&event.wd());
                changes.extend(translate(&event, folder.map(AsRef::as_ref)));
            }
        }
        dropped.into_iter().for_each(|watch| self.forget(watch));
        Ok(())
    }

    /// The kernel has ended a watch, because its folder is gone.
    fn forget(&mut self, watch: i32) {
        let Some(path) = self.folders.remove(&watch) else {
            return;
        };
        // A folder of the same name may have been entered since.
        if self.watches.get(&path) == Some(&watch) {
            self.watches.remove(&path);
        }
    }
}

/// What an event in `folder` means; `None` for a folder that is not watched any more.
fn translate(event: &inotify::Event<'_>, folder: Option<&str>) -> Option<Change> {
    let flags = event.events();
    if flags.contains(ReadFlags::QUEUE_OVERFLOW) {
        return Some(Change::Rescan);
    }
    let folder = folder?;
    let Some(name) = event.file_name() else {
        let gone = ReadFlags::DELETE_SELF | ReadFlags::MOVE_SELF | ReadFlags::UNMOUNT;
        return (folder.is_empty() && flags.intersects(gone)).then_some(Change::BaseGone);
    };
    let path = child(folder, name.to_str().ok()?);
    if flags.intersects(ReadFlags::DELETE | ReadFlags::MOVED_FROM) {
        return Some(Change::Hinted(path, Hint::Gone));
    }
    if flags.contains(ReadFlags::ISDIR) {
        return Some(Change::Folder(path));
    }
    Some(Change::Hinted(path, file_hint(flags)))
}

fn file_hint(flags: ReadFlags) -> Hint {
    if flags.contains(ReadFlags::MOVED_TO) {
        Hint::Arrived
    } else if flags.contains(ReadFlags::CLOSE_WRITE) {
        Hint::Settled
    } else if flags.contains(ReadFlags::MODIFY) {
        Hint::Written
    } else {
        Hint::Touched
    }
}

fn io_fault(errno: Errno) -> Fault {
    Fault::from(std::io::Error::from(errno))
}

fn no_watch() -> Fault {
    let message = "the system's limit of watched folders is reached: raise fs.inotify.max_user_watches, \
                   ignore large folders, or use `usePolling`";
    Fault {
        kind: Kind::LimitExceeded,
        message: message.into(),
        io: Some(Errno::NOSPC.into()),
    }
}

fn no_instance(errno: Errno) -> Fault {
    let fault = io_fault(errno);
    if errno != Errno::MFILE {
        return fault;
    }
    let hint = "no file descriptor or inotify instance is left: raise `ulimit -n` or \
                fs.inotify.max_user_instances, or use `usePolling`";
    Fault {
        message: format!("{}: {hint}", fault.message).into(),
        ..fault
    }
}
