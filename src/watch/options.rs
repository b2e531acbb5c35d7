//! What to watch, and how.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Result;

/// How a tree is watched. The names and defaults are those of chokidar 4, but for `persistent`.
#[derive(Clone, Debug)]
pub struct WatchOptions {
    /// False: an update for every file that is already there is delivered once the watch stands.
    /// Default: true, as the predecessor set it.
    pub ignore_initial: bool,
    /// The watch keeps the process alive. Default: false, because an open watch alone must not
    /// keep a program from ending.
    pub persistent: bool,
    /// How many levels of folders below the base are watched: 0 is the base alone. Default: all.
    pub depth: Option<usize>,
    /// Compares the tree with its last state every [`WatchOptions::interval`] instead of listening
    /// to the operating system: for network shares and other places that report nothing.
    /// Default: false.
    pub use_polling: bool,
    /// The time between two comparisons when polling. Default: 100 ms.
    pub interval: Duration,
    /// Reports a file only once its size and time have stood still. Default: none.
    pub await_write_finish: Option<AwaitWriteFinish>,
    /// A file that is removed and created again within this time was changed; so a removal is
    /// reported after it. `None` reports removals at once. Default: 100 ms.
    pub atomic: Option<Duration>,
    /// Symbolic links to files inside the base count as files; a link that leaves the base never
    /// does. Links to folders are never walked: what they show inside the base is watched under
    /// its real name. A change of the file behind a link is reported under the file's own name
    /// only. Default: true.
    pub follow_symlinks: bool,
    /// Folders that may not be read are left out silently, instead of failing the watch (at its
    /// start) or being reported as an uncaught error (later). Default: false.
    pub ignore_permission_errors: bool,
    /// What is not watched, beside the driver's own rules. An ignored folder is not entered.
    /// Default: nothing.
    pub ignored: Vec<Ignored>,
}

impl Default for WatchOptions {
    fn default() -> Self {
        WatchOptions {
            ignore_initial: true,
            persistent: false,
            depth: None,
            use_polling: false,
            interval: Duration::from_millis(100),
            await_write_finish: None,
            atomic: Some(Duration::from_millis(100)),
            follow_symlinks: true,
            ignore_permission_errors: false,
            ignored: Vec::new(),
        }
    }
}

/// When a file counts as completely written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AwaitWriteFinish {
    /// How long size and time must stand still. Default: 2 s.
    pub stability_threshold: Duration,
    /// The time between two looks. Default: 100 ms.
    pub poll_interval: Duration,
}

impl Default for AwaitWriteFinish {
    fn default() -> Self {
        AwaitWriteFinish {
            stability_threshold: Duration::from_secs(2),
            poll_interval: Duration::from_millis(100),
        }
    }
}

/// Says of an absolute path (with the separators of the platform) whether it is ignored.
pub type IgnoreFunction = Rc<dyn Fn(&str) -> Result<bool>>;

/// One rule of [`WatchOptions::ignored`].
#[derive(Clone)]
pub enum Ignored {
    /// A glob with `/` as separator. One that is absolute is matched against absolute paths, any
    /// other against paths relative to the base. `*` stays within a segment; `dir/**` also means
    /// `dir` itself; a plain name is a glob that matches itself, and with a folder all that is in it.
    Glob(String),
    /// A function or regular expression, called on the orchestrating thread: once for each folder
    /// that is found, and for each file before its change is delivered. An error fails the watch
    /// while it is being set up; later it is reported as uncaught and the path is not ignored.
    Function(IgnoreFunction),
}

impl fmt::Debug for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ignored::Glob(glob) => f.debug_tuple("Glob").field(glob).finish(),
            Ignored::Function(_) => f.write_str("Function"),
        }
    }
}

/// Says of a path relative to the base (`/` as separator) and whether it is a folder if it is
/// hidden. Called on the watching thread.
pub type HiddenRule = Arc<dyn Fn(&str, bool) -> bool + Send + Sync>;

/// Says of an absolute path and whether it is a folder if it is ignored. Called on the
/// orchestrating thread, under the rules of [`Ignored::Function`].
pub type IgnoreHereRule = Rc<dyn Fn(&str, bool) -> Result<bool>>;

/// Tells which files stand for the same thing, so that to give one the name of another is no
/// change. Called on the watching thread.
pub trait Twins: fmt::Debug + Send + Sync {
    /// The other paths, relative to the base, that stand for the same thing as `path`, whether
    /// there are such files or not. Nothing is touched.
    fn of(&self, path: &str) -> Vec<String>;

    /// True if there still is what `path` stood for, under whatever name. Asked when `path` is
    /// missing and one of the others seems to be there.
    fn is_still_there(&self, path: &str) -> bool;
}

/// What the driver itself knows of its files.
#[derive(Clone)]
pub struct TreeRules {
    /// Names that are never values (temporary files of atomic writes) and the driver's globs.
    pub hidden: HiddenRule,
    /// A rule that JavaScript has to answer.
    pub ignored_here: Option<IgnoreHereRule>,
    /// Files that stand for the same thing; `None` if every file is one of its own.
    pub twins: Option<Arc<dyn Twins>>,
}

impl Default for TreeRules {
    /// Leaves out nothing; there are no twins.
    fn default() -> Self {
        TreeRules {
            hidden: Arc::new(|_, _| false),
            ignored_here: None,
            twins: None,
        }
    }
}

impl fmt::Debug for TreeRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TreeRules")
            .field("ignored_here", &self.ignored_here.is_some())
            .field("twins", &self.twins.is_some())
            .finish_non_exhaustive()
    }
}
