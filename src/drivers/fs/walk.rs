//! Listing keys.

use std::collections::HashSet;
use std::io;

use super::disk::{Entry, EntryKind, Folder, fault, split};
use super::escape::{has_escape, is_temporary};
use super::ignore::{IgnoreFunction, join};
use super::path::{depth_in, folders, is_too_deep, key_of};
use super::place::absent;
use super::store::Store;
use super::temporary;
use crate::error::{Fault, Kind, Result as JsResult};
use crate::key::{KeyList, SEPARATOR};

/// The most keys of one listing.
const MAX_KEYS: usize = 10_000_000;

/// What a walk has found.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// The keys, each once.
    pub(super) keys: KeyList,
    /// The folders that were entered, parents first.
    pub(super) folders: Vec<SeenFolder>,
    /// The bare name of the file of each key; empty unless asked for.
    names: KeyList,
}

/// A folder on the way of a walk.
#[derive(Debug)]
pub(super) struct SeenFolder {
    /// Relative to the base; empty for the base.
    pub(super) path: String,
    /// The index of the folder that it is in.
    parent: Option<usize>,
    /// The keys up to this one, and from the end of the folder before, are in this folder.
    keys_end: usize,
}

/// A folder that is still to be read.
struct Pending {
    path: String,
    parent: Option<usize>,
    /// It was reached through a symbolic link. Links in it are not followed, so every link shows
    /// its target once and a cycle ends.
    through_link: bool,
}

/// One walk.
struct Walk<'a> {
    store: &'a Store,
    base_path: String,
    /// Only keys that start so are listed.
    prefix: &'a str,
    max_depth: usize,
    with_names: bool,
    listing: Listing,
    pending: Vec<Pending>,
    /// Keys of escaped paths, which may stand beside another file of the same key.
    escaped: bool,
}

impl Store {
    /// The keys that start with `prefix` and have at most `max_depth` separators.
    pub(super) fn list(
        &self,
        prefix: &str,
        max_depth: Option<usize>,
        with_names: bool,
    ) -> Result<Listing, Fault> {
        self.base.renew()?;
        let mut walk = Walk {
            store: self,
            base_path: self.base.path().to_string_lossy().into_owned(),
            prefix,
            max_depth: max_depth.unwrap_or(usize::MAX),
            with_names,
            listing: Listing::default(),
            pending: Vec::new(),
            escaped: false,
        };
        for start in walk.starts() {
            walk.enter(&start)?;
            walk.run()?;
        }
        Ok(walk.finish())
    }
}

