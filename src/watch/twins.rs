//! Files that stand for the same thing, and the change from one to another.

use std::sync::Arc;

use super::coalesce::{Hint, Sight};
use super::engine::Engine;
use super::options::Twins;
use super::stamp::Stamp;
use super::tree::Node;

impl Engine {
    /// What was seen of `path`, in the light of its twins.
    pub(super) fn compare_with_twins(&mut self, path: &str, sight: Sight) -> Sight {
        let Some(twins) = self.twins.clone() else {
            return sight;
        };
        match (sight, self.coalescer.known.contains(path)) {
            (Sight::Absent, true) => self.look_for_heir(twins.as_ref(), path),
            (Sight::Present { stamp, .. }, false) => {
                self.succeed(twins.as_ref(), path, stamp);
                sight
            }
            _ => sight,
        }
    }

    /// A known file is missing: it is only removed if no twin has taken its place.
    fn look_for_heir(&mut self, twins: &dyn Twins, path: &str) -> Sight {
        let heirs = twins.of(path).into_iter();
        let Some((heir, stamp)) = heirs.filter_map(|heir| self.look_at_twin(heir)).next() else {
            return Sight::Absent;
        };
        if !twins.is_still_there(path) {
            return Sight::Absent;
        }
        if self.coalescer.known.contains(&heir) {
            return Sight::Replaced;
        }
        self.coalescer.pass_on(path, &heir, stamp);
        // Whatever is new about it is reported under its own name.
        let now = self.now();
        self.coalescer.hint(&heir, Hint::Arrived, now);
        Sight::Absent
    }

    /// The twin and its state, if it is a file that is watched.
    fn look_at_twin(&self, twin: String) -> Option<(Arc<str>, Stamp)> {
        let is_watched = self.filter.admits_file(&twin) && self.filter.admits_way_to(&twin);
        match self.tree.look(&twin) {
            Node::File(stamp) if is_watched => Some((twin.into(), stamp)),
            _ => None,
        }
    }

    /// A new file takes the place of a twin that is gone.
    fn succeed(&mut self, twins: &dyn Twins, path: &str, stamp: Stamp) {
        for before in twins.of(path) {
            let is_gone = self.coalescer.known.contains(&before)
                && matches!(self.tree.look(&before), Node::Folder | Node::Nothing);
            if is_gone {
                self.coalescer.pass_on(&before, path, stamp);
            }
        }
    }
}
