//! Every crash and every fault of every short history, on a simulated disk.
//!
//! A history is up to three writes and removals of two keys, on an empty store or on one that holds
//! both. Its last operation is interrupted at each of its calls; the ones before it were
//! acknowledged. Shorter histories are the interrupted ones of longer histories, so that is all.

use std::io;

use super::simulated::{Simulated, read, store};
use super::*;
use crate::error::Fault as Failure;
use crate::testkit::disk::{Disk, Fault, Image, ROOT, Step};

/// The longest history.
const MAX_OPERATIONS: usize = 3;

/// Keys that share a folder, that need one, one that is in the way of the other's folder, and the
/// same with a name so long that it moves to another folder.
fn pairs() -> [[String; 2]; 4] {
    let long = "l".repeat(254);
    [
        ["k".into(), "l".into()],
        ["d:k".into(), "d:e:l".into()],
        ["a".into(), "a:b".into()],
        [long.clone(), format!("{long}:b")],
    ]
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Operation {
    /// Which key of the pair.
    key: usize,
    removes: bool,
}

const OPERATIONS: [Operation; 4] = [
    Operation {
        key: 0,
        removes: false,
    },
    Operation {
        key: 1,
        removes: false,
    },
    Operation {
        key: 0,
        removes: true,
    },
    Operation {
        key: 1,
        removes: true,
    },
];

fn histories(longest: usize) -> Vec<Vec<Operation>> {
    let mut all = vec![vec![]];
    let mut last = all.clone();
    for _ in 0..longest {
        let longer = |history: &Vec<Operation>| {
            OPERATIONS.map(|operation| [history.as_slice(), &[operation]].concat())
        };
        last = last.iter().flat_map(longer).collect();
        all.extend(last.iter().cloned());
    }
    all.retain(|history| !history.is_empty());
    all
}

/// Several blocks, each value shorter than the one before.
fn value(number: usize) -> Vec<u8> {
    let rest = "x".repeat(2 * (MAX_OPERATIONS - number));
    format!("value{number}{rest}").into_bytes()
}

/// What each key of the pair holds.
type Model = [Option<Vec<u8>>; 2];

#[derive(Clone, Debug)]
struct Case {
    keys: [String; 2],
    /// Both keys were stored, and flushed, before.
    stored: bool,
    atomic: bool,
    power: bool,
    history: Vec<Operation>,
}

fn cases(longest: usize, atomic: bool, power: bool) -> Vec<Case> {
    let mut cases = Vec::new();
    for keys in pairs() {
        for stored in [false, true] {
            cases.extend(histories(longest).into_iter().map(|history| Case {
                keys: keys.clone(),
                stored,
                atomic,
                power,
                history,
            }));
        }
    }
    cases
}

/// A history with only its last operation left to do.
struct Ready {
    disk: Disk,
    store: Store<Simulated>,
    before: Model,
    after: Model,
    last: Operation,
}

impl Case {
    fn carry_out(
        &self,
        store: &Store<Simulated>,
        operation: Operation,
        number: usize,
    ) -> Result<(), Failure> {
        let key = &self.keys[operation.key];
        match operation.removes {
            true => store.remove(key),
            false => store.set(key, &value(number)),
        }
    }

    fn expect(&self, model: &mut Model, operation: Operation, number: usize) {
        model[operation.key] = (!operation.removes).then(|| value(number));
    }

    fn ready(&self) -> Ready {
        let disk = Disk::new();
        let mut before = Model::default();
        if self.stored {
            // By a process that is gone, and flushed.
            let earlier = store(&disk, true, true);
            for (key, content) in self.keys.iter().zip(&mut before) {
                earlier.set(key, b"stored").unwrap();
                *content = Some(b"stored".to_vec());
            }
        }
        let store = store(&disk, self.atomic, self.power);
        let (last, acknowledged) = self.history.split_last().unwrap();
        for (number, operation) in acknowledged.iter().enumerate() {
            self.carry_out(&store, *operation, number).unwrap();
            self.expect(&mut before, *operation, number);
        }
        let mut after = before.clone();
        self.expect(&mut after, *last, acknowledged.len());
        Ready {
            disk,
            store,
            before,
            after,
            last: *last,
        }
    }

    fn finish(&self, ready: &Ready, fault: Option<(usize, Fault)>) -> Result<(), Failure> {
        ready.disk.plan(fault);
        self.carry_out(&ready.store, ready.last, self.history.len() - 1)
    }

    /// The calls of the last operation.
    fn steps(&self) -> Vec<Step> {
        let ready = self.ready();
        self.finish(&ready, None).unwrap();
        ready.disk.steps()
    }

    /// Each key is as before or as after; if the operation was acknowledged, as after.
    fn check(
        &self,
        ready: &Ready,
        image: &Image,
        acknowledged: bool,
        context: &dyn std::fmt::Debug,
    ) {
        for (index, key) in self.keys.iter().enumerate() {
            let found = read(image, key);
            let old = ready.before[index].as_deref();
            let new = ready.after[index].as_deref();
            let fits = found == new || found == old && !acknowledged;
            // Written in place, a value that is interrupted may be anything.
            let spared = !self.atomic && !acknowledged && index == ready.last.key;
            assert!(
                fits || spared,
                "{self:?} at {context:?}: {key} is {found:?}, not {old:?} or {new:?}"
            );
        }
    }
}

#[test]
fn an_acknowledged_write_survives_the_end_of_the_process() {
    for atomic in [true, false] {
        for case in cases(MAX_OPERATIONS, atomic, false) {
            for (at, step) in case.steps().into_iter().enumerate() {
                // What is left before a look is left before the next change too.
                if step == Step::Look {
                    continue;
                }
                let ready = case.ready();
                let outcome = case.finish(&ready, Some((at, Fault::Stop)));
                assert_eq!(outcome.is_ok(), is_tidying(step), "{case:?} at {step:?}");
                case.check(&ready, &ready.disk.image(), outcome.is_ok(), &step);
            }
            let ready = case.ready();
            case.finish(&ready, None).unwrap();
            case.check(&ready, &ready.disk.image(), true, &"the end");
        }
    }
}

/// An operation is acknowledged although these fail: they are no part of it.
fn is_tidying(step: Step) -> bool {
    step == Step::RemoveFolder
}

#[test]
fn an_acknowledged_write_survives_a_loss_of_power() {
    for atomic in [true, false] {
        for case in cases(MAX_OPERATIONS, atomic, true) {
            let steps = case.steps();
            for at in 0..=steps.len() {
                let step = steps.get(at);
                if step == Some(&Step::Look) {
                    continue;
                }
                let ready = case.ready();
                let acknowledged = case.finish(&ready, Some((at, Fault::Stop))).is_ok();
                ready
                    .disk
                    .outcomes(|image| case.check(&ready, image, acknowledged, &step));
            }
        }
    }
}

/// A process is killed, or was never to flush anything; another one finds what it left, writes, and
/// then the power goes.
#[test]
fn what_another_process_left_in_the_cache_takes_nothing_along() {
    for (atomic, earlier_has_power) in [(true, true), (true, false), (false, true), (false, false)]
    {
        for case in cases(2, atomic, earlier_has_power) {
            for at in 0..=case.steps().len() {
                for key in &case.keys {
                    let ready = case.ready();
                    // Killed or not, what counts is what it left.
                    let _killed = case.finish(&ready, Some((at, Fault::Stop)));
                    ready.disk.plan(None);
                    let left = ready.disk.copy();
                    store(&left, atomic, true).remove(key).unwrap();
                    stays(&case, &left, key, None);
                    store(&ready.disk, atomic, true).set(key, LATER).unwrap();
                    stays(&case, &ready.disk, key, Some(LATER));
                }
            }
        }
    }
}

/// What was acknowledged last survives a loss of power.
fn stays(case: &Case, disk: &Disk, key: &str, value: Option<&[u8]>) {
    disk.outcomes(|image| assert_eq!(read(image, key), value, "{case:?}: {key}"));
}

/// What the last write of a test stores.
const LATER: &[u8] = b"later";

/// Somebody who does not flush removes the base and makes it again; what was known of it is void.
#[test]
fn a_base_that_was_made_again_is_flushed_again() {
    let disk = Disk::new();
    let ours = store(&disk, true, true);
    ours.set("k", b"old").unwrap();
    let above = disk.walk(ROOT, "data").unwrap();
    let base = disk.find(above, "base").unwrap();
    disk.remove(base, "k").unwrap();
    disk.remove_folder(above, "base").unwrap();
    disk.make_folder(above, "base").unwrap();
    ours.set("k", LATER).unwrap();
    disk.outcomes(|image| assert_eq!(read(image, "k"), Some(LATER)));
}

/// An operation fails, the store goes on, and then the power goes.
#[test]
fn what_follows_a_failed_call_is_as_safe() {
    for case in [true, false].map(|atomic| cases(2, atomic, true)).concat() {
        for at in 0..case.steps().len() {
            for fault in FAULTS {
                for key in &case.keys {
                    let ready = case.ready();
                    let first = case.finish(&ready, Some((at, fault)));
                    ready.disk.plan(None);
                    match ready.store.set(key, LATER) {
                        Ok(()) => stays(&case, &ready.disk, key, Some(LATER)),
                        // After a failed flush nothing is written any more.
                        Err(_) => assert!(first.is_err(), "{case:?} at {at}: {fault:?}"),
                    }
                }
            }
        }
    }
}

const FAULTS: [Fault; 7] = [
    Fault::Fail(io::ErrorKind::StorageFull),
    Fault::Fail(io::ErrorKind::Other),
    Fault::Fail(io::ErrorKind::Interrupted),
    Fault::Fail(io::ErrorKind::QuotaExceeded),
    Fault::Full,
    Fault::Short,
    Fault::Lie,
];

#[test]
fn a_failing_call_is_told_and_harms_no_value() {
    for power in [false, true] {
        for case in cases(2, true, power) {
            for (at, step) in case.steps().into_iter().enumerate() {
                for fault in FAULTS {
                    fail(&case, at, step, fault);
                }
            }
        }
    }
}

fn fail(case: &Case, at: usize, step: Step, fault: Fault) {
    let ready = case.ready();
    let outcome = case.finish(&ready, Some((at, fault)));
    let context = (at, step, fault);
    let image = ready.disk.image();
    case.check(&ready, &image, outcome.is_ok(), &context);
    if case.power {
        ready
            .disk
            .outcomes(|image| case.check(&ready, image, outcome.is_ok(), &context));
    }
    if let Err(failure) = outcome {
        assert!(
            is_expected(Error::from(failure).code(), fault),
            "{case:?} at {context:?}"
        );
        // A flush of names comes after the value is in place, and so do removals of what other
        // names it could have.
        if step != Step::SyncFolder && !ready.last.removes {
            let old = ready.before[ready.last.key].as_deref();
            assert_eq!(
                read(&image, &case.keys[ready.last.key]),
                old,
                "{case:?} at {context:?}"
            );
        }
        // A flush that failed may have lost anything, and a later one would not tell.
        if matches!(step, Step::SyncFile | Step::SyncFolder) && is_told(fault) {
            ready.disk.plan(None);
            assert!(
                ready.store.set("other", b"x").is_err(),
                "{case:?} at {context:?}"
            );
        }
    }
    let temporary = image
        .paths()
        .into_iter()
        .find(|path| path.contains("stowage-tmp"));
    // The one that removes it is tried once; what stays is hidden and swept later.
    assert!(
        step == Step::Remove || temporary.is_none(),
        "{case:?} at {context:?}: {temporary:?}"
    );
}

/// What makes a flush fail: it is tried again after a signal, and needs no room of its own.
fn is_told(fault: Fault) -> bool {
    matches!(
        fault,
        Fault::Fail(
            io::ErrorKind::Other | io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
        )
    )
}

fn is_expected(code: &str, fault: Fault) -> bool {
    let codes: &[&str] = match fault {
        Fault::Fail(io::ErrorKind::StorageFull) | Fault::Full => &["ENOSPC"],
        Fault::Fail(io::ErrorKind::Interrupted) => &["EINTR"],
        Fault::Fail(io::ErrorKind::QuotaExceeded) => &["EDQUOT"],
        Fault::Short | Fault::Stop => &[],
        Fault::Lie | Fault::Fail(_) => &["EIO"],
    };
    codes.contains(&code)
}
