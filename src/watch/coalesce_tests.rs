//! The state machine, driven by tables: what happens when, and what must be reported when.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::collections::HashMap;
use std::time::Duration;

use super::coalesce::{Coalescer, DEBOUNCE, Hint, MAX_ACTIVE, SETTLE, Sight, Time, Windows};
use super::options::AwaitWriteFinish;
use super::own::Own;
use super::snapshot::{Known, Snapshot};
use super::stamp::Stamp;
use crate::driver::EventKind::{self, Remove, Update};

/// One step of a story. Contents are told apart by a number, 0 is the content before the story.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// `=1`: the file has this content now; nobody says so.
    Write(u64),
    /// `~1`: the same, so soon after another write that the stamp is still young.
    Fresh(u64),
    /// `deleted`: the file is gone; nobody says so.
    Delete,
    /// `touched`, `written`, `settled`, `arrived`, `gone`, `found`, `found-young`: a hint.
    Say(Hint),
    /// `busy`, `free`: this process begins to write, or is done.
    Busy(bool),
    /// `wrote=1`, `wrote-gone`: this process announces what it has done.
    Own(Own),
}

/// When, to which file, what.
type Step<'a> = (u64, &'a str, Act);

/// The file that exists before every story.
const OLD: &str = "old";

const END_MS: u64 = 3_000;

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap()
}

fn stamp(content: u64) -> Stamp {
    Stamp {
        size: content,
        mtime_ns: 1,
        inode: 1,
    }
}

/// Reads `10 old =1 settled; 20 new gone`: at 10 ms `old` is changed and closed, and so on.
fn read_story(text: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    for part in text.split(';').filter(|part| !part.trim().is_empty()) {
        let mut words = part.split_whitespace();
        let (at, path) = (
            words.next().unwrap().parse().unwrap(),
            words.next().unwrap(),
        );
        steps.extend(words.map(|word| (at, path, read_act(word))));
    }
    steps
}

fn read_act(word: &str) -> Act {
    let number = |text: &str| text.parse().unwrap();
    match word {
        "deleted" => Act::Delete,
        "touched" => Act::Say(Hint::Touched),
        "written" => Act::Say(Hint::Written),
        "settled" => Act::Say(Hint::Settled),
        "arrived" => Act::Say(Hint::Arrived),
        "gone" => Act::Say(Hint::Gone),
        "found" => Act::Say(Hint::Found { fresh: false }),
        "found-young" => Act::Say(Hint::Found { fresh: true }),
        "busy" => Act::Busy(true),
        "free" => Act::Busy(false),
        "wrote-gone" => Act::Own(Own::Removed),
        _ => match word.split_once(['=', '~']).unwrap() {
            ("wrote", content) => Act::Own(Own::Wrote(stamp(number(content)))),
            (_, content) if word.starts_with('~') => Act::Fresh(number(content)),
            (_, content) => Act::Write(number(content)),
        },
    }
}

#[derive(Default)]
struct World {
    files: HashMap<String, Sight>,
    busy: HashMap<String, bool>,
    own: HashMap<String, Own>,
}

impl World {
    fn act(&mut self, path: &str, act: Act) {
        let path = path.to_owned();
        match act {
            Act::Write(content) | Act::Fresh(content) => {
                let fresh = matches!(act, Act::Fresh(_));
                self.files.insert(
                    path,
                    Sight::Present {
                        stamp: stamp(content),
                        fresh,
                    },
                );
            }
            Act::Delete => {
                self.files.insert(path, Sight::Absent);
            }
            Act::Busy(busy) => {
                self.busy.insert(path, busy);
            }
            Act::Own(own) => {
                self.own.insert(path, own);
            }
            Act::Say(_) => {}
        }
    }

    fn look(&mut self, path: &str) -> (Option<Own>, Sight) {
        if self.busy.get(path).copied().unwrap_or_default() {
            return (None, Sight::Busy);
        }
        (
            self.own.remove(path),
            self.files.get(path).copied().unwrap_or(Sight::Absent),
        )
    }
}

