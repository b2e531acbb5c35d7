//! Folders that cannot be watched.

use std::io;
use std::time::Duration;

use super::*;
use crate::error::{Fault, Kind};
use crate::watch::source::{self, Change, Source};

/// Refuses folders named `refused…`.
#[derive(Debug)]
struct Refusing {
    inner: Box<dyn Source>,
    fault: fn() -> Fault,
}

impl Source for Refusing {
    fn is_recursive(&self) -> bool {
        self.inner.is_recursive()
    }

    fn reports_closing(&self) -> bool {
        self.inner.reports_closing()
    }

    fn enter(&mut self, path: &Path, relative: &str) -> Result<bool, Fault> {
        if relative.starts_with("refused") {
            return Err((self.fault)());
        }
        self.inner.enter(path, relative)
    }

    fn leave(&mut self, relative: &str) {
        self.inner.leave(relative);
    }

    fn wait(&mut self, timeout: Option<Duration>, changes: &mut Vec<Change>) -> Result<(), Fault> {
        self.inner.wait(timeout, changes)
    }
}

fn limit() -> Fault {
    Fault::new(Kind::LimitExceeded, "no watch is left")
}

fn forbidden() -> Fault {
    Fault::from(io::Error::from(io::ErrorKind::PermissionDenied))
}

fn refusing(fault: fn() -> Fault) -> impl FnOnce(&Path) -> Opened {
    move |base| {
        let (inner, stopper) = source::open(base, &WatchOptions::default()).unwrap();
        (Box::new(Refusing { inner, fault }), stopper)
    }
}

/// Codes of what was reported as uncaught.
fn uncaught(fixture: &Fixture) -> Vec<&'static str> {
    fixture
        .host
        .take_uncaught()
        .iter()
        .map(Error::code)
        .collect()
}

#[test]
fn a_refusal_at_the_start_fails_the_start() {
    let cases = [
        (limit as fn() -> Fault, "LIMIT_EXCEEDED"),
        (forbidden, "EACCES"),
    ];
    for (fault, code) in cases {
        let mut fixture = Fixture::unwatched();
        fixture.make_folder("refused");
        let error = fixture
            .start_with(WatchOptions::default(), refusing(fault))
            .unwrap_err();
        assert_eq!(
            (error.code(), error.operation_name()),
            (code, Some("watch"))
        );
    }
}

#[test]
fn a_limit_reached_later_is_reported_once_and_the_rest_stays_watched() {
    let fixture = Fixture::with_source(refusing(limit));
    (0..5).for_each(|index| fixture.make_folder(&format!("refused-{index}")));
    fixture.write("a", "1");
    assert_eq!(fixture.take(), updates(&["a"]));
    assert_eq!(uncaught(&fixture), ["LIMIT_EXCEEDED"]);
}

#[test]
fn a_forbidden_folder_is_reported_once_unless_that_is_to_be_ignored() {
    let fixture = Fixture::with_source(refusing(forbidden));
    fixture.make_folder("refused");
    fixture.write("a", "1");
    assert_eq!(fixture.take(), updates(&["a"]));
    assert_eq!(uncaught(&fixture), ["EACCES"]);

    let mut tolerant = Fixture::unwatched();
    tolerant.make_folder("refused");
    let options = WatchOptions {
        ignore_permission_errors: true,
        ..WatchOptions::default()
    };
    tolerant.start_with(options, refusing(forbidden)).unwrap();
    tolerant.make_folder("refused-later");
    tolerant.write("a", "1");
    assert_eq!(tolerant.take(), updates(&["a"]));
    assert_eq!(uncaught(&tolerant), [""; 0]);
}
