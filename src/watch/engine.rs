//! The watching thread: turns hints of a source into reports.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::coalesce::{Coalescer, Hint, Sight, Time};
use super::filter::Filter;
use super::mailbox::{Mailbox, Message};
use super::options::Twins;
use super::own::Subscription;
use super::snapshot::MAX_FILES;
use super::source::{Change, Source};
use super::tree::{Identity, Node, Tree};
use crate::driver::EventKind;
use crate::error::{Fault, Kind};

/// The time between two looks for a base that is missing.
pub(super) const BASE_RETRY: Duration = Duration::from_millis(250);

/// The time after which a scan is repeated that could not see everything.
pub(super) const RESCAN_RETRY: Duration = Duration::from_secs(1);

/// The most reports that are gathered before they are sent.
const MAX_GATHERED: usize = 256;

/// What the thread owns. All of it is freed when the thread ends.
#[derive(Debug)]
pub(super) struct Engine {
    pub(super) tree: Tree,
    pub(super) filter: Filter,
    pub(super) twins: Option<Arc<dyn Twins>>,
    pub(super) source: Box<dyn Source>,
    pub(super) coalescer: Coalescer,
    pub(super) own: Subscription,
    pub(super) mailbox: Arc<Mailbox>,
    /// Folders have to be asked about on the orchestrating thread.
    pub(super) asks: bool,
    pub(super) ignore_initial: bool,
    pub(super) ignore_permission_errors: bool,
    pub(super) progress: Progress,
}

/// Where the thread stands.
#[derive(Debug)]
pub(super) struct Progress {
    started: Instant,
    /// When events were last read. All hints of one round bear this time, so that what a scan finds
    /// is looked at only after the events that were waiting meanwhile.
    now: Time,
    /// The number of the last scan.
    pub(super) scan: u64,
    /// When the tree must be scanned again.
    pub(super) rescan_due: Option<Time>,
    /// The base that is watched.
    pub(super) base: Option<Identity>,
    /// A file was missing, perhaps because the base is another one.
    missed: bool,
    /// Folders that could not be read, so that each is complained about once.
    pub(super) unreadable: BTreeSet<Arc<str>>,
    /// A limit is complained about once.
    limit_reported: bool,
    gathered: Vec<Message>,
}

impl Default for Progress {
    fn default() -> Self {
        Progress {
            started: Instant::now(),
            now: Time::ZERO,
            scan: 0,
            rescan_due: None,
            base: None,
            missed: false,
            unreadable: BTreeSet::new(),
            limit_reported: false,
            gathered: Vec::new(),
        }
    }
}

impl Engine {
    /// Watches until the mailbox is closed.
    ///
    /// # Errors
    /// The tree cannot be watched, or cannot be watched any longer.
    pub(super) fn run(mut self) -> Result<(), Fault> {
        self.establish()?;
        let mut changes = Vec::new();
        while !self.mailbox.is_closed() {
            self.source.wait(self.timeout(), &mut changes)?;
            self.progress.now = self.progress.started.elapsed();
            changes.drain(..).for_each(|change| self.apply(change));
            self.look_at_due();
            self.rescan_if_due();
            self.send_gathered();
        }
        Ok(())
    }

    pub(super) fn now(&self) -> Time {
        self.progress.now
    }

    fn establish(&mut self) -> Result<(), Fault> {
        fs::create_dir_all(self.tree.path(""))?;
        self.first_scan()?;
        self.progress.gathered.push(Message::Ready);
        self.send_gathered();
        if !self.ignore_initial {
            let known = self
                .coalescer
                .known
                .below("")
                .map(|(path, _)| Arc::clone(path));
            let reports = known.map(|path| Message::Report(EventKind::Update, path));
            self.mailbox.send(reports);
        }
        Ok(())
    }

    fn timeout(&self) -> Option<Duration> {
        let next = [self.coalescer.next_due(), self.progress.rescan_due]
            .into_iter()
            .flatten()
            .min()?;
        Some(next.saturating_sub(self.progress.started.elapsed()))
    }

    fn apply(&mut self, change: Change) {
        match change {
            Change::Hinted(path, hint) => self.apply_hint(&path, hint),
            Change::Folder(path) => self.adopt(&path.into()),
            // Once, however many events say so.
            Change::BaseGone | Change::Rescan => self.rescan_within(Duration::ZERO),
        }
    }

    fn apply_hint(&mut self, path: &str, hint: Hint) {
        let now = self.now();
        if hint == Hint::Gone {
            self.source.leave(path);
            let below: Vec<_> = self
                .coalescer
                .known
                .below(path)
                .map(|(path, _)| Arc::clone(path))
                .collect();
            below
                .iter()
                .for_each(|path| self.coalescer.hint(path, Hint::Gone, now));
        }
        if self.filter.admits_file(path) && self.is_way_open(path) {
            self.coalescer.hint(path, hint, now);
        }
    }

