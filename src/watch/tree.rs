//! Looks at the watched folder: single files and listings, never through links out of the base.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::stamp::Stamp;

/// What is under a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// A regular file, or a link to one inside the base.
    File(Stamp),
    /// A folder; not a link to one.
    Folder,
    /// Nothing that counts.
    Nothing,
    /// It could not be looked at.
    Unknown,
}

/// Device and inode.
pub(super) type Identity = (u64, u64);

/// The watched folder.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    base: PathBuf,
    follow_symlinks: bool,
}

impl Tree {
    pub(super) fn new(base: &Path, follow_symlinks: bool) -> Self {
        Tree {
            base: base.to_path_buf(),
            follow_symlinks,
        }
    }

    /// The path of a file or folder; `""` is the base.
    pub(super) fn path(&self, relative: &str) -> PathBuf {
        if relative.is_empty() {
            self.base.clone()
        } else {
            self.base.join(relative)
        }
    }

    /// What tells the folder that is the base now from another that takes its place; `None` if
    /// there is none, or the platform does not tell.
    pub(super) fn identity(&self) -> Option<Identity> {
        fs::metadata(&self.base)
            .ok()
            .and_then(|base| identity(&base))
    }

    /// What is under a relative path.
    pub(super) fn look(&self, relative: &str) -> Node {
        let path = self.path(relative);
        self.judge(&path, fs::symlink_metadata(&path))
    }

    /// Calls `visit` with name and kind of everything in a folder that has a UTF-8 name.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub(super) fn list(&self, relative: &str, mut visit: impl FnMut(&str, Node)) -> io::Result<()> {
        for entry in fs::read_dir(self.path(relative))? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let node = match entry.file_type() {
                Ok(kind) if kind.is_dir() => Node::Folder,
                _ => self.judge(&entry.path(), entry.metadata()),
            };
            visit(name, node);
        }
        Ok(())
    }

    /// Classifies by metadata that does not follow a final link.
    fn judge(&self, path: &Path, metadata: io::Result<fs::Metadata>) -> Node {
        match metadata {
            Ok(metadata) if metadata.is_dir() => Node::Folder,
            Ok(metadata) if metadata.is_file() => Node::File(Stamp::of(&metadata)),
            Ok(metadata) if metadata.is_symlink() && self.follow_symlinks => self.follow(path),
            Ok(_) => Node::Nothing,
            Err(error) if is_absence(&error) => Node::Nothing,
            Err(_) => Node::Unknown,
        }
    }

    fn follow(&self, link: &Path) -> Node {
        let target = self
            .base
            .canonicalize()
            .and_then(|base| Ok((base, link.canonicalize()?)));
        match target {
            Ok((base, target)) if target.starts_with(&base) => {
                match fs::symlink_metadata(&target) {
                    Ok(metadata) if metadata.is_file() => Node::File(Stamp::of(&metadata)),
                    _ => Node::Nothing,
                }
            }
            _ => Node::Nothing,
        }
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "the interface of all platforms")]
fn identity(metadata: &fs::Metadata) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_metadata: &fs::Metadata) -> Option<Identity> {
    None
}

/// True for failures that mean that there is no such file, or none in reach: the driver finds its
/// files folder by folder, a watch by paths that the system takes only up to some length.
pub(super) fn is_absence(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(
        error.kind(),
        K::NotFound | K::NotADirectory | K::InvalidFilename
    )
}
