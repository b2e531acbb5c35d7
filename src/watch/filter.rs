//! What is left out of a watch: the part that the watching thread decides, and the part that has to
//! be asked on the orchestrating thread.

use std::fmt;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::options::{HiddenRule, IgnoreFunction, IgnoreHereRule, Ignored, TreeRules};
use crate::error::{Error, Kind, Result};

/// The rules that the watching thread applies.
pub(super) struct Filter {
    hidden: HiddenRule,
    relative: GlobSet,
    absolute: GlobSet,
    /// The base with `/` as separator and at its end, for absolute globs.
    base: String,
    depth: Option<usize>,
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filter")
            .field("base", &self.base)
            .field("depth", &self.depth)
            .finish()
    }
}

impl Filter {
    /// # Errors
    /// `INVALID_OPTION` for a glob that cannot be read.
    pub(super) fn new(
        base: &Path,
        rules: &TreeRules,
        ignored: &[Ignored],
        depth: Option<usize>,
    ) -> Result<Self> {
        let (mut relative, mut absolute) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for rule in ignored {
            let Ignored::Glob(glob) = rule else { continue };
            let set = if is_absolute(glob) {
                &mut absolute
            } else {
                &mut relative
            };
            add_glob(set, glob)?;
        }
        let build = |set: GlobSetBuilder| set.build().map_err(|error| invalid_glob("", &error));
        Ok(Filter {
            hidden: std::sync::Arc::clone(&rules.hidden),
            relative: build(relative)?,
            absolute: build(absolute)?,
            base: slashed(base),
            depth,
        })
    }

    /// True if the folder is watched, as far as itself is concerned.
    pub(super) fn admits_folder(&self, path: &str) -> bool {
        let deep = self
            .depth
            .is_some_and(|depth| path.split('/').count() > depth);
        path.is_empty() || !(deep || self.is_ignored(path, true))
    }

    /// True if the file is watched, as far as itself is concerned.
    pub(super) fn admits_file(&self, path: &str) -> bool {
        !self.is_ignored(path, false)
    }

    /// True if all the folders on the way to `path` are watched.
    pub(super) fn admits_way_to(&self, path: &str) -> bool {
        folders_on_the_way(path).all(|folder| self.admits_folder(folder))
    }

    fn is_ignored(&self, path: &str, is_folder: bool) -> bool {
        (self.hidden)(path, is_folder)
            || self.relative.is_match(path)
            || (!self.absolute.is_empty() && self.absolute.is_match(format!("{}{path}", self.base)))
    }
}

/// The rules that have to be asked on the orchestrating thread.
#[derive(Clone)]
pub(super) struct Judge {
    base: PathBuf,
    functions: Vec<IgnoreFunction>,
    ignored_here: Option<IgnoreHereRule>,
}

impl fmt::Debug for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Judge")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

impl Judge {
    pub(super) fn new(base: &Path, rules: &TreeRules, ignored: &[Ignored]) -> Self {
        let functions = ignored.iter().filter_map(|rule| match rule {
            Ignored::Function(function) => Some(IgnoreFunction::clone(function)),
            Ignored::Glob(_) => None,
        });
        Judge {
            base: base.to_path_buf(),
            functions: functions.collect(),
            ignored_here: rules.ignored_here.clone(),
        }
    }

    /// False if there is nothing to ask.
    pub(super) fn has_rules(&self) -> bool {
        !self.functions.is_empty() || self.ignored_here.is_some()
    }

    /// Asks the rules about one path.
    ///
    /// # Errors
    /// The first error that a rule throws.
    pub(super) fn ignores(&self, relative: &str, is_folder: bool) -> Result<bool> {
        if !self.has_rules() {
            return Ok(false);
        }
        let path = self
            .base
            .join(relative.replace('/', std::path::MAIN_SEPARATOR_STR));
        // A base whose name is not UTF-8 has to be shown to JavaScript somehow.
        let path = path.to_string_lossy();
        for function in &self.functions {
            if function(&path)? {
                return Ok(true);
            }
        }
        self.ignored_here
            .as_ref()
            .map_or(Ok(false), |rule| rule(&path, is_folder))
    }

