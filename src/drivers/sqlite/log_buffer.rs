//! What a commit adds to the log, collected until it has to be there.
//!
//! SQLite adds a page to the log by two writes, the header of a frame and the page, and a commit of a
//! hundred pages by two hundred. Nobody reads a frame before the commit that it belongs to is complete,
//! and a header says whether its frame completes one. So the frames before are held back and written
//! along with it.

use std::collections::TryReserveError;

/// Bytes of the header of a frame.
const HEADER_BYTES: usize = 24;

/// What is collected at most before it is written, in bytes. SQLite's own functions of Unix write less than
/// 128 KiB at a time, and the largest page, of 64 KiB, may come on top.
const MAX_BYTES: usize = 60 * 1024;

/// Frames that wait.
#[derive(Debug, Default)]
pub(super) struct LogBuffer {
    /// A commit is under way. Without one nothing waits.
    is_held: bool,
    bytes: Vec<u8>,
    /// Where they belong in the log.
    start: i64,
    /// Where the last write of the commit ended; `None` before the first one, and after a failure.
    end: Option<i64>,
    /// The last write was the header of a frame that completes nothing.
    expects_page: bool,
}

/// What has to be done about a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing, for now.
    Wait,
    /// What waits has to be written. The write is part of it.
    Write,
    /// What waits has to be written, then this by itself.
    WriteApart,
}

impl LogBuffer {
    /// Says that a commit begins.
    pub(super) fn hold(&mut self) {
        self.is_held = true;
    }

    /// Says that it has ended, well or not. Whatever waits belongs to one that failed.
    pub(super) fn release(&mut self) {
        self.is_held = false;
        self.bytes.clear();
        self.end = None;
        self.expects_page = false;
    }

    /// Takes a write at `offset`.
    ///
    /// Only what follows the write before it may wait, and of that only headers, and pages whose header
    /// completes nothing: where SQLite writes in any other manner, nothing is held back.
    ///
    /// # Errors
    /// There is no memory for it.
    pub(super) fn add(&mut self, data: &[u8], offset: i64) -> Result<Step, TryReserveError> {
        if !self.is_held {
            return Ok(Step::WriteApart);
        }
        let follows = self.end.is_none_or(|end| end == offset);
        let length = i64::try_from(data.len()).ok();
        self.end = length.and_then(|length| offset.checked_add(length));
        let is_header = data.len() == HEADER_BYTES;
        let may_wait = is_header || self.expects_page;
        self.expects_page = is_header && data.get(4..8) == Some(&[0; 4]);
        if !follows {
            return Ok(Step::WriteApart);
        }
        if self.bytes.is_empty() {
            self.start = offset;
        }
        self.bytes.try_reserve(data.len())?;
        self.bytes.extend_from_slice(data);
        match may_wait && self.bytes.len() < MAX_BYTES {
            true => Ok(Step::Wait),
            false => Ok(Step::Write),
        }
    }

    /// Writes what waits. Nothing waits any more, however that ends.
    ///
    /// # Errors
    /// Those of `write`.
    pub(super) fn write<E>(
        &mut self,
        write: impl FnOnce(&[u8], i64) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        let written = write(&self.bytes, self.start);
        self.bytes.clear();
        if written.is_err() {
            self.end = None;
        }
        written
    }
}