    /// Watches a folder that is new, or that took the place of a file.
    fn adopt(&mut self, path: &Arc<str>) {
        let now = self.now();
        if self.coalescer.known.contains(path) {
            self.coalescer.hint(path, Hint::Gone, now);
        }
        if self.filter.admits_folder(path) && self.is_way_open(path) {
            let admitted = self.not_ignored(vec![Arc::clone(path)]);
            admitted.iter().for_each(|folder| self.scan(folder));
        }
    }

    /// Folders that are not watched send no events, unless the source watches them all.
    fn is_way_open(&self, path: &str) -> bool {
        !self.source.is_recursive() || self.filter.admits_way_to(path)
    }

    /// Leaves out the folders that the orchestrating thread wants ignored.
    pub(super) fn not_ignored(&self, folders: Vec<Arc<str>>) -> Vec<Arc<str>> {
        if !self.asks || folders.is_empty() {
            return folders;
        }
        // Without an answer the watch is at its end.
        let ignored = self.mailbox.ask(folders.clone()).unwrap_or_default();
        let answered = folders.into_iter().zip(ignored);
        answered
            .filter(|(_, ignored)| !ignored)
            .map(|(folder, _)| folder)
            .collect()
    }

    fn look_at_due(&mut self) {
        let now = self.now();
        while let Some(path) = self.coalescer.due(now) {
            self.look(&path);
            if self.progress.gathered.len() >= MAX_GATHERED {
                self.send_gathered();
            }
        }
        // What happens to a folder above the base is seen in no other way.
        if std::mem::take(&mut self.progress.missed) && self.tree.identity() != self.progress.base {
            self.rescan_within(Duration::ZERO);
        }
        if self.coalescer.take_overflowed() {
            self.rescan_within(RESCAN_RETRY);
        }
        if self.coalescer.take_full() {
            self.complain(too_many_files());
        }
    }

    fn look(&mut self, path: &Arc<str>) {
        let before = self.own.view(path);
        let node = self.tree.look(path);
        let ours = before.in_flight || self.own.view(path) != before;
        let sight = match node {
            _ if ours => Sight::Busy,
            Node::File(stamp) => Sight::Present {
                stamp,
                fresh: stamp.is_fresh(SystemTime::now()),
            },
            Node::Folder | Node::Nothing => Sight::Absent,
            Node::Unknown => Sight::Unknown,
        };
        let own = if ours { None } else { before.last };
        let sight = if own.is_some() {
            self.own.consume(path, before);
            sight
        } else {
            self.compare_with_twins(path, sight)
        };
        self.progress.missed |= sight == Sight::Absent;
        let now = self.progress.started.elapsed();
        if let Some(kind) = self.coalescer.seen(path, own, sight, now) {
            self.progress
                .gathered
                .push(Message::Report(kind, Arc::clone(path)));
        }
        if node == Node::Folder && self.source.is_recursive() {
            self.adopt(path);
        }
    }

    fn rescan_if_due(&mut self) {
        if self
            .progress
            .rescan_due
            .is_some_and(|due| due <= self.now())
        {
            self.rescan();
        }
    }

    pub(super) fn rescan_within(&mut self, delay: Duration) {
        let due = self.now() + delay;
        let earlier = self.progress.rescan_due.filter(|earlier| *earlier < due);
        self.progress.rescan_due = Some(earlier.unwrap_or(due));
    }

    /// Tells about a failure that does not end the watch.
    pub(super) fn complain(&mut self, fault: Fault) {
        let is_limit = fault.kind == Kind::LimitExceeded;
        let known = (is_limit && self.progress.limit_reported) || self.is_tolerated(&fault);
        self.progress.limit_reported |= is_limit;
        if !known {
            self.progress.gathered.push(Message::Failed(fault));
        }
    }

    pub(super) fn is_tolerated(&self, fault: &Fault) -> bool {
        self.ignore_permission_errors && is_permission(fault)
    }

    fn send_gathered(&mut self) {
        if !self.progress.gathered.is_empty() {
            self.mailbox.send(self.progress.gathered.drain(..));
        }
    }
}

pub(super) fn is_permission(fault: &Fault) -> bool {
    fault
        .io
        .as_ref()
        .is_some_and(|io| io.kind() == ErrorKind::PermissionDenied)
}

pub(super) fn too_many_files() -> Fault {
    let message =
        format!("the watched folder holds more than {MAX_FILES} files: ignore some of them");
    Fault::new(Kind::LimitExceeded, message)
}
