//! Files and folders, as programs see and change them.

use std::io;

use super::{Change, Disk, File, Folder, Node, Number, State, Step};

impl State {
    fn file(&mut self, number: Number) -> io::Result<&mut File> {
        match self.nodes.get_mut(number) {
            Some(Node::File(file)) => Ok(file),
            _ => Err(io::ErrorKind::IsADirectory.into()),
        }
    }

    fn folder(&mut self, number: Number) -> io::Result<&mut Folder> {
        match self.nodes.get_mut(number) {
            Some(Node::Folder(folder)) => Ok(folder),
            _ => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn find(&mut self, folder: Number, name: &str) -> io::Result<Number> {
        let found = self.folder(folder)?.seen.get(name).copied();
        found.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn is_folder(&self, number: Number) -> bool {
        matches!(self.nodes.get(number), Some(Node::Folder(_)))
    }

    fn add(&mut self, folder: Number, name: &str, node: Node) -> io::Result<Number> {
        if self.find(folder, name).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let number = self.nodes.len();
        self.nodes.push(node);
        self.change(folder, vec![(name.to_owned(), Some(number))], None)?;
        Ok(number)
    }

    fn change(
        &mut self,
        folder: Number,
        names: Vec<(String, Option<Number>)>,
        after: Option<(Number, String, Number)>,
    ) -> io::Result<()> {
        let folder = self.folder(folder)?;
        let change = Change { names, after };
        change.apply(&mut folder.seen);
        folder.pending.push(change);
        Ok(())
    }
}

impl Disk {
    /// What stands under `name` in a folder.
    ///
    /// # Errors
    /// `NotFound`, or `NotADirectory` if `folder` is none, or what was planned; so everywhere here.
    pub fn find(&self, folder: Number, name: &str) -> io::Result<Number> {
        self.step(Step::Look, |state| state.find(folder, name))
    }

    /// What stands at a path, seen from `folder`. One step, however long it is.
    ///
    /// # Errors
    /// As [`Disk::find`].
    pub fn walk(&self, folder: Number, path: &str) -> io::Result<Number> {
        self.step(Step::Look, |state| {
            let mut names = path.split('/').filter(|name| !name.is_empty());
            names.try_fold(folder, |folder, name| state.find(folder, name))
        })
    }

    /// True for a folder.
    #[must_use]
    pub fn is_folder(&self, number: Number) -> bool {
        self.0.borrow().is_folder(number)
    }

    /// Creates an empty file.
    ///
    /// # Errors
    /// `AlreadyExists`.
    pub fn create(&self, folder: Number, name: &str) -> io::Result<Number> {
        self.step(Step::Create, |state| {
            state.add(folder, name, Node::File(File::default()))
        })
    }

    /// Creates a folder.
    ///
    /// # Errors
    /// `AlreadyExists`.
    pub fn make_folder(&self, folder: Number, name: &str) -> io::Result<Number> {
        self.step(Step::MakeFolder, |state| {
            state.add(folder, name, Node::Folder(Folder::default()))
        })
    }

    /// Gives the file `from` the name `to` in the folder `target`, replacing a file that has it.
    ///
    /// # Errors
    /// `IsADirectory` if a folder has that name.
    pub fn rename(&self, folder: Number, from: &str, target: Number, to: &str) -> io::Result<()> {
        self.step(Step::Rename, |state| {
            let file = state.find(folder, from)?;
            if state
                .find(target, to)
                .is_ok_and(|there| state.is_folder(there))
            {
                return Err(io::ErrorKind::IsADirectory.into());
            }
            let (gone, there) = ((from.to_owned(), None), (to.to_owned(), Some(file)));
            if folder == target {
                return state.change(folder, vec![gone, there], None);
            }
            state.change(target, vec![there], None)?;
            state.change(folder, vec![gone], Some((target, to.to_owned(), file)))
        })
    }

    /// Removes a file.
    ///
    /// # Errors
    /// `IsADirectory`.
    pub fn remove(&self, folder: Number, name: &str) -> io::Result<()> {
        self.step(Step::Remove, |state| {
            let file = state.find(folder, name)?;
            state.file(file)?;
            state.change(folder, vec![(name.to_owned(), None)], None)
        })
    }

    /// Removes a folder.
    ///
    /// # Errors
    /// `DirectoryNotEmpty`.
    pub fn remove_folder(&self, folder: Number, name: &str) -> io::Result<()> {
        self.step(Step::RemoveFolder, |state| {
            let found = state.find(folder, name)?;
            if !state.folder(found)?.seen.is_empty() {
                return Err(io::ErrorKind::DirectoryNotEmpty.into());
            }
            state.change(folder, vec![(name.to_owned(), None)], None)
        })
    }

    /// Writes at an offset and gives the number of bytes that it says were written.
    ///
    /// # Errors
    /// What was planned.
    pub fn write(&self, file: Number, offset: usize, bytes: &[u8]) -> io::Result<usize> {
        self.step(Step::Write, |state| {
            let (arriving, told) = state.plan.written(bytes.len());
            let file = state.file(file)?;
            file.lost = false;
            let seen = &mut file.seen;
            let end = offset + arriving;
            if seen.len() < end {
                seen.resize(end, 0);
            }
            let room = seen.get_mut(offset..end).into_iter().flatten();
            room.zip(bytes).for_each(|(place, byte)| *place = *byte);
            Ok(told)
        })
    }

    /// Cuts a file to a length.
    ///
    /// # Errors
    /// What was planned.
    pub fn cut(&self, file: Number, length: usize) -> io::Result<()> {
        self.step(Step::Cut, |state| {
            state.file(file)?.seen.resize(length, 0);
            Ok(())
        })
    }

    /// The length of a file in bytes; 0 for a folder.
    ///
    /// # Errors
    /// What was planned.
    pub fn length(&self, number: Number) -> io::Result<usize> {
        self.step(Step::Look, |state| {
            Ok(state.file(number).map_or(0, |file| file.seen.len()))
        })
    }

    /// Flushes the content of a file.
    ///
    /// # Errors
    /// What was planned. What was to be flushed is not stored by a later flush either, unless it is
    /// written again: the system takes it for stored.
    pub fn sync_file(&self, file: Number) -> io::Result<()> {
        let outcome = self.step(Step::SyncFile, |state| {
            let file = state.file(file)?;
            if !file.lost {
                file.stored.clone_from(&file.seen);
            }
            Ok(())
        });
        if outcome.as_ref().is_err_and(loses) {
            self.lose(file, |file| file.lost = true, |_| {});
        }
        outcome
    }

    /// Flushes the names in a folder.
    ///
    /// # Errors
    /// As [`Disk::sync_file`].
    pub fn sync_folder(&self, folder: Number) -> io::Result<()> {
        let outcome = self.step(Step::SyncFolder, |state| {
            let folder = state.folder(folder)?;
            for change in folder.pending.drain(..) {
                change.apply(&mut folder.stored);
            }
            Ok(())
        });
        if outcome.as_ref().is_err_and(loses) {
            self.lose(folder, |_| {}, |folder| folder.pending.clear());
        }
        outcome
    }

    /// What a failed flush does. A program that has ended flushes nothing.
    fn lose(&self, number: Number, file: fn(&mut File), folder: fn(&mut Folder)) {
        let mut state = self.0.borrow_mut();
        if state.plan.has_stopped() {
            return;
        }
        match state.nodes.get_mut(number) {
            Some(Node::File(lost)) => file(lost),
            Some(Node::Folder(lost)) => folder(lost),
            None => {}
        }
    }
}

/// A flush that a signal interrupted can be tried again.
fn loses(error: &io::Error) -> bool {
    error.kind() != io::ErrorKind::Interrupted
}
