#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a panic is a failed test, or what is tested"
)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use futures_executor::block_on;
use proptest::prelude::*;

use super::*;

fn finish<T: 'static>(answer: MaybePromise<T>) -> T {
    block_on(answer.resolve()).unwrap()
}

/// Appends to a log that all jobs of a test share.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<usize>>>);

impl Log {
    fn add(&self, entry: usize) {
        self.0.lock().unwrap().push(entry);
    }

    fn entries(&self) -> Vec<usize> {
        self.0.lock().unwrap().clone()
    }
}

#[test]
fn jobs_of_one_lane_run_in_order() {
    let (lanes, log) = (Lanes::new(), Log::default());
    let answers: Vec<_> = (0..500)
        .map(|number| {
            let log = log.clone();
            lanes.run(3, move || {
                log.add(number);
                Ok(())
            })
        })
        .collect();
    answers.into_iter().for_each(finish);
    assert_eq!(log.entries(), (0..500).collect::<Vec<_>>());
}

#[test]
fn lanes_run_side_by_side() {
    let lanes = Lanes::new();
    let (to_first, from_second) = mpsc::channel();
    // The first job ends only once the second, in another lane, has run.
    let first = lanes.run(0, move || {
        from_second.recv().map_err(|_| Fault::new(Kind::Io, "lost"))
    });
    let second = lanes.run(1, move || {
        to_first.send(7).map_err(|_| Fault::new(Kind::Io, "lost"))
    });
    assert_eq!(finish(first), 7);
    finish(second);
}

#[test]
fn waiting_in_place_sees_what_was_queued() {
    let (lanes, log) = (Lanes::new(), Log::default());
    for round in 0..200 {
        for step in 0..5 {
            let log = log.clone();
            lanes.push(round % LANES, Box::new(move || log.add(round * 5 + step)));
        }
        lanes.wait(round % LANES).unwrap();
        assert_eq!(log.entries().len(), (round + 1) * 5);
    }
    assert!(lanes.is_idle());
}

#[test]
fn a_barrier_runs_after_all_before_it_and_before_all_after_it() {
    for _ in 0..50 {
        let (lanes, log) = (Lanes::new(), Log::default());
        let push = |entry: usize| {
            (0..LANES).for_each(|lane| {
                let log = log.clone();
                lanes.push(lane, Box::new(move || log.add(entry)));
            });
        };
        push(1);
        let own = log.clone();
        let barrier = lanes.barrier(move |hold| {
            own.add(2);
            drop(hold);
            Ok(())
        });
        push(3);
        finish(barrier);
        lanes.wait_all().unwrap();
        let entries = log.entries();
        let sorted = {
            let mut sorted = entries.clone();
            sorted.sort_unstable();
            sorted
        };
        assert_eq!(entries, sorted);
        assert_eq!(entries.len(), 2 * LANES + 1);
    }
}

#[test]
fn a_panic_stops_neither_lane_nor_barrier() {
    let lanes = Lanes::new();
    let failed = lanes.run::<()>(0, || std::panic::panic_any("boom"));
    assert_eq!(
        block_on(failed.resolve()).unwrap_err().kind(),
        Kind::Internal
    );
    let failed = lanes.barrier::<()>(|_hold| std::panic::panic_any("boom"));
    assert_eq!(
        block_on(failed.resolve()).unwrap_err().kind(),
        Kind::Internal
    );
    assert_eq!(finish(lanes.run(0, || Ok(1))), 1);
}

#[test]
fn waiting_for_a_barrier_that_needs_this_thread_is_refused() {
    let lanes = Lanes::new();
    let mut hold = finish(lanes.barrier(|mut hold| {
        hold.hand_to_caller();
        Ok(hold)
    }));
    assert_eq!(lanes.wait(0).unwrap_err().kind(), Kind::Busy);
    assert_eq!(lanes.wait_all().unwrap_err().kind(), Kind::Busy);
    hold.take_from_caller();
    let waiter = {
        let lanes = lanes.clone();
        std::thread::spawn(move || lanes.wait(0).is_ok())
    };
    drop(hold);
    assert!(waiter.join().unwrap());
    lanes.wait_all().unwrap();
}

#[test]
fn a_waiter_is_woken_when_a_barrier_turns_to_the_caller() {
    let lanes = Lanes::new();
    let (go, gone) = mpsc::channel::<()>();
    let barrier = lanes.barrier(move |mut hold| {
        gone.recv().ok();
        hold.hand_to_caller();
        Ok(hold)
    });
    let waiter = {
        let lanes = lanes.clone();
        std::thread::spawn(move || lanes.wait(0).map_err(|error| error.kind()))
    };
    go.send(()).unwrap();
    assert_eq!(waiter.join().unwrap(), Err(Kind::Busy));
    drop(finish(barrier));
}