#[cfg(test)]
mod tests {
    #![expect(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a failed unwrap is a failed test"
    )]
    use super::*;

    const PAGE: usize = 4096;

    fn header(completes: u8) -> [u8; HEADER_BYTES] {
        let mut header = [1; HEADER_BYTES];
        header[4..8].copy_from_slice(&[0, 0, 0, completes]);
        header
    }

    /// A log as a file would hold it, with the number of writes that it took.
    #[derive(Default)]
    struct Log {
        buffer: LogBuffer,
        file: Vec<u8>,
        writes: usize,
    }

    impl Log {
        fn put(file: &mut Vec<u8>, data: &[u8], offset: i64) {
            let start = usize::try_from(offset).unwrap();
            file.resize(file.len().max(start + data.len()), 0);
            file[start..start + data.len()].copy_from_slice(data);
        }

        fn add(&mut self, data: &[u8], offset: usize) {
            let offset = i64::try_from(offset).unwrap();
            let step = self.buffer.add(data, offset).unwrap();
            if step != Step::Wait {
                self.flush();
            }
            if step == Step::WriteApart {
                self.writes += 1;
                Self::put(&mut self.file, data, offset);
            }
        }

        fn flush(&mut self) {
            let (file, writes) = (&mut self.file, &mut self.writes);
            let written = self.buffer.write(|bytes, start| {
                *writes += 1;
                Self::put(file, bytes, start);
                Ok::<_, ()>(())
            });
            written.unwrap();
        }

        /// A frame, with the offset behind it.
        fn frame(&mut self, offset: usize, completes: u8, fill: u8) -> usize {
            self.add(&header(completes), offset);
            self.add(&[fill; PAGE], offset + HEADER_BYTES);
            offset + HEADER_BYTES + PAGE
        }
    }

    #[test]
    fn a_commit_takes_one_write_and_is_there_when_its_last_page_was_written() {
        let mut log = Log::default();
        let mut end = 32;
        for commit in 1..4 {
            log.buffer.hold();
            let first = end;
            for fill in 0..10 {
                end = log.frame(end, 0, fill);
            }
            assert_eq!(log.writes, commit - 1);
            end = log.frame(end, 1, 10);
            assert_eq!(log.writes, commit);
            log.buffer.release();
            assert_eq!(log.file.len(), end);
            assert_eq!(log.file[end - 1], 10);
            assert_eq!(log.file[first + HEADER_BYTES], 0);
        }
    }

    #[test]
    fn nothing_waits_without_a_commit() {
        let mut log = Log::default();
        let end = log.frame(32, 0, 1);
        assert_eq!(log.file.len(), end);
    }

    #[test]
    fn headers_that_are_written_anew_do_not_wait() {
        let mut log = Log::default();
        log.buffer.hold();
        let first = log.frame(32, 0, 1);
        let second = log.frame(first, 0, 2);
        log.frame(second, 1, 3);
        // As after a page was changed once more within its transaction.
        let mut changed = header(0);
        changed[0] = 9;
        for offset in [first, second] {
            log.flush();
            log.add(&changed, offset);
            assert_eq!(log.file[offset], 9);
        }
    }

    #[test]
    fn what_belongs_elsewhere_comes_after_what_waits() {
        let mut log = Log::default();
        log.buffer.hold();
        let end = log.frame(32, 0, 2);
        log.add(&[7; PAGE], 32 + HEADER_BYTES);
        assert_eq!(log.file.len(), end);
        assert_eq!(log.file[32 + HEADER_BYTES], 7);
    }

    #[test]
    fn what_waits_has_a_limit() {
        let mut log = Log::default();
        log.buffer.hold();
        let mut end = 32;
        for _ in 0..1000 {
            end = log.frame(end, 0, 2);
            assert!(log.buffer.bytes.len() < MAX_BYTES);
        }
        // Fifteen frames at a time.
        assert_eq!(log.writes, 1000 / 15);
    }

    #[test]
    fn what_waits_when_a_commit_fails_is_never_written() {
        let mut log = Log::default();
        log.buffer.hold();
        log.frame(32, 0, 2);
        log.buffer.release();
        log.flush();
        assert_eq!(log.writes, 0);
        log.buffer.hold();
        log.frame(32, 0, 2);
        assert_eq!(log.buffer.write(|_, _| Err("full")), Err("full"));
        log.flush();
        assert_eq!(log.writes, 0);
        log.frame(32, 1, 3);
        assert_eq!(log.writes, 1);
        assert_eq!(log.file[32 + HEADER_BYTES], 3);
    }
}
