//! Where a value is to be written.
//!
//! A value stays where it is: a file that another library stored under its literal name keeps that
//! name. So a reader, who tries the paths of a key in order, never misses a value that is being
//! replaced. The one move is from `a` to `a%x=` when a folder `a` is needed, and readers look in
//! that order.

use std::io;

use super::disk::{EntryKind, is_absence, outside, split};
use super::escape::Form;
use super::path::{alternatives, key_of, path_beside, path_of};
use super::read::retry;
use super::seam::{Directory as _, Volume, Writable as _};
use super::store::Store;
use super::twins::is_misspelt;

/// The path of a value, with its folder held open.
pub(super) struct Place<F> {
    pub(super) folder: F,
    /// Relative to the base.
    pub(super) path: String,
}

impl<F> Place<F> {
    /// The name in the folder.
    pub(super) fn name(&self) -> &str {
        split(&self.path).1
    }
}

impl<V: Volume> Store<V> {
    /// Where `key` is stored, or is to be stored; creates the folders on the way.
    pub(super) fn place(&self, key: &str) -> io::Result<Place<V::Folder>> {
        let form = self.writing_form()?;
        let path = path_of(key, form);
        let folder = absent(self.base.folder(split(&path).0))?;
        let there = folder
            .as_ref()
            .map(|folder| self.kind_in(folder, &path))
            .transpose()?
            .flatten();
        let is_blocked = match there {
            None => false,
            Some(EntryKind::Folder) => true,
            Some(EntryKind::Other) => return Err(outside()),
            Some(kind) => {
                if kind == EntryKind::Link {
                    self.check_link(&path)?;
                }
                let folder = folder.ok_or(io::ErrorKind::NotFound)?;
                return Ok(Place { folder, path });
            }
        };
        for other in alternatives(key, form) {
            if let Some(place) = self.existing(folder.as_ref(), &path, other)? {
                return Ok(place);
            }
        }
        // A name that is too long with the suffix stands in another folder.
        let target = if is_blocked {
            path_beside(key, form)
        } else {
            path.clone()
        };
        let folder = folder.filter(|_| split(&target).0 == split(&path).0);
        self.new_place(folder, target)
    }

    /// The place at `other` if a value is there.
    fn existing(
        &self,
        folder: Option<&V::Folder>,
        path: &str,
        other: String,
    ) -> io::Result<Option<Place<V::Folder>>> {
        let folder = match folder {
            Some(folder) if split(path).0 == split(&other).0 => Some(folder.clone()),
            _ => absent(self.base.folder(split(&other).0))?,
        };
        let Some(folder) = folder else {
            return Ok(None);
        };
        let is_there = self.kind_in(&folder, &other)? == Some(EntryKind::File);
        Ok(is_there.then_some(Place {
            folder,
            path: other,
        }))
    }

    fn new_place(&self, folder: Option<V::Folder>, path: String) -> io::Result<Place<V::Folder>> {
        let folder = match folder {
            Some(folder) => folder,
            None => self.create_folders(split(&path).0)?,
        };
        self.make_way(&folder, &path)?;
        Ok(Place { folder, path })
    }

    /// What stands at `path`, whose folder is given; `None` if there is nothing of that name.
    fn kind_in(&self, folder: &V::Folder, path: &str) -> io::Result<Option<EntryKind>> {
        let kind = absent(folder.kind(split(path).1))?;
        if kind == Some(EntryKind::File) && self.is_twin(path)? {
            return Ok(None);
        }
        Ok(kind)
    }

    /// True if the file at `path` really has another name, which this file system does not tell
    /// from this one.
    fn is_twin(&self, path: &str) -> io::Result<bool> {
        Ok(self
            .true_path(path)?
            .is_some_and(|actual| is_misspelt(&actual, path)))
    }

    fn true_path(&self, path: &str) -> io::Result<Option<String>> {
        if self.form() == Form::Portable {
            return Ok(None);
        }
        let file = absent(self.base.look(path))?;
        Ok(file.and_then(|file| self.base.spelling(&file, path)))
    }