#[derive(Clone, Debug)]
enum Step {
    Push(usize),
    Barrier,
    Wait(usize),
    WaitAll,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..8_usize).prop_map(Step::Push),
        2 => Just(Step::Barrier),
        2 => (0..8_usize).prop_map(Step::Wait),
        1 => Just(Step::WaitAll),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Every job notes how many jobs of its lane and how many barriers ran before it. Whatever the
    /// interleaving, both must be what the order of the calls says.
    #[test]
    fn any_sequence_of_calls_keeps_its_order(steps in prop::collection::vec(step(), 1..120)) {
        let lanes = Lanes::new();
        let barriers = Arc::new(AtomicUsize::new(0));
        let counts: Arc<Vec<AtomicUsize>> = Arc::new((0..8).map(|_| AtomicUsize::new(0)).collect());
        let wrong = Arc::new(AtomicUsize::new(0));
        let mut queued = [0_usize; 8];
        let mut placed = 0;
        for step in steps {
            match step {
                Step::Push(lane) => {
                    let expected = (queued[lane], placed);
                    queued[lane] += 1;
                    let (barriers, counts, wrong) = (Arc::clone(&barriers), Arc::clone(&counts), Arc::clone(&wrong));
                    lanes.push(lane, Box::new(move || {
                        let seen = (counts[lane].fetch_add(1, Ordering::SeqCst), barriers.load(Ordering::SeqCst));
                        if seen != expected { wrong.fetch_add(1, Ordering::SeqCst); }
                    }));
                }
                Step::Barrier => {
                    let (expected, number) = (queued, placed);
                    placed += 1;
                    let (barriers, counts, wrong) = (Arc::clone(&barriers), Arc::clone(&counts), Arc::clone(&wrong));
                    drop(lanes.barrier(move |hold| {
                        let seen: Vec<_> = counts.iter().map(|count| count.load(Ordering::SeqCst)).collect();
                        if seen != expected || barriers.fetch_add(1, Ordering::SeqCst) != number {
                            wrong.fetch_add(1, Ordering::SeqCst);
                        }
                        drop(hold);
                        Ok(())
                    }));
                }
                Step::Wait(lane) => {
                    lanes.wait(lane).unwrap();
                    prop_assert_eq!(counts[lane].load(Ordering::SeqCst), queued[lane]);
                }
                Step::WaitAll => lanes.wait_all().unwrap(),
            }
        }
        lanes.wait_all().unwrap();
        prop_assert_eq!(wrong.load(Ordering::SeqCst), 0);
        prop_assert_eq!(barriers.load(Ordering::SeqCst), placed);
        let ran: Vec<_> = counts.iter().map(|count| count.load(Ordering::SeqCst)).collect();
        prop_assert_eq!(ran, queued.to_vec());
    }
}

#[test]
fn reads_run_side_by_side_and_what_comes_later_waits_for_them() {
    let (lanes, log) = (Lanes::new(), Log::default());
    let (to_first, from_second) = mpsc::channel();
    // The first read ends only once the second has run.
    let own = log.clone();
    let first = lanes.read(0, move || {
        let _ = from_second.recv();
        own.add(2);
        Ok(())
    });
    let own = log.clone();
    let second = lanes.read(0, move || {
        own.add(1);
        Ok(())
    });
    let own = log.clone();
    let write = lanes.run(0, move || {
        own.add(3);
        Ok(())
    });
    let own = log.clone();
    let barrier = lanes.barrier(move |hold| {
        own.add(4);
        drop(hold);
        Ok(())
    });
    let own = log.clone();
    let third = lanes.read(0, move || {
        own.add(5);
        Ok(())
    });
    finish(second);
    assert_eq!(log.entries(), [1]);
    to_first.send(()).unwrap();
    [first, write, barrier, third].into_iter().for_each(finish);
    assert_eq!(log.entries(), [1, 2, 3, 4, 5]);
}

#[test]
fn a_barrier_and_whoever_waits_in_place_wait_for_reads() {
    for _ in 0..200 {
        let (lanes, log) = (Lanes::new(), Log::default());
        let reads: Vec<_> = (0..8)
            .map(|read| {
                let log = log.clone();
                lanes.read(read % 4, move || {
                    log.add(1);
                    Ok(())
                })
            })
            .collect();
        let own = log.clone();
        let barrier = lanes.barrier(move |hold| {
            own.add(2);
            drop(hold);
            Ok(())
        });
        lanes.wait_for_reads(0).unwrap();
        finish(barrier);
        reads.into_iter().for_each(finish);
        assert_eq!(log.entries(), [1, 1, 1, 1, 1, 1, 1, 1, 2]);
    }
}

#[test]
fn a_read_that_panics_lets_others_go_on() {
    let lanes = Lanes::new();
    let failed = lanes.read::<()>(0, || std::panic::panic_any("boom"));
    assert_eq!(finish(lanes.run(0, || Ok(1))), 1);
    assert_eq!(
        block_on(failed.resolve()).unwrap_err().kind(),
        Kind::Internal
    );
}
