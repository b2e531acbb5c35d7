//! What a watch of the folder is told, and what it reports.

use std::rc::Rc;
use std::sync::Arc;

use super::ignore::IgnoreFunction;
use super::store::Store;
use super::walk::native;
use super::{Fs, disk, is_temporary, path};
use crate::driver::EventSink;
use crate::watch::{IgnoreHereRule, TreeRules, Twins};

/// Reports changes of files as changes of keys. Files that are no key's are left out.
pub(super) fn by_key(sink: EventSink) -> EventSink {
    Rc::new(move |kind, path| {
        if let Some(key) = path::key_of(path) {
            sink(kind, &key);
        }
    })
}

/// The files of one key: a value is moved when a folder needs its name.
#[derive(Debug)]
struct SameKey(Arc<Store>);

impl Twins for SameKey {
    fn of(&self, path: &str) -> Vec<String> {
        let form = self.0.form();
        let Some(key) = path::key_of(path) else {
            return Vec::new();
        };
        let mut paths = path::alternatives(&key, form);
        paths.insert(0, path::path_of(&key, form));
        paths.retain(|other| other != path);
        paths
    }

    /// A file system that takes names for one another may have shown the file of another key.
    fn is_still_there(&self, path: &str) -> bool {
        // The base may be another folder by now. What cannot be read counts as gone, as the file is.
        let is_stored = |key: String| matches!(self.0.has(&key), Ok(true));
        self.0.base.renew().is_ok() && path::key_of(path).is_some_and(is_stored)
    }
}

impl Fs {
    /// What the watch leaves out.
    pub(super) fn rules(&self) -> TreeRules {
        let (base, globs) = (self.base_path(), self.ignore.globs().clone());
        let hidden = move |path: &str, is_folder: bool| {
            is_temporary(disk::split(path).1) || globs.hides_anywhere(&base, path, is_folder)
        };
        let ignored_here = self.ignore.function().cloned().map(ignored_here);
        TreeRules {
            hidden: Arc::new(hidden),
            ignored_here,
            twins: Some(Arc::new(SameKey(Arc::clone(&self.store)))),
        }
    }
}

/// A listing gives the function the bare name of a file, the predecessor's watch gave it the
/// absolute path: either hides the file.
fn ignored_here(function: IgnoreFunction) -> IgnoreHereRule {
    Rc::new(move |path, is_folder| {
        let name = path
            .rsplit(['/', std::path::MAIN_SEPARATOR])
            .next()
            .unwrap_or(path);
        Ok(function(&native(path))? || (!is_folder && function(name)?))
    })
}
