//! Decides which changes of files are reported, and when.
//!
//! A pure state machine: it is fed with hints that something happened to a file, with what a look at
//! the file then showed, and with the time; it says which file to look at when, and what to report.
//! A hint only ever decides *when* to look. *Whether* something is reported follows from comparing
//! what is seen with what listeners know, so doubled, late and meaningless hints are harmless.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use super::options::AwaitWriteFinish;
use super::own::Own;
use super::snapshot::{Known, Snapshot};
use super::stamp::Stamp;
use super::temporary;
use crate::driver::EventKind;

/// The time since the watch began.
pub(super) type Time = Duration;

/// A file is not reported again within this time; its last state follows at the end.
pub(super) const DEBOUNCE: Duration = Duration::from_millis(50);

/// How long a file must be left alone before it counts as written, where the system does not say
/// that it was closed.
pub(super) const SETTLE: Duration = Duration::from_millis(50);

/// The same where the system says it, so that only files which somebody keeps open, and links, wait
/// so long: a writer that was interrupted has time to go on.
pub(super) const SETTLE_UNCLOSED: Duration = Duration::from_millis(250);

/// The longest time that a file which is written to all the time goes unreported.
pub(super) const MAX_HOLD: Duration = Duration::from_secs(1);

/// How long a young file that a scan found is left alone: whoever writes it will close it soon, and
/// a file that was closed before the scan should not wait long.
pub(super) const SCAN_SETTLE: Duration = Duration::from_millis(10);

/// The time between two looks at a file that this process is publishing.
pub(super) const OWN_RETRY: Duration = Duration::from_millis(1);

/// The most files about which something is undecided at one time. Hints beyond it are dropped and a
/// rescan is asked for.
pub(super) const MAX_ACTIVE: usize = 1 << 18;

/// Something may have happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    /// It was created or its attributes changed.
    Touched,
    /// Its content changed; more may follow.
    Written,
    /// A writer closed it.
    Settled,
    /// It was moved here as a whole.
    Arrived,
    /// It was removed or moved away.
    Gone,
    /// A scan found it new or changed; `fresh` as in [`Known::fresh`].
    Found {
        /// Somebody may still be writing it.
        fresh: bool,
    },
}

/// What a look at a file showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// There is no such file.
    Absent,
    /// There is.
    Present {
        /// Its state.
        stamp: Stamp,
        /// As in [`Known::fresh`].
        fresh: bool,
    },
    /// There is no such file, but one that stands for the same thing and that listeners know.
    Replaced,
    /// This process is changing it, so the look proves nothing.
    Busy,
    /// It could not be looked at.
    Unknown,
}

/// How long to wait for what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Windows {
    /// After a change that no close followed: [`SETTLE`] or [`SETTLE_UNCLOSED`].
    pub(super) settle: Duration,
    /// Between a removal and its report, so that creating the file again makes it a change.
    pub(super) removal: Duration,
    /// When a file counts as completely written, if that is asked for.
    pub(super) finish: Option<AwaitWriteFinish>,
}

/// A file about which something is undecided, or that was reported a moment ago.
#[derive(Debug, Default)]
struct Active {
    /// When to look at it.
    due: Option<Time>,
    /// When the first undecided hint came.
    since: Option<Time>,
    /// No report before this time.
    quiet_until: Time,
    /// When the earliest valid entry of the timer queue fires.
    timer: Option<Time>,
    /// Its content was changed since the last look.
    written: bool,
    /// It was absent or said to be gone, so that its removal is due.
    gone: bool,
    /// What it looked like, and since when, while it is waited for its end of writing.
    finishing: Option<(Stamp, Time)>,
}

/// The state machine. See the module.
#[derive(Debug)]
pub(super) struct Coalescer {
    pub(super) known: Snapshot,
    windows: Windows,
    active: HashMap<Arc<str>, Active>,
    timers: BinaryHeap<Reverse<(Time, Arc<str>)>>,
    overflowed: bool,
    full: bool,
}

