//! Temporary files: their names, and the removal of those that dead processes left.

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::disk::{EntryKind, Folder};
use super::escape::{TEMPORARY_PREFIX, is_temporary};

/// A temporary file whose process cannot be asked counts as left over after this time.
const STALE_AFTER: Duration = Duration::from_secs(60 * 60);

/// A name that no file has: the process, a token drawn at its start, a number.
pub(super) fn new_name() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!(
        "{TEMPORARY_PREFIX}{}-{:016x}-{number:x}",
        std::process::id(),
        token()
    )
}

/// Tells this process from an earlier one with the same number (every run in a container).
fn token() -> u64 {
    static TOKEN: OnceLock<u64> = OnceLock::new();
    *TOKEN.get_or_init(|| {
        // Without a source of randomness the address of a static has to do: names are created
        // exclusively anyway.
        getrandom::u64().unwrap_or_else(|_| (&raw const TOKEN).addr() as u64)
    })
}

/// Removes the temporary file `name` if the process that made it is gone. Failures do not matter:
/// it stays hidden, and the next walk tries again.
pub(super) fn sweep(folder: &Folder, name: &str) {
    if is_left_over(folder, name).unwrap_or(false) {
        let _ = folder.remove(name);
    }
}

fn is_left_over(folder: &Folder, name: &str) -> io::Result<bool> {
    if !is_temporary(name) || folder.kind(name)? != EntryKind::File {
        return Ok(false);
    }
    let Some((process, token_text)) = maker(name) else {
        return is_old(folder, name);
    };
    if process == std::process::id() {
        return Ok(token_text != format!("{:016x}", token()));
    }
    match is_running(process) {
        Some(false) => Ok(true),
        // Another process may have got the number since.
        _ => is_old(folder, name),
    }
}

fn maker(name: &str) -> Option<(u32, &str)> {
    let mut parts = name.strip_prefix(TEMPORARY_PREFIX)?.split('-');
    Some((parts.next()?.parse().ok()?, parts.next()?))
}

fn is_old(folder: &Folder, name: &str) -> io::Result<bool> {
    let modified = folder.modified(name)?;
    // A time in the future is not old.
    Ok(modified.elapsed().is_ok_and(|age| age > STALE_AFTER))
}

#[cfg(unix)]
fn is_running(process: u32) -> Option<bool> {
    use rustix::io::Errno;
    let process = rustix::process::Pid::from_raw(i32::try_from(process).ok()?)?;
    Some(!matches!(
        rustix::process::test_kill_process(process),
        Err(Errno::SRCH)
    ))
}

#[cfg(not(unix))]
fn is_running(_process: u32) -> Option<bool> {
    None
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::super::disk::Base;
    use super::super::options::Modes;
    use super::*;

    #[test]
    fn names_are_hidden_and_never_repeat() {
        let (one, other) = (new_name(), new_name());
        assert!(is_temporary(&one) && is_temporary(&other));
        assert_ne!(one, other);
        assert_eq!(maker(&one).unwrap().0, std::process::id());
    }

    #[test]
    fn only_the_files_of_dead_processes_go() {
        let folder = tempfile::tempdir().unwrap();
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let dead = child.id();
        child.wait().unwrap();
        let cases = [
            (new_name(), true),
            (
                format!(
                    "{TEMPORARY_PREFIX}{}-0123456789abcdef-0",
                    std::process::id()
                ),
                false,
            ),
            (format!("{TEMPORARY_PREFIX}1-0123456789abcdef-0"), true),
            (
                format!("{TEMPORARY_PREFIX}{dead}-0123456789abcdef-0"),
                false,
            ),
            (format!("{TEMPORARY_PREFIX}unreadable"), true),
            ("value".to_owned(), true),
        ];
        let held = Base::new(folder.path().to_owned(), Modes::default())
            .folder("")
            .unwrap();
        for (name, stays) in cases {
            std::fs::write(folder.path().join(&name), "x").unwrap();
            sweep(&held, &name);
            assert_eq!(folder.path().join(&name).exists(), stays, "{name}");
        }
        let old = format!("{TEMPORARY_PREFIX}unreadable");
        let file = std::fs::File::options()
            .write(true)
            .open(folder.path().join(&old))
            .unwrap();
        file.set_modified(std::time::SystemTime::now() - 2 * STALE_AFTER)
            .unwrap();
        sweep(&held, &old);
        assert!(!folder.path().join(&old).exists());
    }
}
