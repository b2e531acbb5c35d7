//! Removes exactly what a listing shows, and its metadata, in any mount.

use std::rc::Rc;

use super::Storage;
use super::listing::list_part;
use super::mounts::Part;
use crate::driver::{Context, Driver, EventKind, Options, Outcome};
use crate::error::Error;
use crate::key::{Key, KeyList, META_SUFFIX, is_below};
use crate::maybe::MaybePromise;

impl Storage {
    pub(super) fn clear_below(&self, base: &str, cx: &Context) -> MaybePromise<Outcome> {
        if let Err(error) = self.open() {
            return MaybePromise::err(error.operation("clear").key(base));
        }
        let parts = self.0.mounts.borrow().parts(base);
        let (implied, base) = (self.0.implied.clone(), base.to_owned());
        implied.begin(&base);
        let cleared = parts
            .into_iter()
            .map(|part| self.clear_part(part, cx))
            .collect();
        MaybePromise::all(cleared).then(move |outcomes| {
            implied.end(&base);
            outcomes.map(|_: Vec<Outcome>| Outcome::Done)
        })
    }

    /// The keys are listed only if someone must know them: listeners, or a mount whose keys are
    /// partly hidden by deeper mounts and must stay.
    fn clear_part(&self, part: Part, cx: &Context) -> MaybePromise<Outcome> {
        let driver = Rc::clone(&part.mount.driver);
        let publishes = self.0.hub.is_listening() && !driver.capabilities().reports_own_changes;
        if part.is_unmasked() && !publishes {
            return placed(driver.clear(&part.base, cx), &driver);
        }
        let listing = cx.with_options(Options {
            include_meta: true,
            ..cx.options.clone()
        });
        let (storage, cx) = (self.clone(), cx.clone());
        let listed = list_part(part, &listing);
        listed.and_then(move |(part, keys)| {
            let keys: KeyList = keys
                .iter()
                .filter(|key| part.owns(key) && is_below(key, &part.base))
                .collect();
            let removed = if part.is_unmasked() {
                driver.clear(&part.base, &cx)
            } else {
                remove_each(&*driver, &keys, &cx)
            };
            placed(removed, &driver).map(move |outcome| {
                if publishes && outcome == Outcome::Done {
                    storage.publish_removals(&part, &keys);
                }
                outcome
            })
        })
    }

    fn publish_removals(&self, part: &Part, keys: &KeyList) {
        for relative in keys.iter().filter(|key| !key.ends_with(META_SUFFIX)) {
            self.0
                .hub
                .publish(EventKind::Remove, &format!("{}{relative}", part.mount.base));
        }
    }
}

fn remove_each(driver: &dyn Driver, keys: &KeyList, cx: &Context) -> MaybePromise<Outcome> {
    let removed = keys
        .iter()
        .map(|key| driver.remove(Key::literal(key), cx))
        .collect();
    MaybePromise::all(removed).map(|outcomes: Vec<Outcome>| {
        let ignored =
            !outcomes.is_empty() && outcomes.iter().all(|outcome| *outcome == Outcome::Ignored);
        if ignored {
            Outcome::Ignored
        } else {
            Outcome::Done
        }
    })
}

fn placed(answer: MaybePromise<Outcome>, driver: &Rc<dyn Driver>) -> MaybePromise<Outcome> {
    let driver = Rc::clone(driver);
    answer.map_err(move |error: Error| error.operation("clear").driver(driver.name()))
}
