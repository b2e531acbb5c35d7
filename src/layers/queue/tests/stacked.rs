//! A queue between a storage and real files.

use std::cell::RefCell;

use super::*;
use crate::drivers::fs::{Durability, Fs, FsOptions, Ignore, Modes};
use crate::storage::{Interest, Storage};

#[test]
fn batches_leave_for_files_while_a_caller_awaits_each_write() {
    let (folder, host) = (tempfile::tempdir().unwrap(), TestHost::new());
    let options = FsOptions {
        name: "fs",
        base: folder.path().to_owned(),
        ignore: Ignore::default(),
        read_only: false,
        no_clear: false,
        atomic: true,
        durability: Durability::Process,
        modes: Modes::default(),
        watch: None,
    };
    let files = Rc::new(Fs::open(options, host.shared()).unwrap());
    let queue = Queue::new(files, QueueOptions::default(), host.shared()).unwrap();
    for number in 0..3000 {
        let key = format!("key{number}");
        let answer = queue.set(Key::literal(&key), Value::text("1"), &later());
        host.run_until(answer).unwrap();
        assert!(queue.state().size <= 1000);
    }
    let count = || std::fs::read_dir(folder.path()).unwrap().count();
    assert!(count() >= 2000, "{}", count());
    host.run_until(queue.close(&later())).unwrap();
    assert_eq!(count(), 3000);
}

#[test]
fn a_watched_storage_reports_a_queued_write_once() {
    let bench = Bench::new();
    let storage = Storage::new(Rc::new(bench.queue.clone()), bench.host.shared());
    let seen: Rc<RefCell<Vec<String>>> = Rc::default();
    let noted = Rc::clone(&seen);
    let sink = Rc::new(move |kind: crate::driver::EventKind, key: &str| {
        noted.borrow_mut().push(format!("{} {key}", kind.name()));
    });
    let _listener = bench
        .host
        .run_until(storage.subscribe("", Interest::default(), sink))
        .unwrap();
    bench
        .host
        .run_until(storage.set(Key::literal("k"), Value::text("1"), &later()))
        .unwrap();
    bench.host.run_until(storage.flush(&later())).unwrap();
    assert_eq!(*seen.borrow(), ["update k"]);
    assert_eq!(bench.stored("k").as_deref(), Some("1"));
}
