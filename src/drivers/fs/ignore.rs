//! What listings and watches leave out.

use std::fmt;
use std::rc::Rc;

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use super::disk::split;
use crate::error::{Error, Kind, Result};

/// The most globs of one driver.
pub const MAX_GLOBS: usize = 1_000;

/// The longest glob in bytes.
pub const MAX_GLOB_BYTES: usize = 4_096;

/// A rule written in JavaScript: is given the absolute path of a folder, or the bare name of a
/// file, and says whether it is left out.
pub type IgnoreFunction = Rc<dyn Fn(&str) -> Result<bool>>;

/// Folders and files that are no keys. They can still be read and written under their key.
///
/// A glob is matched against the path relative to the base and against the bare name; one that
/// starts with `/` against the absolute path. `*` stays within a segment, `x/**` also means the
/// folder `x` itself, a leading `!` makes an exception. An ignored folder is not entered.
#[derive(Clone, Default)]
pub struct Ignore {
    globs: Globs,
    function: Option<IgnoreFunction>,
}

impl Ignore {
    /// Compiles the rules.
    ///
    /// # Errors
    /// `INVALID_OPTION` naming `ignore` for a glob that cannot be read, for more than
    /// [`MAX_GLOBS`], and for one longer than [`MAX_GLOB_BYTES`].
    pub fn new(globs: &[String], function: Option<IgnoreFunction>) -> Result<Self> {
        Ok(Ignore {
            globs: Globs::new(globs)?,
            function,
        })
    }

    /// The part that any thread can apply.
    pub(super) fn globs(&self) -> &Globs {
        &self.globs
    }

    /// The part that only the orchestrating thread can apply.
    pub(super) fn function(&self) -> Option<&IgnoreFunction> {
        self.function.as_ref()
    }
}

impl fmt::Debug for Ignore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ignore")
            .field("function", &self.function.is_some())
            .finish_non_exhaustive()
    }
}

/// Compiled globs: matching takes time linear in the path.
#[derive(Clone, Debug, Default)]
pub(super) struct Globs {
    rules: Rules,
    exceptions: Rules,
}

/// Globs by what they are matched against.
#[derive(Clone, Debug, Default)]
struct Rules {
    files: GlobSet,
    folders: GlobSet,
    absolute_files: GlobSet,
    absolute_folders: GlobSet,
}

impl Globs {
    fn new(globs: &[String]) -> Result<Self> {
        if globs.len() > MAX_GLOBS {
            return Err(invalid(format!("there are more than {MAX_GLOBS} globs")));
        }
        let (exceptions, rules): (Vec<&str>, Vec<&str>) = globs
            .iter()
            .map(String::as_str)
            .partition(|glob| glob.starts_with('!'));
        let exceptions = exceptions.iter().map(|glob| glob.trim_start_matches('!'));
        Ok(Globs {
            rules: Rules::new(rules.into_iter())?,
            exceptions: Rules::new(exceptions)?,
        })
    }

    /// True if the folder is left out with all that is in it. Its parents are not looked at.
    pub(super) fn hides_folder(&self, base: &str, path: &str) -> bool {
        self.hides(|rules| rules.match_folder(base, path))
    }

    /// True if the file is left out. Its folders are not looked at.
    pub(super) fn hides_file(&self, base: &str, path: &str) -> bool {
        self.hides(|rules| rules.match_file(base, path))
    }

    /// True if some files are left out in folders that are not.
    pub(super) fn has_file_rules(&self) -> bool {
        !self.rules.files.is_empty() || !self.rules.absolute_files.is_empty()
    }

    /// True if the path, or a folder that it is in, is left out.
    pub(super) fn hides_anywhere(&self, base: &str, path: &str, is_folder: bool) -> bool {
        let mut parents = path
            .match_indices('/')
            .filter_map(|(end, _)| path.get(..end));
        parents.any(|parent| self.hides_folder(base, parent))
            || if is_folder {
                self.hides_folder(base, path)
            } else {
                self.hides_file(base, path)
            }
    }

    fn hides(&self, matches: impl Fn(&Rules) -> bool) -> bool {
        matches(&self.rules) && !matches(&self.exceptions)
    }
}

impl Rules {
    fn new<'a>(globs: impl Iterator<Item = &'a str>) -> Result<Self> {
        let [
            mut files,
            mut folders,
            mut absolute_files,
            mut absolute_folders,
        ] = std::array::from_fn(|_| GlobSetBuilder::new());
        for glob in globs {
            let is_absolute = glob.starts_with('/') || is_drive(glob);
            let (files, folders) = match is_absolute {
                true => (&mut absolute_files, &mut absolute_folders),
                false => (&mut files, &mut folders),
            };
            // What is in an ignored folder is never reached, so `x/**` needs to match `x` only.
            match glob.strip_suffix("/**") {
                Some(folder) if !folder.is_empty() => {
                    folders.add(compile(folder)?);
                }
                _ => {
                    files.add(compile(glob)?);
                    folders.add(compile(glob)?);
                }
            }
        }
        Ok(Rules {
            files: build(&files)?,
            folders: build(&folders)?,
            absolute_files: build(&absolute_files)?,
            absolute_folders: build(&absolute_folders)?,
        })
    }

    fn match_folder(&self, base: &str, path: &str) -> bool {
        matches_any(&self.folders, &self.absolute_folders, base, path)
    }

    fn match_file(&self, base: &str, path: &str) -> bool {
        matches_any(&self.files, &self.absolute_files, base, path)
    }
}

