//! The state machine, driven by tables: what happens when, and what must be reported when.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::collections::HashMap;
use std::time::Duration;

use super::coalesce::{Coalescer, DEBOUNCE, Hint, SCAN_SETTLE, SETTLE, Sight, Time, Windows};
use super::options::AwaitWriteFinish;
use super::own::Own;
use super::snapshot::{Known, Snapshot};
use super::stamp::Stamp;
use super::temporary::TEMPORARY_HOLD;
use crate::driver::EventKind::{self, Remove, Update};
use Act::{Busy, Delete, Free, Fresh, Say, Write, Wrote, WroteGone};
use Hint::{Arrived, Found, Gone, Settled, Touched, Written};

/// One step of a story. Contents are told apart by a number, 0 is the content before the story.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// The file has this content now; nobody says so.
    Write(u64),
    /// As `Write`, and so quickly after another write that the stamp is still young.
    Fresh(u64),
    /// The file is gone; nobody says so.
    Delete,
    /// The source gives a hint.
    Say(Hint),
    /// This process begins to write, or is done.
    Busy,
    Free,
    /// This process announces what it has done.
    Wrote(u64),
    WroteGone,
}

type Story<'a> = &'a [(u64, &'a str, Act)];
type Reports<'a> = &'a [(u64, EventKind, &'a str)];

/// The file that exists before every story.
const OLD: &str = "old";

const REMOVAL_MS: u64 = 100;
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
            Write(content) | Fresh(content) => {
                let fresh = matches!(act, Fresh(_));
                self.files.insert(
                    path,
                    Sight::Present {
                        stamp: stamp(content),
                        fresh,
                    },
                );
            }
            Delete => {
                self.files.insert(path, Sight::Absent);
            }
            Busy | Free => {
                self.busy.insert(path, matches!(act, Busy));
            }
            Wrote(content) => {
                self.own.insert(path, Own::Wrote(stamp(content)));
            }
            WroteGone => {
                self.own.insert(path, Own::Removed);
            }
            Say(_) => {}
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

fn tell(windows: Windows, story: Story<'_>) -> Vec<(u64, EventKind, String)> {
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
    world.act(OLD, Write(0));
    let mut reports = Vec::new();
    for at in 0..END_MS {
        let now = Time::from_millis(at);
        for (_, path, act) in story.iter().filter(|(when, _, _)| *when == at) {
            world.act(path, *act);
            if let Say(hint) = act {
                machine.hint(path, *hint, now);
            }
        }
        while let Some(path) = machine.due(now) {
            let (own, sight) = world.look(&path);
            reports.extend(
                machine
                    .seen(&path, own, sight, now)
                    .map(|kind| (at, kind, path.to_string())),
            );
        }
    }
    assert_eq!(machine.next_due(), None, "everything is decided at the end");
    reports
}

fn usual() -> Windows {
    Windows {
        settle: SETTLE,
        removal: Duration::from_millis(REMOVAL_MS),
        finish: None,
    }
}

fn check(windows: Windows, table: &[(&str, Story<'_>, Reports<'_>)]) {
    for (name, story, expected) in table {
        let expected: Vec<_> = expected
            .iter()
            .map(|(at, kind, path)| (*at, *kind, (*path).to_owned()))
            .collect();
        assert_eq!(tell(windows, story), expected, "{name}");
    }
}

#[test]
fn writes() {
    let (debounce, settle) = (ms(DEBOUNCE), ms(SETTLE));
    check(
        usual(),
        &[
            (
                "a closed write is reported at once",
                &[
                    (10, OLD, Write(1)),
                    (10, OLD, Say(Written)),
                    (10, OLD, Say(Settled)),
                ],
                &[(10, Update, OLD)],
            ),
            (
                "a new file is reported once it is closed",
                &[
                    (10, "new", Write(1)),
                    (10, "new", Say(Touched)),
                    (12, "new", Say(Written)),
                    (13, "new", Say(Settled)),
                ],
                &[(14, Update, "new")],
            ),
            (
                "a file that nobody closes is reported when it stands still",
                &[
                    (10, OLD, Write(1)),
                    (10, OLD, Say(Written)),
                    (30, OLD, Write(2)),
                    (30, OLD, Say(Written)),
                ],
                &[(30 + settle, Update, OLD)],
            ),
            (
                "a bare creation is reported too",
                &[(10, "new", Write(1)), (10, "new", Say(Touched))],
                &[(10 + settle, Update, "new")],
            ),
            (
                "opening and closing without writing is nothing",
                &[(10, OLD, Say(Settled))],
                &[],
            ),
            (
                "a change of attributes is nothing",
                &[(10, OLD, Say(Touched))],
                &[],
            ),
            (
                "hints without a file are nothing",
                &[(10, "no", Say(Settled)), (20, "no", Say(Arrived))],
                &[],
            ),
        ],
    );
    check(
        usual(),
        &[
            (
                "a second change follows at the end of the window",
                &[
                    (10, OLD, Write(1)),
                    (10, OLD, Say(Settled)),
                    (15, OLD, Write(2)),
                    (15, OLD, Say(Written)),
                    (15, OLD, Say(Settled)),
                ],
                &[(10, Update, OLD), (10 + debounce, Update, OLD)],
            ),
            (
                "of many changes the first and the last",
                &[
                    (10, OLD, Write(1)),
                    (10, OLD, Say(Settled)),
                    (12, OLD, Write(2)),
                    (12, OLD, Say(Settled)),
                    (20, OLD, Write(3)),
                    (20, OLD, Say(Settled)),
                ],
                &[(10, Update, OLD), (10 + debounce, Update, OLD)],
            ),
            (
                "a hint that comes twice is one report",
                &[
                    (10, OLD, Write(1)),
                    (10, OLD, Say(Settled)),
                    (11, OLD, Say(Settled)),
                    (200, OLD, Say(Settled)),
                ],
                &[(10, Update, OLD)],
            ),
            (
                "an equal but young stamp hides no write",
                &[
                    (10, OLD, Fresh(1)),
                    (10, OLD, Say(Written)),
                    (10, OLD, Say(Settled)),
                    (11, OLD, Say(Written)),
                    (11, OLD, Say(Settled)),
                ],
                &[(10, Update, OLD), (10 + debounce, Update, OLD)],
            ),
            (
                "an equal and young stamp alone is nothing",
                &[
                    (10, OLD, Fresh(1)),
                    (10, OLD, Say(Settled)),
                    (11, OLD, Say(Settled)),
                ],
                &[(10, Update, OLD)],
            ),
        ],
    );
}

#[test]
fn a_file_that_is_written_to_all_the_time_is_reported_now_and_then() {
    let story: Vec<_> = (0..150u64)
        .flat_map(|step| {
            [
                (step * 10, OLD, Write(step + 1)),
                (step * 10, OLD, Say(Written)),
            ]
        })
        .collect();
    assert_eq!(
        tell(usual(), &story),
        [
            (1_000, Update, OLD.to_owned()),
            (1_540, Update, OLD.to_owned())
        ]
    );
}

#[test]
fn removals_and_replacements() {
    let hold = ms(TEMPORARY_HOLD);
    check(
        usual(),
        &[
            (
                "a removal waits",
                &[(10, OLD, Delete), (10, OLD, Say(Gone))],
                &[(10 + REMOVAL_MS, Remove, OLD)],
            ),
            (
                "a repeated removal hint waits no longer",
                &[
                    (10, OLD, Delete),
                    (10, OLD, Say(Gone)),
                    (60, OLD, Say(Gone)),
                ],
                &[(10 + REMOVAL_MS, Remove, OLD)],
            ),
            (
                "removed and created is a change",
                &[
                    (10, OLD, Delete),
                    (10, OLD, Say(Gone)),
                    (40, OLD, Write(1)),
                    (40, OLD, Say(Touched)),
                    (41, OLD, Say(Settled)),
                ],
                &[(41, Update, OLD)],
            ),
            (
                "removed and restored as it was is nothing",
                &[
                    (10, OLD, Delete),
                    (10, OLD, Say(Gone)),
                    (40, OLD, Write(0)),
                    (40, OLD, Say(Arrived)),
                ],
                &[],
            ),
            (
                "removed and created later is both",
                &[
                    (10, OLD, Delete),
                    (10, OLD, Say(Gone)),
                    (300, OLD, Write(1)),
                    (300, OLD, Say(Arrived)),
                ],
                &[(10 + REMOVAL_MS, Remove, OLD), (300, Update, OLD)],
            ),
            (
                "a file seen absent before anybody says so waits as well",
                &[(10, OLD, Delete), (10, OLD, Say(Settled))],
                &[(10 + REMOVAL_MS, Remove, OLD)],
            ),
            (
                "a new file that vanishes is nothing",
                &[
                    (10, "x", Write(1)),
                    (10, "x", Say(Settled)),
                    (10, "x", Delete),
                    (10, "x", Say(Gone)),
                ],
                &[],
            ),
        ],
    );
    check(
        usual(),
        &[
            (
                "an edit by temporary file and rename is one change of the target",
                &[
                    (10, "old.7", Write(1)),
                    (10, "old.7", Say(Touched)),
                    (10, "old.7", Say(Written)),
                    (11, "old.7", Say(Settled)),
                    (40, "old.7", Delete),
                    (40, "old.7", Say(Gone)),
                    (40, OLD, Write(1)),
                    (40, OLD, Say(Arrived)),
                ],
                &[(40, Update, OLD)],
            ),
            (
                "a file with a temporary name that stays is reported",
                &[(10, "x.tmp", Write(1)), (10, "x.tmp", Say(Settled))],
                &[(10 + hold, Update, "x.tmp")],
            ),
            (
                "a rename is a removal and an update",
                &[
                    (10, OLD, Delete),
                    (10, OLD, Say(Gone)),
                    (10, "new", Write(0)),
                    (10, "new", Say(Arrived)),
                ],
                &[(10, Update, "new"), (10 + REMOVAL_MS, Remove, OLD)],
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
            "without a window a removal is reported at once",
            &[(10, OLD, Delete), (10, OLD, Say(Gone))],
            &[(10, Remove, OLD)],
        )],
    );
}

#[test]
fn scans() {
    let settle = ms(SCAN_SETTLE);
    check(
        usual(),
        &[
            (
                "what lies there is reported at once",
                &[
                    (10, "new", Write(1)),
                    (10, "new", Say(Found { fresh: false })),
                ],
                &[(10, Update, "new")],
            ),
            (
                "what may still be written waits a little",
                &[
                    (10, "new", Fresh(1)),
                    (10, "new", Say(Found { fresh: true })),
                ],
                &[(10 + settle, Update, "new")],
            ),
            (
                "the events of what a scan found add nothing",
                &[
                    (10, "new", Fresh(1)),
                    (10, "new", Say(Found { fresh: true })),
                    (11, "new", Say(Touched)),
                    (11, "new", Say(Written)),
                    (11, "new", Say(Settled)),
                ],
                &[(12, Update, "new")],
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
                &[
                    (10, OLD, Write(1)),
                    (10, OLD, Wrote(1)),
                    (10, OLD, Say(Arrived)),
                ],
                &[],
            ),
            (
                "nor an own new file",
                &[
                    (10, "new", Fresh(1)),
                    (10, "new", Wrote(1)),
                    (10, "new", Say(Settled)),
                    (11, "new", Say(Written)),
                ],
                &[],
            ),
            (
                "nor an own removal",
                &[
                    (10, OLD, Delete),
                    (10, OLD, WroteGone),
                    (10, OLD, Say(Gone)),
                ],
                &[],
            ),
            (
                "an event that overtakes the announcement waits for it",
                &[
                    (10, OLD, Busy),
                    (10, OLD, Write(1)),
                    (10, OLD, Say(Arrived)),
                    (30, OLD, Wrote(1)),
                    (30, OLD, Free),
                ],
                &[],
            ),
            (
                "a foreign write after an own one is reported, even of the same size",
                &[
                    (10, OLD, Write(1)),
                    (10, OLD, Wrote(1)),
                    (10, OLD, Say(Arrived)),
                    (12, OLD, Write(2)),
                    (12, OLD, Say(Settled)),
                ],
                &[(12, Update, OLD)],
            ),
            (
                "a foreign write that hides an own one is reported",
                &[
                    (10, OLD, Wrote(1)),
                    (10, OLD, Write(2)),
                    (10, OLD, Say(Settled)),
                ],
                &[(10, Update, OLD)],
            ),
            (
                "a foreign removal of an own new file is reported",
                &[
                    (10, "new", Wrote(1)),
                    (10, "new", Say(Arrived)),
                    (10, "new", Say(Gone)),
                ],
                &[(10 + REMOVAL_MS, Remove, "new")],
            ),
            (
                "a foreign file in place of an own removal is reported",
                &[
                    (10, OLD, WroteGone),
                    (10, OLD, Say(Gone)),
                    (20, OLD, Write(0)),
                    (20, OLD, Say(Arrived)),
                ],
                &[(20, Update, OLD)],
            ),
            (
                "a write that failed leaves what others did",
                &[
                    (10, OLD, Busy),
                    (10, OLD, Write(2)),
                    (10, OLD, Say(Settled)),
                    (20, OLD, Free),
                ],
                &[(20, Update, OLD)],
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
    let patient = Windows {
        finish: Some(finish),
        ..usual()
    };
    check(
        patient,
        &[
            (
                "a file is reported once it stands still",
                &[
                    (0, OLD, Write(1)),
                    (0, OLD, Say(Settled)),
                    (120, OLD, Write(2)),
                    (120, OLD, Say(Settled)),
                ],
                &[(350, Update, OLD)],
            ),
            (
                "a new one too",
                &[(0, "new", Write(1)), (0, "new", Say(Touched))],
                &[(200, Update, "new")],
            ),
            (
                "an own write needs no waiting",
                &[
                    (0, OLD, Write(1)),
                    (0, OLD, Wrote(1)),
                    (0, OLD, Say(Arrived)),
                ],
                &[],
            ),
            (
                "one that vanishes meanwhile is nothing",
                &[
                    (0, "new", Write(1)),
                    (0, "new", Say(Settled)),
                    (90, "new", Delete),
                    (90, "new", Say(Gone)),
                ],
                &[],
            ),
            (
                "a removal is a removal",
                &[(0, OLD, Delete), (0, OLD, Say(Gone))],
                &[(REMOVAL_MS, Remove, OLD)],
            ),
        ],
    );
}

#[test]
fn too_many_undecided_files_ask_for_a_rescan() {
    let mut machine = Coalescer::new(Snapshot::new(1), usual());
    for index in 0..super::coalesce::MAX_ACTIVE {
        machine.hint(&index.to_string(), Touched, Time::ZERO);
    }
    assert!(!machine.take_overflowed());
    machine.hint("one more", Touched, Time::ZERO);
    assert!(machine.take_overflowed());
    assert!(!machine.take_overflowed());
}

#[test]
fn a_file_without_room_is_reported_and_noted() {
    let mut machine = Coalescer::new(Snapshot::new(0), usual());
    machine.hint("a", Arrived, Time::ZERO);
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
    let act = prop_oneof![
        (1..6u64).prop_map(Write),
        (1..6u64).prop_map(Fresh),
        Just(Delete),
        prop_oneof![
            Just(Touched),
            Just(Written),
            Just(Settled),
            Just(Arrived),
            Just(Gone)
        ]
        .prop_map(Say),
    ];
    let path = prop_oneof![Just(OLD), Just("new"), Just("old.1")];
    let story = proptest::collection::vec((0..600u64, path, act), 0..40);
    proptest!(ProptestConfig::with_cases(256), |(mut story in story)| {
        story.sort_by_key(|(at, _, _)| *at);
        // Whatever happened, the source says so at the end at the latest.
        let ends = [OLD, "new", "old.1"].map(|path| (700, path, Say(Touched)));
        story.extend(ends);
        let reports = tell(usual(), &story);
        for path in [OLD, "new", "old.1"] {
            let mut world = World::default();
            world.act(OLD, Write(0));
            story.iter().filter(|(_, other, _)| *other == path).for_each(|(_, path, act)| world.act(path, *act));
            let exists = matches!(world.look(path).1, Sight::Present { .. });
            let mine: Vec<_> = reports.iter().filter(|(_, _, other)| other == path).collect();
            let believed = mine.last().map_or(path == OLD, |(_, kind, _)| *kind == Update);
            prop_assert_eq!(believed, exists, "{} {:?}", path, mine);
            for pair in mine.windows(2) {
                prop_assert!(pair[1].0 - pair[0].0 >= ms(DEBOUNCE), "{:?}", mine);
            }
        }
    });
}
