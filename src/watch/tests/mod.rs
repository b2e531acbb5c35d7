//! Watches of real folders.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod changes;
mod lifecycle;
mod own_writes;
mod refusals;
mod sources;
mod twins;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::task::{Poll, Waker};

use tempfile::TempDir;

use super::filter::Filter;
use super::running::{self, Start};
use super::source::Opened;
use super::{OwnChanges, TreeRules, WatchOptions, watch_tree};
use crate::driver::EventKind::{self, Remove, Update};
use crate::driver::{EventSink, Watch};
use crate::error::{Error, Result};
use crate::maybe::MaybePromise;
use crate::testkit::TestHost;

type Event = (EventKind, String);

/// What the sink was given.
#[derive(Default)]
struct Seen {
    events: RefCell<Vec<Event>>,
    waker: RefCell<Option<Waker>>,
}

/// The name of the file that marks a moment, see [`Fixture::barrier`].
const BARRIER: &str = "barrier";

/// A watched folder.
struct Fixture {
    host: TestHost,
    folder: TempDir,
    own: OwnChanges,
    seen: Rc<Seen>,
    watch: Option<Box<dyn Watch>>,
}

impl Fixture {
    /// Watches a folder that `prepare` has filled.
    fn new(options: WatchOptions, rules: TreeRules, prepare: impl FnOnce(&Path)) -> Self {
        let mut fixture = Fixture::unwatched();
        prepare(fixture.folder.path());
        fixture.start(options, rules).unwrap();
        fixture
    }

    fn plain() -> Self {
        Fixture::new(WatchOptions::default(), TreeRules::default(), |_| {})
    }

    fn unwatched() -> Self {
        Fixture {
            host: TestHost::new(),
            folder: tempfile::tempdir().unwrap(),
            own: OwnChanges::default(),
            seen: Rc::default(),
            watch: None,
        }
    }

    /// Watches through a source of the test's own.
    fn with_source(open: impl FnOnce(&Path) -> Opened) -> Self {
        let mut fixture = Fixture::unwatched();
        fixture.start_with(WatchOptions::default(), open).unwrap();
        fixture
    }

    fn start_with(
        &mut self,
        options: WatchOptions,
        open: impl FnOnce(&Path) -> Opened,
    ) -> Result<(), Error> {
        let base = self.folder.path().to_path_buf();
        let rules = TreeRules::default();
        let filter = Filter::new(&base, &rules, &[], None).unwrap();
        let (host, sink) = (self.host.shared(), self.sink());
        let start = Start {
            base: &base,
            options,
            rules,
            own: &self.own,
            host,
            sink,
        };
        let starting = running::start_with(start, filter, open(&base))?;
        self.watch = Some(self.host.run_until(starting)?);
        Ok(())
    }

    fn start(&mut self, options: WatchOptions, rules: TreeRules) -> Result<(), Error> {
        let (base, own, host) = (
            self.folder.path().to_path_buf(),
            self.own.clone(),
            self.host.shared(),
        );
        let starting = watch_tree(&base, options, rules, own, host, self.sink());
        self.watch = Some(self.host.run_until(starting)?);
        Ok(())
    }

    fn sink(&self) -> EventSink {
        let seen = Rc::clone(&self.seen);
        Rc::new(move |kind, path: &str| {
            seen.events.borrow_mut().push((kind, path.to_owned()));
            let waker = seen.waker.borrow_mut().take();
            waker.into_iter().for_each(Waker::wake);
        })
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    fn write(&self, relative: &str, content: &str) {
        fs::write(self.path(relative), content).unwrap();
    }

    fn remove(&self, relative: &str) {
        fs::remove_file(self.path(relative)).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    fn make_folder(&self, relative: &str) {
        fs::create_dir_all(self.path(relative)).unwrap();
    }

    /// Runs until the events fulfil a condition.
    fn wait_until(&self, condition: impl Fn(&[Event]) -> bool + 'static) {
        let seen = Rc::clone(&self.seen);
        let fulfilled = poll_fn(move |cx| {
            if condition(&seen.events.borrow()) {
                return Poll::Ready(Ok(()));
            }
            seen.waker.replace(Some(cx.waker().clone()));
            Poll::Pending
        });
        let waited = self.host.run_until(MaybePromise::pending(fulfilled));
        assert!(waited.is_ok(), "{waited:?} {:?}", self.seen.events.borrow());
    }

    fn wait_for(&self, kind: EventKind, path: &str) {
        let path = path.to_owned();
        self.wait_until(move |events| {
            events
                .iter()
                .any(|event| event.0 == kind && event.1 == path)
        });
    }

    /// Waits until everything that happened before has been decided: a removal that happens now is
    /// reported after the longest window.
    fn barrier(&self) {
        self.write(BARRIER, "");
        self.wait_for(Update, BARRIER);
        self.remove(BARRIER);
        self.wait_for(Remove, BARRIER);
        self.seen
            .events
            .borrow_mut()
            .retain(|(_, path)| path != BARRIER);
    }

    /// Everything that was reported up to now, sorted by path.
    fn take(&self) -> Vec<Event> {
        self.barrier();
        let mut events = self.seen.events.take();
        events.sort_by(|one, other| one.1.cmp(&other.1));
        events
    }

    /// What listeners believe: the last report of each file. Nothing was reported twice.
    fn take_final(&self) -> BTreeMap<String, EventKind> {
        self.take()
            .into_iter()
            .map(|(kind, path)| (path, kind))
            .collect()
    }

    fn stop(&mut self) {
        let watch = self.watch.take().unwrap();
        self.host.run_until(watch.stop()).unwrap();
    }
}

fn updates(paths: &[&str]) -> Vec<Event> {
    paths
        .iter()
        .map(|path| (Update, (*path).to_owned()))
        .collect()
}

fn removals(paths: &[&str]) -> Vec<Event> {
    paths
        .iter()
        .map(|path| (Remove, (*path).to_owned()))
        .collect()
}

/// Compares many reports without printing them all.
fn assert_reports(mut reports: Vec<Event>, expected: Vec<Event>) {
    let total = reports.len();
    let missing: Vec<_> = expected
        .iter()
        .filter(|event| !reports.contains(event))
        .collect();
    assert!(
        missing.is_empty(),
        "{} missing, such as {:?}",
        missing.len(),
        missing.first()
    );
    reports.dedup();
    assert_eq!(
        (total, reports.len()),
        (expected.len(), expected.len()),
        "reported twice, or unexpected"
    );
}