fn matches_any(relative: &GlobSet, absolute: &GlobSet, base: &str, path: &str) -> bool {
    (!relative.is_empty()
        && !path.is_empty()
        && (relative.is_match(path) || relative.is_match(split(path).1)))
        || (!absolute.is_empty() && absolute.is_match(join(base, path)))
}

/// An absolute path with `/`, as globs are written.
pub(super) fn join(base: &str, path: &str) -> String {
    let base = base.replace('\\', "/");
    match path.is_empty() {
        true => base,
        false => format!("{}/{path}", base.trim_end_matches('/')),
    }
}

fn is_drive(glob: &str) -> bool {
    let mut start = glob.chars();
    start
        .next()
        .is_some_and(|letter| letter.is_ascii_alphabetic())
        && start.as_str().starts_with(":/")
}

fn compile(glob: &str) -> Result<Glob> {
    if glob.len() > MAX_GLOB_BYTES {
        return Err(invalid(format!(
            "a glob is longer than {MAX_GLOB_BYTES} bytes"
        )));
    }
    let plain = glob.strip_prefix("./").unwrap_or(glob);
    let compiled = GlobBuilder::new(plain).literal_separator(true).build();
    compiled.map_err(|error| invalid(format!("{glob:?} is not a glob: {}", error.kind())))
}

fn build(builder: &GlobSetBuilder) -> Result<GlobSet> {
    builder
        .build()
        .map_err(|error| invalid(error.kind().to_string()))
}

fn invalid(reason: impl fmt::Display) -> Error {
    Error::new(
        Kind::InvalidOption,
        format!("Invalid option `ignore`: {reason}"),
    )
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use proptest::prelude::*;

    use super::*;

    fn globs(globs: &[&str]) -> Globs {
        let globs: Vec<String> = globs.iter().map(ToString::to_string).collect();
        Ignore::new(&globs, None).unwrap().globs().clone()
    }

    #[test]
    fn a_folder_pattern_hides_the_folder_itself() {
        let rules = globs(&["**/node_modules/**", "**/.git/**"]);
        for folder in ["node_modules", "a/node_modules", "a/b/.git"] {
            assert!(rules.hides_folder("/base", folder), "{folder}");
        }
        for folder in ["", "a", "node_modules2", "a/git"] {
            assert!(
                !rules.hides_folder("/base/node_modules/x", folder),
                "{folder}"
            );
        }
        assert!(!rules.hides_file("/base", "a/b.json"));
        assert!(rules.hides_anywhere("/base", "a/node_modules/b/c.json", false));
    }

    #[test]
    fn patterns_match_relative_paths_bare_names_and_absolute_paths() {
        for (pattern, path, hidden) in [
            ("*.tmp", "a/b.tmp", true),
            ("*.tmp", "b.tmp", true),
            ("a/*.tmp", "a/b.tmp", true),
            ("a/*.tmp", "c/a/b.tmp", false),
            ("**/cache/*", "a/cache/b", true),
            ("/base/a/*", "a/b", true),
            ("/other/a/*", "a/b", false),
            ("{x,y}.json", "a/y.json", true),
            ("./a/b", "a/b", true),
            ("**", "a/b", true),
            ("secret", "secret2", false),
        ] {
            assert_eq!(
                globs(&[pattern]).hides_file("/base", path),
                hidden,
                "{pattern} {path}"
            );
        }
    }

    #[test]
    fn an_exclamation_mark_makes_an_exception() {
        let rules = globs(&["*.log", "!keep.log"]);
        assert!(rules.hides_file("/base", "a/b.log"));
        assert!(!rules.hides_file("/base", "a/keep.log"));
    }

    #[test]
    fn bad_globs_are_refused_by_name() {
        let long = "a".repeat(MAX_GLOB_BYTES + 1);
        for globs in [
            vec!["a{b".to_owned()],
            vec!["[".to_owned()],
            vec![long],
            vec!["a".to_owned(); MAX_GLOBS + 1],
        ] {
            let error = Ignore::new(&globs, None).unwrap_err();
            assert_eq!(error.kind(), Kind::InvalidOption);
            assert!(error.message().contains("`ignore`"));
        }
    }

    proptest! {
        #[test]
        fn any_text_compiles_or_is_refused(glob in "\\PC{0,40}", path in "[a-z./]{0,40}") {
            if let Ok(ignore) = Ignore::new(&[glob], None) {
                ignore.globs().hides_anywhere("/base", &path, false);
            }
        }

        #[test]
        fn a_literal_glob_hides_its_name_only(name in "[a-z]{1,8}", other in "[a-z]{1,8}") {
            let rules = globs(&[&name]);
            let hides = |name: &str| rules.hides_file("/base", &format!("x/{name}"));
            prop_assert!(hides(&name));
            prop_assert_eq!(hides(&other), name == other);
        }
    }
}
