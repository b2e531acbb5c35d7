//! A disk in memory that can lose power at any call.
//!
//! It keeps two states: what programs see, and what would be left. A change reaches the second one
//! when the file or folder is flushed; until then [`Disk::outcomes`] gives every way in which a loss
//! of power can leave it; `crash.rs` says what may happen to what was not flushed.

mod crash;
mod faults;
mod tree;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;

pub use self::crash::Image;
pub use self::faults::{Fault, Step};

use self::faults::Plan;

/// The number of a file or folder, which it keeps when it is renamed.
pub type Number = usize;

/// The folder that holds all others.
pub const ROOT: Number = 0;

/// Bytes of a block: a flush that did not happen loses or keeps each by itself.
pub const BLOCK_BYTES: usize = 4;

/// A simulated disk. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Disk(Rc<RefCell<State>>);

#[derive(Debug)]
struct State {
    nodes: Vec<Node>,
    plan: Plan,
}

#[derive(Clone, Debug)]
enum Node {
    File(File),
    Folder(Folder),
}

/// The content of a file, as programs see it and as it would be left.
#[derive(Clone, Debug, Default)]
struct File {
    seen: Vec<u8>,
    stored: Vec<u8>,
    /// A flush has failed, and nothing was written since.
    lost: bool,
}

/// The names in a folder, as programs see them and as they would be left.
#[derive(Clone, Debug, Default)]
struct Folder {
    seen: Names,
    stored: Names,
    /// What was changed since the last flush, oldest first.
    pending: Vec<Change>,
}

type Names = BTreeMap<String, Number>;

/// Names that change together: a rename in one folder is one change.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Change {
    names: Vec<(String, Option<Number>)>,
    /// For the half of a move that takes the name away: the folder in which the other half must have
    /// been stored before.
    after: Option<(Number, String, Number)>,
}

impl Default for Disk {
    fn default() -> Self {
        Disk::with(vec![Node::Folder(Folder::default())])
    }
}

impl Disk {
    /// An empty disk.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn with(nodes: Vec<Node>) -> Self {
        let plan = Plan::default();
        Disk(Rc::new(RefCell::new(State { nodes, plan })))
    }

    /// A disk of its own in the same state, on which nothing is to go wrong.
    #[must_use]
    pub fn copy(&self) -> Self {
        Disk::with(self.0.borrow().nodes.clone())
    }

    /// What goes wrong from now on. Steps are counted from here.
    pub fn plan(&self, fault: Option<(usize, Fault)>) {
        self.0.borrow_mut().plan = Plan::new(fault);
    }

    /// The steps since the last plan was made, in order.
    #[must_use]
    pub fn steps(&self) -> Vec<Step> {
        self.0.borrow().plan.steps().to_vec()
    }

    /// Counts a step and carries it out, unless it is to fail.
    fn step<T>(&self, step: Step, act: impl FnOnce(&mut State) -> io::Result<T>) -> io::Result<T> {
        let mut state = self.0.borrow_mut();
        state.plan.take(step)?;
        act(&mut state)
    }
}
