//! Several writes at once: everything that can fail is done before the first of them.

use compact_str::CompactString;

use super::Memory;
use super::images::Image;
use crate::driver::{Change, Check, Commit, Verdict, Write, add};
use crate::error::{Error, Result};

/// What becomes of each key.
#[derive(Default)]
struct Plan {
    /// In the order of the writes. A key may come again.
    writes: Vec<(CompactString, Option<Image>)>,
    sums: Vec<f64>,
}

impl Plan {
    /// The item as it will be when the writes so far are done.
    fn item(&self, memory: &Memory, key: &str) -> Option<Image> {
        match self.writes.iter().rev().find(|(written, _)| written == key) {
            Some((_, image)) => image.clone(),
            None => memory.0.content.image(key),
        }
    }
}

impl Memory {
    pub(super) fn commit_all(&self, commit: Commit) -> Result<Verdict> {
        if let Some(check) = commit.checks.iter().find(|check| !self.holds(check)) {
            return Ok(Verdict::Conflict(check.key.clone()));
        }
        let mut plan = Plan::default();
        for Write { key, change } in commit.writes {
            let image = self.plan(&mut plan, &key, change)?;
            plan.writes.push((key, image));
        }
        let added = plan
            .writes
            .iter()
            .filter(|(_, image)| image.is_some())
            .count();
        if !self.0.content.has_room(added) {
            return Err(super::full());
        }
        let Plan { writes, sums } = plan;
        for (key, image) in writes {
            match image {
                Some((value, end)) => self.put(&key, value, end)?,
                None => drop(self.delete(&key)),
            }
        }
        Ok(Verdict::Committed(sums))
    }

    fn holds(&self, check: &Check) -> bool {
        match (&check.expected, self.0.content.value(&check.key)) {
            (None, None) => true,
            (Some(expected), Some(stored)) => expected.is_same(&stored),
            _ => false,
        }
    }

    fn plan(&self, plan: &mut Plan, key: &str, change: Change) -> Result<Option<Image>> {
        let item = |plan: &Plan| plan.item(self, key);
        match change {
            Change::Remove => Ok(None),
            Change::Set { value, expiry } => {
                let kept = || item(plan).and_then(|(_, end)| end);
                let end = self.end(expiry, kept)?;
                Ok(Some((value.detached(), end)))
            }
            Change::Add(addition) => {
                let before = item(plan);
                let stored = before.as_ref().map(|(value, _)| value);
                let (value, sum) =
                    add(stored, &addition).map_err(|fault| Error::from(fault).key(key))?;
                plan.sums.push(sum);
                Ok(Some((value, before.and_then(|(_, end)| end))))
            }
        }
    }
}
