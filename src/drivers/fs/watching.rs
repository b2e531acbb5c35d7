//! What a watch of the folder is told, and what it reports.

use std::rc::Rc;
use std::sync::Arc;

use super::ignore::IgnoreFunction;
use super::walk::native;
use super::{Fs, disk, is_temporary, path};
use crate::driver::{EventKind, EventSink};
use crate::watch::{IgnoreHereRule, TreeRules};

impl Fs {
    /// Reports changes of files as changes of keys. Files that are no key's are left out.
    pub(super) fn by_key(&self, sink: EventSink) -> EventSink {
        let store = Arc::clone(&self.store);
        Rc::new(move |kind, path| {
            let Some(key) = path::key_of(path) else {
                return;
            };
            // A file that goes while another stands for its key was moved out of a folder's way.
            let is_moved = kind == EventKind::Remove && matches!(store.has(&key), Ok(true));
            sink(if is_moved { EventKind::Update } else { kind }, &key);
        })
    }

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