    /// Gives the twin that stands at `path` the name that tells it apart.
    fn make_way(&self, folder: &V::Folder, path: &str) -> io::Result<()> {
        let Some(actual) = self
            .true_path(path)?
            .filter(|actual| is_misspelt(actual, path))
        else {
            return Ok(());
        };
        let (parent, _) = split(path);
        let name = split(&actual).1;
        let own_path = if parent.is_empty() {
            name.to_owned()
        } else {
            format!("{parent}/{name}")
        };
        let distinct = key_of(&own_path).map(|key| path_of(&key, Form::Strict));
        match distinct {
            Some(distinct) if split(&distinct).0 == parent && distinct != own_path => {
                folder.rename_to(name, folder, split(&distinct).1)
            }
            _ => Err(io::Error::other(format!(
                "the name is taken by {name:?} on this file system"
            ))),
        }
    }

    /// A link is replaced by the value, unless it leads out of the base.
    fn check_link(&self, path: &str) -> io::Result<()> {
        match self.base.look(path) {
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => Err(error),
            _ => Ok(()),
        }
    }

    /// The form in which to write. The first write creates the base and asks the file system.
    fn writing_form(&self) -> io::Result<Form> {
        if absent(self.base.folder(""))?.is_none() {
            self.create_base().map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => io::ErrorKind::NotADirectory.into(),
                _ => error,
            })?;
        }
        self.settle_form()
    }

    /// Opens the folder at `path`, creating what is missing and moving values out of the way.
    fn create_folders(&self, path: &str) -> io::Result<V::Folder> {
        let mut folder = self.base.folder("")?;
        let mut end = 0;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            end += name.len() + usize::from(end > 0);
            let prefix = path.get(..end).unwrap_or(path);
            folder = self.step(&folder, name, prefix)?;
        }
        Ok(folder)
    }

    /// Opens `name` in `folder`; `path` is where that is, seen from the base.
    fn step(&self, folder: &V::Folder, name: &str, path: &str) -> io::Result<V::Folder> {
        loop {
            match folder.folder(name) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    let create = || retry(|| folder.create_folder(name));
                    self.making(path, create)?;
                }
                Err(error) if is_blocked(&error) => match folder.kind(name)? {
                    EntryKind::Link => return self.base.folder(path),
                    EntryKind::File => self.displace(folder, path)?,
                    EntryKind::Other => return Err(outside()),
                    // It became a folder meanwhile.
                    EntryKind::Folder => {}
                },
                result => return result,
            }
        }
    }

    /// Moves the value at `path` beside the folder that is to take its name.
    fn displace(&self, folder: &V::Folder, path: &str) -> io::Result<()> {
        let form = self.form();
        let key = key_of(path).filter(|key| path_of(key, form) == path);
        let beside = key
            .map(|key| path_beside(&key, form))
            .ok_or(io::ErrorKind::NotADirectory)?;
        // A name that is too long with the suffix continues in a folder of its own.
        let target_folder = self.create_folders(split(&beside).0)?;
        self.root(split(&beside).0)?;
        let (from, to) = (self.own.writing(path), self.own.writing(&beside));
        let facts = self
            .own
            .is_active()
            .then(|| self.base.look(path)?.facts())
            .transpose()?;
        folder.rename_to(split(path).1, &target_folder, split(&beside).1)?;
        from.removed();
        if let Some(facts) = facts {
            to.wrote(facts.stamp);
        }
        self.sync_names(&target_folder)?;
        self.sync_names(folder)
    }
}

/// What a folder's name says if it is taken by something else.
fn is_blocked(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(error.kind(), K::NotADirectory | K::CrossesDevices)
}

/// Turns absence into `None`.
pub(super) fn absent<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if is_absence(&error) => Ok(None),
        result => result.map(Some),
    }
}
