//! Finds out whether a file system takes some names for one another.

use std::io;

use super::seam::{Directory as _, Volume};
use super::temporary;

/// The answer to assume before the first write, and always where volumes of both kinds are in use
/// side by side: names then stay the same when the folder moves.
pub(super) const USUALLY_HAS_TWINS: bool = cfg!(any(windows, target_vendor = "apple"));

/// True if a file can also be found under its name in capitals, or in another Unicode spelling.
pub(super) fn has_twins<V: Volume>(base: &V) -> io::Result<bool> {
    if USUALLY_HAS_TWINS {
        return Ok(true);
    }
    let folder = base.folder("")?;
    // One letter with a composed and a decomposed spelling shows both habits.
    let name = format!("{}é", temporary::new_name());
    drop(folder.create(&name)?);
    let twins = [name.to_uppercase(), name.replace('é', "e\u{301}")];
    let found = twins.iter().any(|twin| folder.kind(twin).is_ok());
    match folder.remove(&name) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::super::disk::Base;
    use super::super::options::Modes;
    use super::*;

    #[test]
    fn the_probe_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let base = Base::new(folder.path().to_owned(), Modes::default());
        let twins = has_twins(&base).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        std::fs::write(folder.path().join("twin"), "").unwrap();
        let expected = folder.path().join("TWIN").exists();
        assert_eq!(twins, expected || USUALLY_HAS_TWINS);
    }
}
