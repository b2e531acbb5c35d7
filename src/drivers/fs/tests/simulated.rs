//! The store on a simulated disk.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::drivers::fs::disk::EntryKind;
use crate::drivers::fs::escape::Form;
use crate::drivers::fs::ignore::Globs;
use crate::drivers::fs::path::paths;
use crate::drivers::fs::seam::{Directory, Facts, Volume, Writable};
use crate::drivers::fs::store::Store;
use crate::testkit::disk::{Disk, Image, Number, ROOT};
use crate::watch::Stamp;

/// Two folders deep, so that the base and the folder above it have to be made.
pub(super) const BASE: &str = "/data/base";

/// The base folder on a simulated disk.
#[derive(Debug)]
pub(super) struct Simulated {
    disk: Disk,
    path: PathBuf,
}

#[derive(Clone, Debug)]
pub(super) struct SimulatedFolder {
    disk: Disk,
    number: Number,
}

#[derive(Debug)]
pub(super) struct SimulatedFile {
    disk: Disk,
    number: Number,
    offset: usize,
}

/// A store on `disk`, as a process opens it.
pub(super) fn store(disk: &Disk, atomic: bool, power: bool) -> Store<Simulated> {
    let base = Simulated {
        disk: disk.clone(),
        path: BASE.into(),
    };
    Store::new(base, atomic, power, false, Globs::default())
}

/// What a reader finds under `key`.
pub(super) fn read<'a>(image: &'a Image, key: &str) -> Option<&'a [u8]> {
    paths(key, Form::Portable).find_map(|path| image.read(&format!("{BASE}/{path}")))
}

impl Simulated {
    fn walk(&self, path: &Path) -> io::Result<Number> {
        self.disk.walk(ROOT, &path.to_string_lossy())
    }

    fn open(&self, path: &str) -> io::Result<SimulatedFile> {
        Ok(SimulatedFile {
            disk: self.disk.clone(),
            number: self.walk(&self.path.join(path))?,
            offset: 0,
        })
    }
}

/// The root of the disk has no name, and so cannot be made.
fn split_path(path: &Path) -> io::Result<(&Path, String)> {
    let parts = path.parent().zip(path.file_name());
    let (parent, name) = parts.ok_or(io::ErrorKind::NotFound)?;
    Ok((parent, name.to_string_lossy().into_owned()))
}

impl Volume for Simulated {
    type Folder = SimulatedFolder;
    type File = SimulatedFile;

    fn path(&self) -> &Path {
        &self.path
    }

    fn is_there(&self, path: &Path) -> bool {
        self.walk(path).is_ok()
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        let (parent, name) = split_path(path)?;
        match self.disk.make_folder(self.walk(parent)?, &name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            made => made.map(drop),
        }
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.disk.sync_folder(self.walk(path)?)
    }

    fn renew(&self) -> io::Result<()> {
        Ok(())
    }

    fn generation(&self) -> u64 {
        self.walk(&self.path).map_or(0, |number| number as u64)
    }

    fn folder(&self, path: &str) -> io::Result<SimulatedFolder> {
        let number = self.walk(&self.path.join(path))?;
        match self.disk.is_folder(number) {
            true => Ok(SimulatedFolder {
                disk: self.disk.clone(),
                number,
            }),
            false => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn write(&self, path: &str) -> io::Result<SimulatedFile> {
        match self.open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let path = self.path.join(path);
                let (parent, name) = split_path(&path)?;
                let number = self.disk.create(self.walk(parent)?, &name)?;
                Ok(SimulatedFile {
                    disk: self.disk.clone(),
                    number,
                    offset: 0,
                })
            }
            opened => opened,
        }
    }

    fn look(&self, path: &str) -> io::Result<SimulatedFile> {
        self.open(path)
    }

    fn spelling(&self, _file: &SimulatedFile, _path: &str) -> Option<String> {
        None
    }
}

impl Directory for SimulatedFolder {
    type File = SimulatedFile;

    fn folder(&self, name: &str) -> io::Result<Self> {
        let number = self.disk.find(self.number, name)?;
        match self.disk.is_folder(number) {
            true => Ok(SimulatedFolder {
                disk: self.disk.clone(),
                number,
            }),
            false => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn kind(&self, name: &str) -> io::Result<EntryKind> {
        let number = self.disk.find(self.number, name)?;
        Ok(kind_of(&self.disk, number))
    }

    fn create(&self, name: &str) -> io::Result<SimulatedFile> {
        Ok(SimulatedFile {
            disk: self.disk.clone(),
            number: self.disk.create(self.number, name)?,
            offset: 0,
        })
    }

    fn create_folder(&self, name: &str) -> io::Result<()> {
        match self.disk.make_folder(self.number, name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            result => result.map(drop),
        }
    }

    fn rename_to(&self, from: &str, folder: &Self, to: &str) -> io::Result<()> {
        self.disk.rename(self.number, from, folder.number, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk.remove(self.number, name)
    }

    fn remove_folder(&self, name: &str) -> io::Result<()> {
        self.disk.remove_folder(self.number, name)
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.sync_folder(self.number)
    }
}

fn kind_of(disk: &Disk, number: Number) -> EntryKind {
    match disk.is_folder(number) {
        true => EntryKind::Folder,
        false => EntryKind::File,
    }
}

impl Write for SimulatedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.disk.write(self.number, self.offset, bytes)?;
        self.offset += written;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Writable for SimulatedFile {
    fn facts(&self) -> io::Result<Facts> {
        let size = self.disk.length(self.number)? as u64;
        let stamp = Stamp {
            size,
            ..Stamp::default()
        };
        Ok(Facts {
            kind: kind_of(&self.disk, self.number),
            stamp,
            has_other_names: false,
        })
    }

    fn cut(&self, length: u64) -> io::Result<()> {
        self.disk.cut(self.number, usize::try_from(length).unwrap())
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.sync_file(self.number)
    }
}
