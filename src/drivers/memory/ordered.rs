//! A map that lists its keys in the order of their first insertion, as a JavaScript Map does.
//!
//! Items stand in one vector in that order; a table finds them by hash. A removal leaves a gap, and
//! gaps are closed once they outnumber the items, so every operation takes constant time on average.
//! A linked map would need an allocation for each item and two more cache misses for each look-up;
//! a dense one would move all later items at each removal (`docs/design/architecture.md`).

use std::hash::BuildHasher as _;

use compact_str::CompactString;
use hashbrown::{DefaultHashBuilder, HashTable};

/// Gaps up to this number are never worth closing.
const MIN_GAPS: usize = 64;

/// See the module.
pub(super) struct OrderedMap<V> {
    items: Vec<Option<Item<V>>>,
    places: HashTable<Place>,
    hasher: DefaultHashBuilder,
}

struct Item<V> {
    /// Keys of up to 24 bytes live here, without an allocation of their own.
    key: CompactString,
    value: V,
}

/// Where an item stands. The hash is kept so that a growing table need not look at the items.
#[derive(Clone, Copy)]
struct Place {
    hash: u64,
    index: usize,
}

impl<V> Default for OrderedMap<V> {
    fn default() -> Self {
        OrderedMap {
            items: Vec::new(),
            places: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
        }
    }
}

impl<V> OrderedMap<V> {
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn get(&self, key: &str) -> Option<&V> {
        let hash = self.hasher.hash_one(key);
        let place = self
            .places
            .find(hash, |place| self.is_at(place.index, key))?;
        self.items
            .get(place.index)?
            .as_ref()
            .map(|item| &item.value)
    }

    /// Stores a value and returns the old one. An existing key keeps its place.
    pub(super) fn insert(&mut self, key: &str, value: V) -> Option<V> {
        let hash = self.hasher.hash_one(key);
        let items = &mut self.items;
        let found = self
            .places
            .find(hash, |place| is_at(items, place.index, key))
            .copied();
        if let Some(place) = found {
            let item = items.get_mut(place.index)?.as_mut()?;
            return Some(std::mem::replace(&mut item.value, value));
        }
        let place = Place {
            hash,
            index: items.len(),
        };
        items.push(Some(Item {
            key: CompactString::from(key),
            value,
        }));
        self.places.insert_unique(hash, place, |place| place.hash);
        None
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<V> {
        let hash = self.hasher.hash_one(key);
        let items = &self.items;
        let entry = self
            .places
            .find_entry(hash, |place| is_at(items, place.index, key))
            .ok()?;
        let (place, _) = entry.remove();
        let removed = self.items.get_mut(place.index)?.take();
        self.close_gaps();
        removed.map(|item| item.value)
    }

    /// Keeps the items whose key passes.
    pub(super) fn retain(&mut self, mut passes: impl FnMut(&str) -> bool) {
        for slot in &mut self.items {
            if slot.as_ref().is_some_and(|item| !passes(&item.key)) {
                *slot = None;
            }
        }
        self.compact();
    }

    pub(super) fn clear(&mut self) {
        *self = OrderedMap::default();
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.items.iter().flatten().map(|item| item.key.as_str())
    }

    fn is_at(&self, index: usize, key: &str) -> bool {
        is_at(&self.items, index, key)
    }

    fn close_gaps(&mut self) {
        let gaps = self.items.len() - self.places.len();
        if gaps > MIN_GAPS && gaps > self.places.len() {
            self.compact();
        }
    }

    fn compact(&mut self) {
        self.items.retain(Option::is_some);
        self.places.clear();
        for (index, item) in self.items.iter().flatten().enumerate() {
            let hash = self.hasher.hash_one(item.key.as_str());
            self.places
                .insert_unique(hash, Place { hash, index }, |place| place.hash);
        }
        self.items.shrink_to(2 * self.items.len());
        self.places
            .shrink_to(2 * self.items.len(), |place| place.hash);
    }
}

fn is_at<V>(items: &[Option<Item<V>>], index: usize, key: &str) -> bool {
    matches!(items.get(index), Some(Some(item)) if item.key == key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Step {
        Insert(u8),
        Remove(u8),
        RetainBelow(u8),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            6 => any::<u8>().prop_map(Step::Insert),
            5 => any::<u8>().prop_map(Step::Remove),
            1 => any::<u8>().prop_map(Step::RetainBelow),
        ]
    }

    proptest! {
        /// The model is the plain list of pairs.
        #[test]
        fn behaves_like_a_list_of_pairs(steps in prop::collection::vec(step(), 0..600)) {
            let (mut map, mut model) = (OrderedMap::default(), Vec::<(String, usize)>::new());
            for (time, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Insert(key) => {
                        let key = key.to_string();
                        let old = map.insert(&key, time);
                        match model.iter_mut().find(|(known, _)| *known == key) {
                            Some((_, value)) => prop_assert_eq!(old, Some(std::mem::replace(value, time))),
                            None => model.push((key, time)),
                        }
                    }
                    Step::Remove(key) => {
                        let key = key.to_string();
                        let at = model.iter().position(|(known, _)| *known == key);
                        prop_assert_eq!(map.remove(&key), at.map(|at| model.remove(at).1));
                    }
                    Step::RetainBelow(limit) => {
                        let passes = |key: &str| key.parse::<u8>().is_ok_and(|key| key < limit);
                        map.retain(passes);
                        model.retain(|(key, _)| passes(key));
                    }
                }
                prop_assert_eq!(map.len(), model.len());
            }
            prop_assert_eq!(map.keys().collect::<Vec<_>>(), model.iter().map(|(key, _)| key).collect::<Vec<_>>());
            for (key, value) in &model {
                prop_assert_eq!(map.get(key), Some(value));
            }
        }
    }
}