impl Coalescer {
    pub(super) fn new(known: Snapshot, windows: Windows) -> Self {
        Coalescer {
            known,
            windows,
            active: HashMap::new(),
            timers: BinaryHeap::new(),
            overflowed: false,
            full: false,
        }
    }

    /// Takes note of a hint.
    pub(super) fn hint(&mut self, path: &str, hint: Hint, now: Time) {
        let Some((path, mut active)) = self.take(path) else {
            return;
        };
        active.since.get_or_insert(now);
        if let Some(due) = self.due_after(&path, hint, &mut active, now) {
            active.due = Some(due.max(active.quiet_until));
        }
        active.gone = hint == Hint::Gone;
        active.written |= hint == Hint::Written;
        self.put(path, active, now);
    }

    /// The next file to look at, if one is due. [`Coalescer::seen`] must follow.
    pub(super) fn due(&mut self, now: Time) -> Option<Arc<str>> {
        while let Some(Reverse((time, _))) = self.timers.peek() {
            if *time > now {
                return None;
            }
            let Reverse((time, path)) = self.timers.pop()?;
            let Some(active) = self
                .active
                .get_mut(&path)
                .filter(|active| active.timer == Some(time))
            else {
                continue;
            };
            active.timer = None;
            if active.due.is_some_and(|due| due <= now) {
                active.due = None;
                active.since = None;
                return Some(path);
            }
            let Some((path, active)) = self.active.remove_entry(&path) else {
                continue;
            };
            self.put(path, active, now);
        }
        None
    }

    /// When [`Coalescer::due`] may next have something.
    pub(super) fn next_due(&self) -> Option<Time> {
        self.timers.peek().map(|Reverse((time, _))| *time)
    }

    /// Takes note of a look and answers with what to report. `own` is what this process did to the
    /// file since the last look: listeners know it already.
    pub(super) fn seen(
        &mut self,
        path: &str,
        own: Option<Own>,
        sight: Sight,
        now: Time,
    ) -> Option<EventKind> {
        let (path, mut active) = self.take(path)?;
        self.apply_own(&path, own);
        let report = match sight {
            Sight::Absent => self.absent(&path, &mut active, now),
            Sight::Present { stamp, fresh } => self.present(&path, stamp, fresh, &mut active, now),
            Sight::Replaced => self.replaced(&path, &mut active),
            Sight::Busy => {
                active.due = Some(now + OWN_RETRY);
                None
            }
            Sight::Unknown => None,
        };
        if report.is_some() {
            active.quiet_until = now + DEBOUNCE;
        }
        self.put(path, active, now);
        report
    }

    /// `from` is gone and `to`, which nobody knows yet, is in its place and looks like `stamp`: no
    /// removal is reported of the one, and no update of the other if it only has a new name.
    pub(super) fn pass_on(&mut self, from: &str, to: &str, stamp: Stamp) {
        let Some(before) = self.known.get(from).copied() else {
            return;
        };
        self.known.remove(from);
        let written = self.active.get(from).is_some_and(|active| active.written);
        if before.stamp == stamp && !before.may_hide_change(written) {
            self.learn(to, before);
        }
    }

    /// True once after hints were dropped: only a rescan can tell what was missed.
    pub(super) fn take_overflowed(&mut self) -> bool {
        std::mem::take(&mut self.overflowed)
    }

    /// True once after a file was found that there was no room for.
    pub(super) fn take_full(&mut self) -> bool {
        std::mem::take(&mut self.full)
    }

    /// When to look after `hint`; `None` leaves the time as it is.
    fn due_after(&self, path: &str, hint: Hint, active: &mut Active, now: Time) -> Option<Time> {
        if hint == Hint::Gone {
            active.finishing = None;
            return (!active.gone || active.due.is_none()).then(|| now + self.windows.removal);
        }
        if self.windows.finish.is_some() {
            return active.finishing.is_none().then_some(now);
        }
        let latest = active.since.unwrap_or(now) + MAX_HOLD;
        match hint {
            Hint::Touched => Some((now + self.windows.settle).min(active.due.unwrap_or(Time::MAX))),
            Hint::Written => Some((now + self.windows.settle).min(latest)),
            Hint::Settled if !self.known.contains(path) => {
                Some((now + temporary::hold(path, &self.known)).min(latest))
            }
            Hint::Found { fresh: true } => Some(now + SCAN_SETTLE),
            Hint::Settled | Hint::Arrived | Hint::Found { fresh: false } | Hint::Gone => Some(now),
        }
    }

