//! Lists keys across mounts.

use std::rc::Rc;

use super::Storage;
use super::mounts::Part;
use crate::driver::Context;
use crate::key::{self, KeyList};
use crate::maybe::MaybePromise;

impl Storage {
    pub(super) fn list(&self, base: &str, cx: &Context) -> MaybePromise<KeyList> {
        if let Err(error) = self.open() {
            return MaybePromise::err(error.operation("getKeys").key(base));
        }
        let parts = self.0.mounts.borrow().parts(base);
        let shown = Shown {
            max_depth: cx.options.max_depth,
            include_meta: cx.options.include_meta,
        };
        let listed: Vec<_> = parts.into_iter().map(|part| list_part(part, cx)).collect();
        MaybePromise::all(listed).map(move |lists| shown.of(lists))
    }
}

/// Which keys a listing shows.
struct Shown {
    max_depth: Option<usize>,
    include_meta: bool,
}

impl Shown {
    fn of(&self, mut lists: Vec<(Part, KeyList)>) -> KeyList {
        // What one driver lists for the whole storage is usually right as it is, without a copy.
        if let [(part, keys)] = lists.as_mut_slice()
            && part.mount.base.is_empty()
            && keys.iter().all(|key| self.shows(part, key))
        {
            return std::mem::take(keys);
        }
        let mut all = KeyList::new();
        for (part, keys) in &lists {
            keys.iter()
                .filter(|relative| self.shows(part, relative))
                .for_each(|relative| all.push_joined(&part.mount.base, relative));
        }
        all
    }

    fn shows(&self, part: &Part, relative: &str) -> bool {
        (self.include_meta || !key::is_meta(relative))
            && key::is_below(relative, &part.base)
            && part.owns(relative)
            && self
                .max_depth
                .is_none_or(|most| key::depth(&part.mount.base) + key::depth(relative) <= most)
    }
}

/// Lists one part, with the depth limit as the driver counts it.
pub(super) fn list_part(part: Part, cx: &Context) -> MaybePromise<(Part, KeyList)> {
    let driver = Rc::clone(&part.mount.driver);
    let mut cx = cx.clone();
    if let Some(most) = cx.options.max_depth {
        match most.checked_sub(key::depth(&part.mount.base)) {
            Some(own) => cx.options.max_depth = Some(own),
            None => return MaybePromise::ok((part, KeyList::new())),
        }
    }
    let name = Rc::clone(&driver);
    let keys = driver.keys(&part.base, &cx);
    keys.then(move |keys| match keys {
        Ok(keys) => Ok((part, keys)),
        Err(error) => Err(error
            .operation("getKeys")
            .driver(name.name())
            .key(&part.mount.base)),
    })
}