    /// Asks the rules about a file and all the folders on the way to it.
    ///
    /// # Errors
    /// As [`Judge::ignores`].
    pub(super) fn ignores_on_the_way(&self, relative: &str) -> Result<bool> {
        if !self.has_rules() {
            return Ok(false);
        }
        for folder in folders_on_the_way(relative) {
            if self.ignores(folder, true)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// `a`, `a/b` for `a/b/c`.
fn folders_on_the_way(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/')
        .filter_map(|(end, _)| path.get(..end))
}

fn is_absolute(glob: &str) -> bool {
    glob.starts_with('/') || Path::new(glob).is_absolute()
}

fn add_glob(set: &mut GlobSetBuilder, glob: &str) -> Result<()> {
    let glob = glob.strip_prefix("./").unwrap_or(glob);
    let glob = glob.strip_suffix('/').unwrap_or(glob);
    // What is all in an ignored folder needs no watch on the folder either.
    for pattern in [Some(glob), glob.strip_suffix("/**")].into_iter().flatten() {
        let parsed = GlobBuilder::new(pattern).literal_separator(true).build();
        set.add(parsed.map_err(|error| invalid_glob(glob, &error))?);
    }
    Ok(())
}

fn invalid_glob(glob: &str, error: &globset::Error) -> Error {
    let message = format!(
        "Invalid option `watchOptions.ignored`: the glob \"{glob}\" cannot be read: {error}"
    );
    Error::new(Kind::InvalidOption, message).operation("watch")
}

fn slashed(base: &Path) -> String {
    let mut base = base.to_string_lossy().replace(MAIN_SEPARATOR, "/");
    if !base.ends_with('/') {
        base.push('/');
    }
    base
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::rc::Rc;

    use super::*;

    fn filter(globs: &[&str], depth: Option<usize>) -> Filter {
        let ignored: Vec<_> = globs
            .iter()
            .map(|glob| Ignored::Glob((*glob).to_owned()))
            .collect();
        Filter::new(
            Path::new("/data/store"),
            &TreeRules::default(),
            &ignored,
            depth,
        )
        .unwrap()
    }

    #[test]
    fn globs_see_relative_and_absolute_paths() {
        let cases = [
            ("**/node_modules/**", "node_modules", true, false),
            ("**/node_modules/**", "a/node_modules", true, false),
            ("**/node_modules/**", "a/node_modules/b.js", false, false),
            ("**/node_modules/**", "a/my_modules", true, true),
            ("*.log", "a.log", false, false),
            ("*.log", "dir/a.log", false, true),
            ("**/*.log", "dir/a.log", false, false),
            ("./dir/", "dir", true, false),
            ("/data/store/dir", "dir", true, false),
            ("/data/**", "dir", true, false),
            ("/elsewhere/**", "dir", true, true),
            ("**/store/**", "dir", true, true),
            ("{a,b}/[cd]", "b/c", false, false),
        ];
        for (glob, path, is_folder, admitted) in cases {
            let filter = filter(&[glob], None);
            let answer = if is_folder {
                filter.admits_folder(path)
            } else {
                filter.admits_file(path)
            };
            assert_eq!(answer, admitted, "{glob} {path}");
        }
    }

    #[test]
    fn depth_counts_levels_of_folders_below_the_base() {
        let shallow = filter(&[], Some(0));
        assert!(shallow.admits_folder("") && !shallow.admits_folder("a"));
        let deeper = filter(&[], Some(1));
        assert!(deeper.admits_folder("a") && !deeper.admits_folder("a/b"));
        assert!(deeper.admits_way_to("a/file") && !deeper.admits_way_to("a/b/file"));
    }

    #[test]
    fn a_glob_that_cannot_be_read_is_an_invalid_option() {
        let ignored = [Ignored::Glob("[".to_owned())];
        let error =
            Filter::new(Path::new("/b"), &TreeRules::default(), &ignored, None).unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidOption);
        assert!(error.message().contains('['), "{error}");
    }

    #[test]
    fn functions_see_absolute_paths_of_every_folder_on_the_way() {
        let base = std::path::absolute("store").unwrap();
        let target = base.join("a").join("b").to_string_lossy().into_owned();
        let rule = Ignored::Function(Rc::new(move |path: &str| Ok(path == target)));
        let judge = Judge::new(&base, &TreeRules::default(), &[rule]);
        assert!(judge.ignores("a/b", true).unwrap());
        assert!(judge.ignores_on_the_way("a/b/c").unwrap());
        assert!(!judge.ignores_on_the_way("a/c").unwrap());
    }
}
