use std::cell::RefCell;

use super::*;
use crate::driver::EventKind;

type Seen = Rc<RefCell<Vec<(EventKind, String)>>>;

/// A watch, what it has reported, and an answer that comes once it has reported all `keys`.
fn watch(fixture: &Fixture, keys: &'static [&str]) -> (Box<dyn Watch>, Seen, MaybePromise<()>) {
    let seen = Seen::default();
    let (sender, receiver) = futures_channel::oneshot::channel();
    let (log, sender) = (Rc::clone(&seen), RefCell::new(Some(sender)));
    let sink: EventSink = Rc::new(move |kind, seen_key| {
        log.borrow_mut().push((kind, seen_key.to_owned()));
        let is_seen = |key: &&str| log.borrow().iter().any(|(_, seen)| seen == key);
        if keys.iter().all(is_seen) {
            sender
                .take()
                .map(|sender: futures_channel::oneshot::Sender<()>| sender.send(()));
        }
    });
    let watch = fixture.wait(fixture.driver.watch(sink)).unwrap().unwrap();
    let arrived = MaybePromise::pending(async move {
        receiver
            .await
            .map_err(|_| Error::new(Kind::Internal, "the watch ended"))
    });
    (watch, seen, arrived)
}

#[test]
fn changes_by_others_arrive_under_their_keys_and_own_changes_do_not() {
    let fixture = Fixture::new();
    fixture.set("own", "0");
    let (watch, seen, arrived) = watch(&fixture, &["a:b", "nul", "last"]);
    fixture.set("own", "1");
    fixture.set("own:beside", "2");
    fixture.set("CON", "3");
    fixture.remove("own");
    fixture.plant("a/b", "1");
    fixture.plant("%x6Eul", "1");
    fixture.plant("a?b", "no key");
    fixture.plant("last", "1");
    fixture.wait(arrived).unwrap();
    fixture.wait(watch.stop()).unwrap();
    let mut keys: Vec<_> = seen
        .borrow()
        .iter()
        .map(|(kind, key)| (kind.name(), key.clone()))
        .collect();
    keys.sort();
    let update = |key: &str| ("update", key.to_owned());
    assert_eq!(keys, [update("a:b"), update("last"), update("nul")]);
}

#[test]
fn a_driver_without_watch_options_cannot_watch() {
    let fixture = Fixture::with(|options| options.watch = None);
    assert!(
        fixture
            .wait(fixture.driver.watch(Rc::new(|_, _| {})))
            .unwrap()
            .is_none()
    );
}

#[test]
fn a_value_that_another_process_moves_out_of_a_folders_way_is_not_reported_as_removed() {
    let fixture = Fixture::new();
    fixture.set("a", "1");
    fixture.set("marker", "1");
    let (watch, seen, arrived) = watch(&fixture, &["a:b", "marker"]);
    let other = Fs::open(options(fixture.base()), Rc::new(fixture.host.clone())).unwrap();
    other.store.set("a:b", b"2").unwrap();
    // A removal is reported late, and an older one before it.
    other.store.remove("marker").unwrap();
    fixture.wait(arrived).unwrap();
    fixture.wait(watch.stop()).unwrap();
    let seen: Vec<_> = seen.borrow().clone();
    let event = |kind, key: &str| (kind, key.to_owned());
    assert_eq!(
        seen,
        [
            event(EventKind::Update, "a:b"),
            event(EventKind::Remove, "marker")
        ]
    );
}