impl Walk<'_> {
    /// The folders in which keys with the prefix can be.
    fn starts(&self) -> Vec<String> {
        match self.prefix.rsplit_once(SEPARATOR) {
            Some((folder, _)) => folders(folder, self.store.form()),
            None => vec![String::new()],
        }
    }

    /// Notes the parents of the first folder, unless one of them is left out.
    fn enter(&mut self, start: &str) -> Result<(), Fault> {
        self.pending.clear();
        let mut parent = None;
        for (end, _) in start.match_indices('/') {
            let path = start.get(..end).unwrap_or_default();
            if self.is_hidden(path) {
                return Ok(());
            }
            parent = Some(self.note(path.to_owned(), parent));
        }
        let through_link = self.is_linked(start).map_err(fault)?;
        if !self.is_hidden(start) && depth_in(start) <= self.max_depth {
            self.pending.push(Pending {
                path: start.to_owned(),
                parent,
                through_link,
            });
        }
        Ok(())
    }

    fn is_hidden(&self, folder: &str) -> bool {
        self.store.globs.hides_folder(&self.base_path, folder)
    }

    /// True if a folder on the way to `path` is a link.
    fn is_linked(&self, path: &str) -> io::Result<bool> {
        let Some((parent, name)) = (!path.is_empty()).then(|| split(path)) else {
            return Ok(false);
        };
        let Some(folder) = inside(self.store.base.folder(parent))? else {
            return Ok(false);
        };
        let is_link = absent(folder.kind(name))? == Some(EntryKind::Link);
        Ok(is_link || self.is_linked(parent)?)
    }

    fn note(&mut self, path: String, parent: Option<usize>) -> usize {
        let keys_end = self.listing.keys.len();
        self.listing.folders.push(SeenFolder {
            path,
            parent,
            keys_end,
        });
        self.listing.folders.len() - 1
    }

    fn run(&mut self) -> Result<(), Fault> {
        while let Some(next) = self.pending.pop() {
            // A folder that is gone, or that leads out of the base, holds no keys.
            if let Some(folder) = inside(self.store.base.folder(&next.path)).map_err(fault)? {
                self.read(&folder, next).map_err(fault)?;
            }
            if self.listing.keys.len() > MAX_KEYS {
                return Err(Fault::new(
                    Kind::LimitExceeded,
                    format!("there are more than {MAX_KEYS} keys"),
                ));
            }
        }
        Ok(())
    }

    fn read(&mut self, folder: &Folder, next: Pending) -> io::Result<()> {
        let Some(entries) = absent(folder.entries())? else {
            return Ok(());
        };
        let index = self.note(next.path.clone(), next.parent);
        let key_prefix = plain_prefix(&next.path);
        for entry in entries {
            if is_temporary(&entry.name) {
                if !self.store.read_only {
                    temporary::sweep(folder, &entry.name);
                }
                continue;
            }
            match self.kind(&next, &entry)? {
                EntryKind::File => self.add(&next.path, key_prefix.as_deref(), &entry.name),
                EntryKind::Folder => self.push(&next, index, &entry),
                EntryKind::Link | EntryKind::Other => {}
            }
        }
        let keys_end = self.listing.keys.len();
        if let Some(seen) = self.listing.folders.get_mut(index) {
            seen.keys_end = keys_end;
        }
        Ok(())
    }

    /// What an entry is, links resolved. A link that leads nowhere, out of the base, or to a folder
    /// that it is in, is nothing.
    fn kind(&self, parent: &Pending, entry: &Entry) -> io::Result<EntryKind> {
        if entry.kind != EntryKind::Link {
            return Ok(entry.kind);
        }
        let path = below(&parent.path, &entry.name);
        let Some(target) = inside(self.store.base.metadata(&path))? else {
            return Ok(EntryKind::Other);
        };
        let kind = EntryKind::from(target.file_type());
        if kind == EntryKind::Folder && (parent.through_link || self.is_parent(&path, &parent.path))
        {
            return Ok(EntryKind::Other);
        }
        Ok(kind)
    }

    /// True if the link leads to the folder at `path` or one above it.
    fn is_parent(&self, link: &str, path: &str) -> bool {
        // A folder that cannot be compared is gone, and then leads nowhere.
        let is_same = |path: &str| self.store.base.is_same(link, path).unwrap_or(true);
        let mut parents = path
            .match_indices('/')
            .filter_map(|(end, _)| path.get(..end));
        is_same("") || is_same(path) || parents.any(is_same)
    }

    fn push(&mut self, parent: &Pending, index: usize, entry: &Entry) {
        let path = below(&parent.path, &entry.name);
        if depth_in(&path) <= self.max_depth && !is_too_deep(&path) && !self.is_hidden(&path) {
            let through_link = parent.through_link || entry.kind == EntryKind::Link;
            self.pending.push(Pending {
                path,
                parent: Some(index),
                through_link,
            });
        }
    }

    fn add(&mut self, folder: &str, key_prefix: Option<&str>, name: &str) {
        let is_plain = !has_escape(name) && !name.contains([SEPARATOR, '?', '\\']);
        match key_prefix.filter(|_| is_plain) {
            Some(prefix) if prefix.starts_with(self.prefix) => {
                if !self.hides_file(folder, name) {
                    self.listing.keys.push_joined(prefix, name);
                    self.add_name(name);
                }
            }
            // Escapes, names that no key has, and prefixes that end within a segment.
            _ => self.add_decoded(folder, name),
        }
    }

    fn add_decoded(&mut self, folder: &str, name: &str) {
        let Some(key) = key_of(&below(folder, name)) else {
            return;
        };
        if key.starts_with(self.prefix)
            && crate::key::depth(&key) <= self.max_depth
            && !self.hides_file(folder, name)
        {
            self.escaped = true;
            self.listing.keys.push(&key);
            self.add_name(name);
        }
    }

    fn add_name(&mut self, name: &str) {
        if self.with_names {
            self.listing.names.push(name);
        }
    }

    fn hides_file(&self, folder: &str, name: &str) -> bool {
        // The usual rules are about folders only, and then no path needs to be put together.
        let globs = &self.store.globs;
        globs.has_file_rules() && globs.hides_file(&self.base_path, &below(folder, name))
    }

    fn finish(mut self) -> Listing {
        // Two files can stand for one key only if one of them has an escaped path.
        if self.escaped && !self.with_names {
            let mut seen = HashSet::new();
            self.listing.keys = self
                .listing
                .keys
                .iter()
                .filter(|key| seen.insert(*key))
                .collect();
        }
        self.listing
    }
}

/// What all keys in a folder start with, if the path of the folder stands for itself.
fn plain_prefix(folder: &str) -> Option<String> {
    if folder.is_empty() {
        return Some(String::new());
    }
    let key = (!has_escape(folder)).then(|| key_of(folder))??;
    Some(key + ":")
}

/// The path of `name` in `folder`.
fn below(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

/// `None` for what is absent or leads out of the base.
fn inside<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => Ok(None),
        Err(error) if super::disk::is_link_loop(&error) => Ok(None),
        result => absent(result),
    }
}

impl Listing {
    /// The keys without those that a function leaves out. It is asked once for each folder, with
    /// its absolute path, and once for each file that is left, with its name.
    pub(super) fn filtered(self, base: &str, function: &IgnoreFunction) -> JsResult<KeyList> {
        let mut hidden = Vec::with_capacity(self.folders.len());
        let (mut keys, mut seen) = (KeyList::new(), HashSet::new());
        let mut start = 0;
        for folder in &self.folders {
            let in_hidden = folder
                .parent
                .is_some_and(|parent| hidden.get(parent).copied().unwrap_or(false));
            let is_hidden = in_hidden || function(&native(&join(base, &folder.path)))?;
            hidden.push(is_hidden);
            for index in start..folder.keys_end {
                let (Some(key), Some(name)) = (self.keys.get(index), self.names.get(index)) else {
                    continue;
                };
                if !is_hidden && !function(name)? && seen.insert(key) {
                    keys.push(key);
                }
            }
            start = folder.keys_end;
        }
        Ok(keys)
    }
}

/// A path with the separators of the platform.
pub(super) fn native(path: &str) -> String {
    if cfg!(windows) {
        path.replace('/', "\\")
    } else {
        path.to_owned()
    }
}