    fn apply_own(&mut self, path: &str, own: Option<Own>) {
        match own {
            Some(Own::Wrote(stamp)) => self.learn(
                path,
                Known {
                    stamp,
                    own: true,
                    ..Known::default()
                },
            ),
            Some(Own::Removed) => {
                self.known.remove(path);
            }
            None => {}
        }
    }

    fn absent(&mut self, path: &str, active: &mut Active, now: Time) -> Option<EventKind> {
        active.finishing = None;
        active.written = false;
        if !self.known.contains(path) {
            return None;
        }
        if !active.gone {
            // Nobody said so yet: it may be about to come back.
            active.gone = true;
            active.due = Some(now + self.windows.removal);
            return None;
        }
        self.known.remove(path);
        Some(EventKind::Remove)
    }

    fn replaced(&mut self, path: &str, active: &mut Active) -> Option<EventKind> {
        active.finishing = None;
        active.written = false;
        active.gone = false;
        self.known.remove(path).then_some(EventKind::Update)
    }

    fn present(
        &mut self,
        path: &str,
        stamp: Stamp,
        fresh: bool,
        active: &mut Active,
        now: Time,
    ) -> Option<EventKind> {
        active.gone = false;
        let known = self.known.get(path).copied();
        let changed =
            known.is_none_or(|known| known.stamp != stamp || known.may_hide_change(active.written));
        if changed && !self.is_finished(stamp, active, now) {
            return None;
        }
        active.written = false;
        active.finishing = None;
        let own = !changed && known.is_some_and(|known| known.own);
        self.learn(
            path,
            Known {
                stamp,
                fresh,
                own,
                scan: 0,
            },
        );
        changed.then_some(EventKind::Update)
    }

    /// False if the end of writing must be waited for; then the next look is due.
    fn is_finished(&self, stamp: Stamp, active: &mut Active, now: Time) -> bool {
        let Some(finish) = self.windows.finish else {
            return true;
        };
        let since = match active.finishing {
            Some((before, since)) if before == stamp => since,
            _ => now,
        };
        if active.finishing.is_some() && now.saturating_sub(since) >= finish.stability_threshold {
            return true;
        }
        active.finishing = Some((stamp, since));
        active.due = Some(now + finish.poll_interval.max(OWN_RETRY));
        false
    }

    fn learn(&mut self, path: &str, known: Known) {
        let scan = self
            .known
            .get(path)
            .map_or(known.scan, |before| before.scan);
        if !self.known.insert(path, Known { scan, ..known }) {
            self.full = true;
        }
    }

    /// The state of a file, to be given back with [`Coalescer::put`]. `None` if there are too many.
    fn take(&mut self, path: &str) -> Option<(Arc<str>, Active)> {
        if let Some(entry) = self.active.remove_entry(path) {
            return Some(entry);
        }
        if self.active.len() >= MAX_ACTIVE {
            self.overflowed = true;
            return None;
        }
        Some((path.into(), Active::default()))
    }

    /// Keeps the state of a file as long as it matters, and sees to it that a timer fires then.
    fn put(&mut self, path: Arc<str>, mut active: Active, now: Time) {
        let Some(wake) = active
            .due
            .or(Some(active.quiet_until).filter(|until| *until > now))
        else {
            return;
        };
        // A timer that fires too early is set again then; that keeps the queue short while a file
        // is written to all the time.
        if active.timer.is_none_or(|timer| timer > wake) {
            active.timer = Some(wake);
            self.timers.push(Reverse((wake, Arc::clone(&path))));
        }
        self.active.insert(path, active);
    }
}
