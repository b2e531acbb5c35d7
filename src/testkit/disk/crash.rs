//! What a loss of power can leave.
//!
//! - Of the changes of names in a folder since its last flush, any may be missing; those that are
//!   left happened in their order. A rename in one folder is one change. A move to another folder is
//!   two: the new name is there before the old one is gone, unless the old folder alone was flushed.
//! - Of the content of a file since its last flush, each block may be the old or the new one, zeros
//!   where there was none; the length may be the old one, the new one, or any between that ends a
//!   block or lacks one byte. Names and contents do not wait for each other.

use super::{BLOCK_BYTES, Change, Disk, File, Folder, Names, Node, Number, ROOT, State};

/// The disk after a loss of power: nothing on it is in doubt.
#[derive(Clone, Debug)]
pub struct Image {
    folders: Vec<Names>,
    contents: Vec<Option<Vec<u8>>>,
}

impl Change {
    pub(super) fn apply(&self, names: &mut Names) {
        for (name, number) in &self.names {
            match number {
                Some(number) => names.insert(name.clone(), *number),
                None => names.remove(name),
            };
        }
    }
}

impl Disk {
    /// What programs see now: what is left if a program ends and the power stays.
    #[must_use]
    pub fn image(&self) -> Image {
        Image::of(&self.0.borrow(), |folder| &folder.seen, |file| &file.seen)
    }

    /// Calls `see` with everything that a loss of power can leave.
    pub fn outcomes(&self, mut see: impl FnMut(&Image)) {
        let state = self.0.borrow();
        let image = Image::of(&state, |folder| &folder.stored, |file| &file.stored);
        let pending: Vec<(Number, &Change)> = state
            .nodes
            .iter()
            .enumerate()
            .filter_map(|(number, node)| match node {
                Node::Folder(folder) => {
                    Some(folder.pending.iter().map(move |change| (number, change)))
                }
                Node::File(_) => None,
            })
            .flatten()
            .collect();
        choose_names(&state, &pending, image, &mut see);
    }
}

/// Takes every change or leaves it out.
fn choose_names(
    state: &State,
    pending: &[(Number, &Change)],
    image: Image,
    see: &mut impl FnMut(&Image),
) {
    // A file that no name leads to has no content that matters.
    let Some(((folder, change), rest)) = pending.split_first() else {
        let files = image.files();
        return choose_contents(state, &files, image, see);
    };
    choose_names(state, rest, image.clone(), see);
    let may_happen = change
        .after
        .as_ref()
        .is_none_or(|(target, name, file)| image.name(*target, name) == Some(*file));
    if may_happen {
        let mut image = image;
        if let Some(names) = image.folders.get_mut(*folder) {
            change.apply(names);
        }
        choose_names(state, rest, image, see);
    }
}

/// Takes every content that each file can have.
fn choose_contents(
    state: &State,
    files: &[Number],
    mut image: Image,
    see: &mut impl FnMut(&Image),
) {
    let Some((number, rest)) = files.split_first() else {
        return see(&image);
    };
    let Some(Node::File(file)) = state.nodes.get(*number) else {
        return choose_contents(state, rest, image, see);
    };
    for content in contents(file) {
        if let Some(slot) = image.contents.get_mut(*number) {
            *slot = Some(content);
        }
        choose_contents(state, rest, image.clone(), see);
    }
}

fn contents(file: &File) -> Vec<Vec<u8>> {
    if file.seen == file.stored {
        return vec![file.seen.clone()];
    }
    let (old, new) = (file.stored.len(), file.seen.len());
    let (short, long) = (old.min(new), old.max(new));
    let between = (short..long).filter(|length| length % BLOCK_BYTES == 0 || length + 1 == long);
    let mut lengths: Vec<usize> = between.chain([short, long]).collect();
    lengths.sort_unstable();
    lengths.dedup();
    lengths
        .iter()
        .flat_map(|length| of_length(file, *length))
        .collect()
}

/// Every content of this length.
fn of_length(file: &File, length: usize) -> Vec<Vec<u8>> {
    let blocks = length.div_ceil(BLOCK_BYTES);
    let byte = |bytes: &[u8], at: usize| bytes.get(at).copied().unwrap_or_default();
    let choices = 0..1_usize << blocks;
    let content = |choice: usize| -> Vec<u8> {
        let is_new = |at: usize| choice >> (at / BLOCK_BYTES) & 1 == 1;
        (0..length)
            .map(|at| byte(if is_new(at) { &file.seen } else { &file.stored }, at))
            .collect()
    };
    choices.map(content).collect()
}

impl Image {
    fn of(state: &State, names: fn(&Folder) -> &Names, content: fn(&File) -> &Vec<u8>) -> Self {
        let nodes = state.nodes.iter();
        let (mut folders, mut contents) = (Vec::new(), Vec::new());
        for node in nodes {
            match node {
                Node::File(file) => {
                    folders.push(Names::new());
                    contents.push(Some(content(file).clone()));
                }
                Node::Folder(folder) => {
                    folders.push(names(folder).clone());
                    contents.push(None);
                }
            }
        }
        Image { folders, contents }
    }

    fn name(&self, folder: Number, name: &str) -> Option<Number> {
        self.folders.get(folder)?.get(name).copied()
    }

    /// The files that have a name.
    fn files(&self) -> Vec<Number> {
        let numbers = self.folders.iter().flat_map(Names::values).copied();
        let mut files: Vec<Number> = numbers
            .filter(|number| self.content(*number).is_some())
            .collect();
        files.sort_unstable();
        files.dedup();
        files
    }

    fn content(&self, number: Number) -> Option<&[u8]> {
        self.contents.get(number)?.as_deref()
    }

    /// The content of the file at a path from the root; `None` if there is none, or a folder.
    #[must_use]
    pub fn read(&self, path: &str) -> Option<&[u8]> {
        let mut names = path.split('/').filter(|name| !name.is_empty());
        let number = names.try_fold(ROOT, |folder, name| self.name(folder, name));
        self.content(number?)
    }

    /// The paths of all files that can be reached, with `/` before each name.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        let (mut paths, mut folders) = (Vec::new(), vec![(String::new(), ROOT)]);
        while let Some((prefix, folder)) = folders.pop() {
            for (name, number) in self.folders.get(folder).into_iter().flatten() {
                let path = format!("{prefix}/{name}");
                match self.content(*number) {
                    Some(_) => paths.push(path),
                    None => folders.push((path, *number)),
                }
            }
        }
        paths
    }
}
