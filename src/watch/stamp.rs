//! What tells two states of a file apart without reading it.

use std::fs::Metadata;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How coarse modification times are where the file system keeps fractions of a second: the
/// kernel's clock tick on Linux (10 ms at most), and some slack.
const FINE_GRANULARITY: Duration =
    Duration::from_millis(if cfg!(target_os = "linux") { 20 } else { 1 });

/// How coarse modification times are where they are whole seconds (FAT keeps every second one).
const COARSE_GRANULARITY: Duration = Duration::from_secs(2);

/// Nanoseconds in a second.
const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// The state of a file: two equal stamps mean the same content, unless the file was changed again
/// within the granularity of modification times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// Size in bytes.
    pub size: u64,
    /// Last modification, in nanoseconds since the Unix epoch.
    pub mtime_ns: i64,
    /// The number of the inode; 0 where there is none (Windows).
    pub inode: u64,
}

impl Stamp {
    /// The stamp of a file with this metadata. A rename keeps it, so the metadata of a temporary
    /// file taken after its last write is right for the file that it becomes.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        Stamp {
            size: metadata.len(),
            mtime_ns: mtime_ns(metadata),
            inode: inode(metadata),
        }
    }

    /// True if a change made right now could leave the stamp as it is, because the clock of the
    /// file system is too coarse to tell.
    #[must_use]
    pub(super) fn is_fresh(&self, now: SystemTime) -> bool {
        let whole_seconds = self.mtime_ns % NANOS_PER_SECOND == 0;
        let granularity = if whole_seconds {
            COARSE_GRANULARITY
        } else {
            FINE_GRANULARITY
        };
        let granularity_ns = i64::try_from(granularity.as_nanos()).unwrap_or(i64::MAX);
        since_epoch_ns(now).saturating_sub(self.mtime_ns) < granularity_ns
    }
}

fn mtime_ns(metadata: &Metadata) -> i64 {
    // A file system without modification times leaves size and inode to compare.
    metadata.modified().map_or(0, since_epoch_ns)
}

fn since_epoch_ns(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |nanos| -nanos),
    }
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_metadata: &Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(mtime_ns: i64) -> Stamp {
        Stamp {
            mtime_ns,
            ..Stamp::default()
        }
    }

    #[test]
    fn freshness_depends_on_the_granularity_of_the_file_system() {
        let second = UNIX_EPOCH + Duration::from_secs(100);
        let fine = 100 * NANOS_PER_SECOND + 5;
        assert!(at(fine).is_fresh(second));
        assert!(!at(fine).is_fresh(second + Duration::from_millis(500)));
        assert!(at(100 * NANOS_PER_SECOND).is_fresh(second + Duration::from_millis(1900)));
        assert!(!at(100 * NANOS_PER_SECOND).is_fresh(second + Duration::from_millis(2100)));
    }
}
