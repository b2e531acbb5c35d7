//! What goes wrong, and when.

use std::io;

/// What a program asks of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Looks for a file or folder, or at what is known of it: nothing changes.
    Look,
    /// Creates a file.
    Create,
    /// Creates a folder.
    MakeFolder,
    /// Writes bytes to a file.
    Write,
    /// Cuts a file to a length.
    Cut,
    /// Renames or moves a file.
    Rename,
    /// Removes a file.
    Remove,
    /// Removes a folder.
    RemoveFolder,
    /// Flushes a file.
    SyncFile,
    /// Flushes the names of a folder.
    SyncFolder,
}

/// How a step goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The program ends: this step and all that follow have no effect.
    Stop,
    /// The step fails, without effect. A flush that fails loses what it should have stored.
    Fail(io::ErrorKind),
    /// This step and all later ones that need room fail with `StorageFull`.
    Full,
    /// A write takes only half of the bytes, and says so.
    Short,
    /// A write takes only half of the bytes, and does not say so.
    Lie,
}

#[derive(Debug, Default)]
pub(super) struct Plan {
    fault: Option<(usize, Fault)>,
    steps: Vec<Step>,
}

impl Plan {
    pub(super) fn new(fault: Option<(usize, Fault)>) -> Self {
        let steps = Vec::new();
        Plan { fault, steps }
    }

    pub(super) fn steps(&self) -> &[Step] {
        &self.steps
    }

    pub(super) fn has_stopped(&self) -> bool {
        matches!(self.fault, Some((at, Fault::Stop)) if self.steps.len() > at)
    }

    /// Counts a step.
    pub(super) fn take(&mut self, step: Step) -> io::Result<()> {
        let number = self.steps.len();
        self.steps.push(step);
        let needs_room = matches!(step, Step::Create | Step::MakeFolder | Step::Write);
        match self.fault {
            Some((at, Fault::Stop)) if number >= at => {
                Err(io::Error::other("the program has ended"))
            }
            Some((at, Fault::Full)) if number >= at && needs_room => {
                Err(io::ErrorKind::StorageFull.into())
            }
            Some((at, Fault::Fail(kind))) if number == at => Err(kind.into()),
            _ => Ok(()),
        }
    }

    /// How many bytes of a write arrive, and how many the program is told of. For the step that was
    /// counted last.
    pub(super) fn written(&self, length: usize) -> (usize, usize) {
        let is_now = |at: usize| at + 1 == self.steps.len();
        match self.fault {
            Some((at, Fault::Short)) if is_now(at) && length > 1 => (length / 2, length / 2),
            Some((at, Fault::Lie)) if is_now(at) => (length / 2, length),
            _ => (length, length),
        }
    }
}
