//! Files that stand for the same thing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::watch::Twins;

/// `name` and `name=` are the same, unless that is denied.
#[derive(Debug)]
struct Suffix {
    denied: AtomicBool,
}

impl Twins for Suffix {
    fn of(&self, path: &str) -> Vec<String> {
        let other = path.strip_suffix('=').map(str::to_owned);
        vec![other.unwrap_or_else(|| format!("{path}="))]
    }

    fn is_still_there(&self, _path: &str) -> bool {
        !self.denied.load(Ordering::Acquire)
    }
}

/// A folder with the file `a` of old, watched under the rule.
fn fixture(options: WatchOptions, denied: bool) -> Fixture {
    let rule = Suffix {
        denied: AtomicBool::new(denied),
    };
    let rules = TreeRules {
        twins: Some(Arc::new(rule)),
        ..TreeRules::default()
    };
    Fixture::new(options, rules, |base| {
        fs::write(base.join("a"), "old").unwrap();
    })
}

fn settings() -> [WatchOptions; 3] {
    [
        WatchOptions::default(),
        WatchOptions {
            atomic: None,
            ..WatchOptions::default()
        },
        WatchOptions {
            use_polling: true,
            interval: std::time::Duration::from_millis(10),
            ..WatchOptions::default()
        },
    ]
}

#[test]
fn a_file_that_is_only_renamed_to_its_twin_is_not_reported() {
    for options in settings() {
        let fixture = fixture(options, false);
        fixture.rename("a", "a=");
        assert_eq!(fixture.take(), []);
        // The new name is known from now on.
        fixture.write("a=", "changed");
        assert_eq!(fixture.take(), updates(&["a="]));
        fixture.rename("a=", "a");
        assert_eq!(fixture.take(), []);
        fixture.remove("a");
        assert_eq!(fixture.take(), removals(&["a"]));
    }
}

#[test]
fn a_folder_may_take_the_name_at_once() {
    let fixture = fixture(WatchOptions::default(), false);
    fixture.rename("a", "a=");
    fixture.make_folder("a");
    fixture.write("a/b", "below");
    fixture.wait_for(Update, "a/b");
    assert_eq!(fixture.take(), updates(&["a/b"]));
}

#[test]
fn other_content_under_the_twins_name_is_one_update() {
    // Who wants removals at once hears of one in between.
    let patient = settings()
        .into_iter()
        .filter(|options| options.atomic.is_some());
    for options in patient {
        let fixture = fixture(options, false);
        fixture.remove("a");
        fixture.write("a=", "other content");
        assert_eq!(fixture.take(), updates(&["a="]));
    }
}

#[test]
fn a_file_that_leaves_a_known_twin_behind_is_an_update() {
    for options in settings() {
        let fixture = fixture(options, false);
        fixture.write("a=", "other content");
        assert_eq!(fixture.take(), updates(&["a="]));
        fixture.remove("a");
        assert_eq!(fixture.take(), updates(&["a"]));
        fixture.remove("a=");
        assert_eq!(fixture.take(), removals(&["a="]));
    }
}

#[test]
fn a_file_that_only_seems_to_have_a_twin_is_removed() {
    let fixture = fixture(WatchOptions::default(), true);
    fixture.write("a=", "of something else");
    assert_eq!(fixture.take(), updates(&["a="]));
    fixture.remove("a");
    assert_eq!(fixture.take(), removals(&["a"]));
}
