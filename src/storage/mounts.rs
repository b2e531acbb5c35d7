//! The mount table: longest prefix wins.

use std::rc::Rc;

use crate::driver::Driver;
use crate::error::{Error, Kind, Result};

/// The most mounts of one storage. Every call scans them.
const MAX_MOUNTS: usize = 4096;

/// A driver at a place in the namespace.
#[derive(Clone, Debug)]
pub(super) struct Mount {
    /// Empty, or a canonical key followed by `:`.
    pub(super) base: Rc<str>,
    /// The driver.
    pub(super) driver: Rc<dyn Driver>,
}

/// Mounts, longest base first; the root is last and always there.
#[derive(Debug)]
pub(super) struct Mounts {
    mounted: Vec<Mount>,
    root: Mount,
}

impl Mounts {
    pub(super) fn new(root: Rc<dyn Driver>) -> Self {
        Mounts {
            mounted: Vec::new(),
            root: Mount {
                base: "".into(),
                driver: root,
            },
        }
    }

    pub(super) fn add(&mut self, base: &str, driver: Rc<dyn Driver>) -> Result<()> {
        if base.is_empty() {
            self.root.driver = driver;
            return Ok(());
        }
        if self.mounted.iter().any(|mount| &*mount.base == base) {
            return Err(
                Error::new(Kind::AlreadyMounted, format!("already mounted at {base}")).key(base),
            );
        }
        if self.mounted.len() >= MAX_MOUNTS {
            return Err(Error::new(
                Kind::LimitExceeded,
                format!("more than {MAX_MOUNTS} mounts"),
            ));
        }
        let place = self
            .mounted
            .partition_point(|mount| mount.base.len() >= base.len());
        self.mounted.insert(
            place,
            Mount {
                base: base.into(),
                driver,
            },
        );
        Ok(())
    }

    /// Takes the mount at `base` out. The root stays.
    pub(super) fn remove(&mut self, base: &str) -> Option<Rc<dyn Driver>> {
        let place = self.mounted.iter().position(|mount| &*mount.base == base)?;
        Some(self.mounted.remove(place).driver)
    }

    /// The mount that answers for `key`.
    pub(super) fn find(&self, key: &str) -> &Mount {
        self.mounted
            .iter()
            .find(|mount| key.starts_with(&*mount.base))
            .unwrap_or(&self.root)
    }

    /// All mounts, longest base first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Mount> {
        self.mounted.iter().chain(std::iter::once(&self.root))
    }

    /// Mounts at or below `base`; with `parents` also those above it. Longest base first.
    pub(super) fn related<'a>(
        &'a self,
        base: &'a str,
        parents: bool,
    ) -> impl Iterator<Item = &'a Mount> {
        self.iter().filter(move |mount| {
            mount.base.starts_with(base) || (parents && base.starts_with(&*mount.base))
        })
    }

    /// True if the root is the only mount, which lets batches pass without regrouping.
    pub(super) fn is_single(&self) -> bool {
        self.mounted.is_empty()
    }

    /// The number of mounts, the root included.
    pub(super) fn len(&self) -> usize {
        self.mounted.len() + 1
    }

    /// What holds keys below `base`: each mount with the part of its own namespace that is meant and
    /// the deeper mounts that hide some of its keys. A mount whose whole part is hidden is left out.
    pub(super) fn parts(&self, base: &str) -> Vec<Part> {
        let mut parts = Vec::new();
        for mount in self.related(base, true) {
            let own_base = base.get(mount.base.len()..).unwrap_or_default();
            let reach = if base.len() > mount.base.len() {
                base
            } else {
                &*mount.base
            };
            let deeper = || {
                self.iter()
                    .filter(|other| other.base.len() > mount.base.len())
            };
            if deeper().any(|other| reach.starts_with(&*other.base)) {
                continue;
            }
            let masks = deeper()
                .filter(|other| other.base.starts_with(reach))
                .map(|other| Rc::clone(&other.base));
            parts.push(Part {
                mount: mount.clone(),
                base: own_base.into(),
                masks: masks.collect(),
            });
        }
        parts
    }
}

/// The part of one mount that lies below a base.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) mount: Mount,
    /// The base relative to the mount.
    pub(super) base: Box<str>,
    /// Mount points inside the part: keys below them belong to other drivers.
    masks: Vec<Rc<str>>,
}

impl Part {
    /// True if the full key made of the mount point and `relative` belongs to this mount.
    pub(super) fn owns(&self, relative: &str) -> bool {
        self.masks
            .iter()
            .all(|mask| match mask.strip_prefix(&*self.mount.base) {
                Some(below) => !relative.starts_with(below),
                None => true,
            })
    }

    /// True if every key of the part belongs to this mount.
    pub(super) fn is_unmasked(&self) -> bool {
        self.masks.is_empty()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;
    use crate::drivers::memory::Memory;

    fn mounts(bases: &[&str]) -> Mounts {
        let mut mounts = Mounts::new(Rc::new(Memory::new()));
        bases
            .iter()
            .for_each(|base| mounts.add(base, Rc::new(Memory::new())).unwrap());
        mounts
    }

    #[test]
    fn the_longest_prefix_wins() {
        let mounts = mounts(&["a:", "a:b:", "c:"]);
        for (key, base) in [
            ("a:b:c", "a:b:"),
            ("a:x", "a:"),
            ("ab", ""),
            ("a", ""),
            ("c:", "c:"),
        ] {
            assert_eq!(&*mounts.find(key).base, base, "{key}");
        }
    }

    #[test]
    fn a_base_is_mounted_once() {
        let mut mounts = mounts(&["a:"]);
        assert_eq!(
            mounts.add("a:", Rc::new(Memory::new())).unwrap_err().kind(),
            Kind::AlreadyMounted
        );
        assert!(mounts.remove("a:").is_some());
        assert!(mounts.remove("a:").is_none());
    }

    #[test]
    fn parts_leave_out_what_deeper_mounts_hide() {
        let mounts = mounts(&["a:", "a:b:"]);
        let describe = |base: &str| -> Vec<(String, String, usize)> {
            let parts = mounts.parts(base);
            parts
                .iter()
                .map(|p| (p.mount.base.to_string(), p.base.to_string(), p.masks.len()))
                .collect()
        };
        assert_eq!(
            describe(""),
            [
                ("a:b:".into(), String::new(), 0),
                ("a:".into(), String::new(), 1),
                (String::new(), String::new(), 2)
            ]
        );
        assert_eq!(describe("a:b:c:"), [("a:b:".into(), "c:".into(), 0)]);
        assert_eq!(describe("x:"), [(String::new(), "x:".into(), 0)]);
    }
}