fn tell(windows: Windows, story: &[Step<'_>]) -> Vec<(u64, EventKind, String)> {
    let mut known = Snapshot::new(9);
    assert!(known.insert(
        OLD,
        Known {
            stamp: stamp(0),
            ..Known::default()
        }
    ));
    let mut machine = Coalescer::new(known, windows);
    let mut world = World::default();
    world.act(OLD, Act::Write(0));
    let mut reports = Vec::new();
    for at in 0..END_MS {
        let now = Time::from_millis(at);
        for (_, path, act) in story.iter().filter(|(when, _, _)| *when == at) {
            world.act(path, *act);
            if let Act::Say(hint) = act {
                machine.hint(path, *hint, now);
            }
        }
        while let Some(path) = machine.due(now) {
            let (own, sight) = world.look(&path);
            let report = machine.seen(&path, own, sight, now);
            reports.extend(report.map(|kind| (at, kind, path.to_string())));
        }
    }
    assert_eq!(machine.next_due(), None, "everything is decided at the end");
    reports
}

fn usual() -> Windows {
    Windows {
        settle: SETTLE,
        removal: Duration::from_millis(100),
        finish: None,
    }
}

/// Checks rows of name, story and reports.
fn check(windows: Windows, table: &[(&str, &str, &str)]) {
    for (name, story, expected) in table {
        let reports = tell(windows, &read_story(story));
        let told = reports
            .iter()
            .map(|(at, kind, path)| format!("{at} {} {path}", kind.name()));
        assert_eq!(told.collect::<Vec<_>>().join("; "), *expected, "{name}");
    }
}

#[test]
fn the_tables_count_on_these_windows() {
    use super::coalesce::{MAX_HOLD, SCAN_SETTLE};
    use super::temporary::TEMPORARY_HOLD;
    let windows = [DEBOUNCE, SETTLE, SCAN_SETTLE, TEMPORARY_HOLD, MAX_HOLD];
    assert_eq!(windows.map(ms), [50, 50, 10, 50, 1_000]);
}

#[test]
fn writes() {
    check(
        usual(),
        &[
            (
                "a closed write is reported at once",
                "10 old =1 written settled",
                "10 update old",
            ),
            (
                "a new file is reported once it is closed",
                "10 new =1 touched; 12 new written; 13 new settled",
                "14 update new",
            ),
            (
                "a file that nobody closes is reported when it stands still",
                "10 old =1 written; 30 old =2 written",
                "80 update old",
            ),
            (
                "a bare creation is reported too",
                "10 new =1 touched",
                "60 update new",
            ),
            (
                "opening and closing without writing is nothing",
                "10 old settled",
                "",
            ),
            ("a change of attributes is nothing", "10 old touched", ""),
            (
                "hints without a file are nothing",
                "10 no settled; 20 no arrived",
                "",
            ),
        ],
    );
}

#[test]
fn repeated_writes() {
    check(
        usual(),
        &[
            (
                "a second change follows at the end of the window",
                "10 old =1 settled; 15 old =2 written settled",
                "10 update old; 60 update old",
            ),
            (
                "of many changes the first and the last",
                "10 old =1 settled; 12 old =2 settled; 20 old =3 settled",
                "10 update old; 60 update old",
            ),
            (
                "a hint that comes twice is one report",
                "10 old =1 settled; 11 old settled; 200 old settled",
                "10 update old",
            ),
            (
                "an equal but young stamp hides no write",
                "10 old ~1 written settled; 11 old written settled",
                "10 update old; 60 update old",
            ),
            (
                "an equal and young stamp alone is nothing",
                "10 old ~1 settled; 11 old settled arrived",
                "10 update old",
            ),
        ],
    );
}

#[test]
fn a_file_that_is_written_to_all_the_time_is_reported_now_and_then() {
    let written = (0..150u64).map(|step| format!("{} old ={} written;", step * 10, step + 1));
    let story: String = written.collect();
    check(
        usual(),
        &[("steadily", &story, "1000 update old; 1540 update old")],
    );
}

#[test]
fn removals_and_replacements() {
    check(
        usual(),
        &[
            ("a removal waits", "10 old deleted gone", "110 remove old"),
            (
                "a repeated removal hint waits no longer",
                "10 old deleted gone; 60 old gone",
                "110 remove old",
            ),
            (
                "removed and created is a change",
                "10 old deleted gone; 40 old =1 touched; 41 old settled",
                "41 update old",
            ),
            (
                "removed and restored as it was is nothing",
                "10 old deleted gone; 40 old =0 arrived",
                "",
            ),
            (
                "removed and created later is both",
                "10 old deleted gone; 300 old =1 arrived",
                "110 remove old; 300 update old",
            ),
            (
                "a file seen absent before anybody says so waits as well",
                "10 old deleted settled",
                "110 remove old",
            ),
            (
                "a new file that vanishes is nothing",
                "10 x =1 settled deleted gone",
                "",
            ),
            (
                "a rename is a removal and an update",
                "10 old deleted gone; 10 new =0 arrived",
                "10 update new; 110 remove old",
            ),
        ],
    );
    let at_once = Windows {
        removal: Duration::ZERO,
        ..usual()
    };
    check(
        at_once,
        &[(
            "without a window at once",
            "10 old deleted gone",
            "10 remove old",
        )],
    );
}

#[test]
fn temporary_files() {
    check(
        usual(),
        &[
            (
                "an edit by temporary file and rename is one change of the target",
                "10 old.7 =1 touched written; 11 old.7 settled; \
                 40 old.7 deleted gone; 40 old =1 arrived",
                "40 update old",
            ),
            (
                "a file with a temporary name that stays is reported",
                "10 x.tmp =1 settled",
                "60 update x.tmp",
            ),
        ],
    );
}

#[test]
fn scans() {
    check(
        usual(),
        &[
            (
                "what lies there is reported at once",
                "10 new =1 found",
                "10 update new",
            ),
            (
                "what may still be written waits",
                "10 new ~1 found-young",
                "20 update new",
            ),
            (
                "the events of what a scan found add nothing",
                "10 new ~1 found-young; 11 new touched written settled",
                "12 update new",
            ),
        ],
    );
}

#[test]
fn own_changes() {
    check(
        usual(),
        &[
            (
                "an own write is not reported",
                "10 old =1 wrote=1 arrived",
                "",
            ),
            (
                "nor an own new file",
                "10 new ~1 wrote=1 settled; 11 new written",
                "",
            ),
            ("nor an own removal", "10 old deleted wrote-gone gone", ""),
            (
                "an event that overtakes the announcement waits for it",
                "10 old busy =1 arrived; 30 old wrote=1 free",
                "",
            ),
            (
                "a foreign write after an own one is reported, even of the same size",
                "10 old =1 wrote=1 arrived; 12 old =2 settled",
                "12 update old",
            ),
            (
                "a foreign write that hides an own one is reported",
                "10 old wrote=1 =2 settled",
                "10 update old",
            ),
            (
                "a foreign removal of an own new file is reported",
                "10 new wrote=1 arrived gone",
                "110 remove new",
            ),
            (
                "a foreign file in place of an own removal is reported",
                "10 old wrote-gone gone; 20 old =0 arrived",
                "20 update old",
            ),
            (
                "a write that failed leaves what others did",
                "10 old busy =2 settled; 20 old free",
                "20 update old",
            ),
        ],
    );
}

#[test]
fn waiting_for_the_end_of_writing() {
    let finish = AwaitWriteFinish {
        stability_threshold: Duration::from_millis(200),
        poll_interval: Duration::from_millis(50),
    };
    check(
        Windows {
            finish: Some(finish),
            ..usual()
        },
        &[
            (
                "a file is reported once it stands still",
                "0 old =1 settled; 120 old =2 settled",
                "350 update old",
            ),
            ("a new one too", "0 new =1 touched", "200 update new"),
            (
                "an own write needs no waiting",
                "0 old =1 wrote=1 arrived",
                "",
            ),
            (
                "one that vanishes meanwhile is nothing",
                "0 new =1 settled; 90 new deleted gone",
                "",
            ),
            (
                "a removal is a removal",
                "0 old deleted gone",
                "100 remove old",
            ),
        ],
    );
}

#[test]
fn a_look_that_fails_changes_nothing() {
    let mut known = Snapshot::new(1);
    assert!(known.insert(OLD, Known::default()));
    let mut machine = Coalescer::new(known, usual());
    machine.hint(OLD, Hint::Arrived, Time::ZERO);
    assert_eq!(machine.due(Time::ZERO).as_deref(), Some(OLD));
    assert_eq!(machine.seen(OLD, None, Sight::Unknown, Time::ZERO), None);
    assert!(machine.known.contains(OLD));
    assert_eq!(machine.due(Time::MAX), None);
}

#[test]
fn too_many_undecided_files_ask_for_a_rescan() {
    let mut machine = Coalescer::new(Snapshot::new(1), usual());
    for index in 0..MAX_ACTIVE {
        machine.hint(&index.to_string(), Hint::Touched, Time::ZERO);
    }
    assert!(!machine.take_overflowed());
    machine.hint("one more", Hint::Touched, Time::ZERO);
    assert!(machine.take_overflowed());
    assert!(!machine.take_overflowed());
}

#[test]
fn a_file_without_room_is_reported_and_noted() {
    let mut machine = Coalescer::new(Snapshot::new(0), usual());
    machine.hint("a", Hint::Arrived, Time::ZERO);
    assert_eq!(machine.due(Time::ZERO).as_deref(), Some("a"));
    let sight = Sight::Present {
        stamp: stamp(1),
        fresh: false,
    };
    assert_eq!(machine.seen("a", None, sight, Time::ZERO), Some(Update));
    assert!(machine.take_full());
}

/// Every story of random hints, writes and removals must end with listeners knowing the truth, and
/// no file reported twice within the window.
#[test]
fn random_stories_end_with_the_truth() {
    use proptest::prelude::*;
    const FILES: [&str; 3] = [OLD, "new", "old.1"];
    let hint = proptest::sample::select(vec![
        Hint::Touched,
        Hint::Written,
        Hint::Settled,
        Hint::Arrived,
        Hint::Gone,
    ]);
    let act = prop_oneof![
        (1..6u64).prop_map(Act::Write),
        (1..6u64).prop_map(Act::Fresh),
        Just(Act::Delete),
        hint.prop_map(Act::Say),
    ];
    let step = (0..600u64, proptest::sample::select(FILES.to_vec()), act);
    proptest!(|(mut story in proptest::collection::vec(step, 0..40))| {
        story.sort_by_key(|(at, _, _)| *at);
        // Whatever happened, the source says so at the end at the latest.
        story.extend(FILES.map(|path| (700, path, Act::Say(Hint::Touched))));
        let reports = tell(usual(), &story);
        for path in FILES {
            let mine: Vec<_> = reports.iter().filter(|(_, _, other)| other == path).collect();
            let believed = mine.last().map_or(path == OLD, |(_, kind, _)| *kind == Update);
            prop_assert_eq!(believed, exists_after(&story, path), "{} {:?}", path, mine);
            for (one, next) in mine.iter().zip(mine.iter().skip(1)) {
                prop_assert!(next.0 - one.0 >= ms(DEBOUNCE), "{:?}", mine);
                prop_assert!(one.1 == Update || next.1 != Remove, "{:?}", mine);
            }
        }
    });
}

fn exists_after(story: &[Step<'_>], path: &str) -> bool {
    let mut world = World::default();
    world.act(OLD, Act::Write(0));
    story
        .iter()
        .filter(|(_, other, _)| *other == path)
        .for_each(|(_, path, act)| {
            world.act(path, *act);
        });
    matches!(world.look(path).1, Sight::Present { .. })
}
