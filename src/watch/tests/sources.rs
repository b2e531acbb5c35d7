//! Every source ends with the same truth, also when events get lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::*;
use crate::error::Fault;
use crate::watch::source::{self, Change, Source};

/// Loses every event: all it says is that something was lost.
#[derive(Debug)]
struct Deaf(Box<dyn Source>);

impl Source for Deaf {
    fn is_recursive(&self) -> bool {
        self.0.is_recursive()
    }

    fn reports_closing(&self) -> bool {
        self.0.reports_closing()
    }

    fn enter(&mut self, path: &Path, relative: &str) -> Result<bool, Fault> {
        self.0.enter(path, relative)
    }

    fn leave(&mut self, relative: &str) {
        self.0.leave(relative);
    }

    fn wait(&mut self, timeout: Option<Duration>, changes: &mut Vec<Change>) -> Result<(), Fault> {
        let mut lost = Vec::new();
        self.0.wait(timeout, &mut lost)?;
        if !lost.is_empty() {
            changes.push(Change::Rescan);
        }
        Ok(())
    }
}

/// Changes of every sort, with pauses in which the source may catch up.
fn check_truth(fixture: &Fixture) {
    fixture.make_folder("a/b");
    // The stand-in for recursive systems is slow to take in new folders.
    fixture.barrier();
    fixture.write("a/one", "1");
    fixture.write("a/b/two", "2");
    fixture.write("three", "3");
    fixture.wait_until(|events| events.len() >= 3);
    assert_eq!(fixture.take(), updates(&["a/b/two", "a/one", "three"]));

    fixture.write("three", "3 changed");
    fixture.write("three.tmp", "3 changed again");
    fixture.rename("three.tmp", "three");
    fixture.rename("a", "c");
    fixture.wait_for(Remove, "a/b/two");
    let believed = fixture.take_final();
    let expected = [
        ("a/b/two", Remove),
        ("a/one", Remove),
        ("c/b/two", Update),
        ("c/one", Update),
        ("three", Update),
    ];
    assert_eq!(
        believed,
        expected.map(|(path, kind)| (path.to_owned(), kind)).into()
    );

    fixture.write("c/b/two", "2 changed");
    fixture.remove("three");
    fs::remove_file(fixture.path("c/one")).unwrap();
    fixture.wait_for(Remove, "three");
    let expected = [("c/b/two", Update), ("c/one", Remove), ("three", Remove)];
    assert_eq!(
        fixture.take_final(),
        expected.map(|(path, kind)| (path.to_owned(), kind)).into()
    );
}

#[test]
fn the_native_source_tells_the_truth() {
    check_truth(&Fixture::plain());
}

#[test]
fn the_source_for_whole_trees_tells_the_truth() {
    check_truth(&Fixture::with_source(|base| {
        source::open_recursive(base).unwrap()
    }));
}

#[test]
fn polling_tells_the_truth() {
    let options = WatchOptions {
        use_polling: true,
        interval: Duration::from_millis(10),
        ..WatchOptions::default()
    };
    check_truth(&Fixture::new(options, TreeRules::default(), |_| {}));
}

#[test]
fn lost_events_become_a_comparison_of_the_tree() {
    check_truth(&Fixture::with_source(|base| {
        let (inner, stopper) = source::open(base, &WatchOptions::default()).unwrap();
        (Box::new(Deaf(inner)), stopper)
    }));
}

/// Holds its thread up until it is let go, so that the system's own queue overflows.
#[derive(Debug)]
struct Slow {
    inner: Box<dyn Source>,
    held: Arc<AtomicBool>,
    overflowed: Arc<AtomicBool>,
}

impl Source for Slow {
    fn is_recursive(&self) -> bool {
        self.inner.is_recursive()
    }

    fn reports_closing(&self) -> bool {
        self.inner.reports_closing()
    }

    fn enter(&mut self, path: &Path, relative: &str) -> Result<bool, Fault> {
        self.inner.enter(path, relative)
    }

    fn leave(&mut self, relative: &str) {
        self.inner.leave(relative);
    }

    fn wait(&mut self, timeout: Option<Duration>, changes: &mut Vec<Change>) -> Result<(), Fault> {
        while self.held.load(Ordering::Acquire) {
            std::thread::yield_now();
        }
        self.inner.wait(timeout, changes)?;
        if changes.contains(&Change::Rescan) {
            self.overflowed.store(true, Ordering::Release);
        }
        Ok(())
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_overflow_of_the_systems_queue_loses_nothing() {
    let (held, overflowed) = (
        Arc::new(AtomicBool::new(true)),
        Arc::new(AtomicBool::new(false)),
    );
    let fixture = Fixture::with_source(|base| {
        let (inner, stopper) = source::open(base, &WatchOptions::default()).unwrap();
        let (held, overflowed) = (Arc::clone(&held), Arc::clone(&overflowed));
        (
            Box::new(Slow {
                inner,
                held,
                overflowed,
            }),
            stopper,
        )
    });
    let limit = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap();
    let limit: usize = limit.trim().parse().unwrap();
    // Each write is at least two events: the change and the closing.
    for round in 0..limit / 2 / 100 + 10 {
        (0..100).for_each(|file| fixture.write(&format!("file-{file}"), &format!("{round}")));
    }
    fixture.write("last", "one");
    held.store(false, Ordering::Release);
    fixture.wait_for(Update, "last");
    assert!(
        overflowed.load(Ordering::Acquire),
        "the queue must have overflowed"
    );
    assert_eq!(fixture.take_final().len(), 101);
}
