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
        let (max_depth, include_meta) = (cx.options.max_depth, cx.options.include_meta);
        let listed: Vec<_> = parts.into_iter().map(|part| list_part(part, cx)).collect();
        MaybePromise::all(listed).map(move |lists| {
            let mut all = KeyList::new();
            for (part, keys) in lists {
                for relative in keys.iter().filter(|relative| part.owns(relative)) {
                    let depth = key::depth(&part.mount.base) + key::depth(relative);
                    let is_meta = relative.ends_with(key::META_SUFFIX);
                    let below = relative.starts_with(&*part.base);
                    if below
                        && (include_meta || !is_meta)
                        && max_depth.is_none_or(|most| depth <= most)
                    {
                        all.push_joined(&part.mount.base, relative);
                    }
                }
            }
            all
        })
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
