//! Names that a file system takes for one another.

use unicode_normalization::UnicodeNormalization as _;

/// True if the file that was found for `asked` is really another one: the path that the file
/// system gives it differs by case or Unicode spelling only. A path that differs otherwise was
/// reached through a link.
pub(super) fn is_misspelt(actual: &str, asked: &str) -> bool {
    let actual = actual.replace('\\', "/");
    !actual.ends_with(asked) && folded(&actual).ends_with(&folded(asked))
}

/// The same for all names that some file system takes for one.
fn folded(path: &str) -> String {
    let upper: String = path.nfd().flat_map(char::to_uppercase).collect();
    upper.chars().flat_map(char::to_lowercase).nfd().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_other_spellings_of_the_same_name_are_misspelt() {
        for (actual, asked, misspelt) in [
            ("/base/a/readme", "a/readme", false),
            ("/base/a/Readme", "a/readme", true),
            ("/base/A/readme", "a/readme", true),
            ("/base/e\u{301}", "é", true),
            ("/base/elsewhere", "link", false),
            ("C:\\base\\a\\b", "a/b", false),
        ] {
            assert_eq!(is_misspelt(actual, asked), misspelt, "{actual} {asked}");
        }
    }
}
