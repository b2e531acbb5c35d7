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

/// Items for which the first table has room.
const MIN_TABLE: usize = 14;

/// The most items. Places are numbers of this size, which keeps the table in the processor's cache.
const MAX_ITEMS: usize = u32::MAX as usize;

/// See the module.
pub(super) struct OrderedMap<V> {
    items: Vec<Option<Item<V>>>,
    /// Where each item stands in `items`.
    places: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

struct Item<V> {
    /// Keys of up to 24 bytes live here, without an allocation of their own.
    key: CompactString,
    value: V,
}

/// The map holds as many items as it can.
#[derive(Debug)]
pub(super) struct Full;

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
        let place = *self
            .places
            .find(hash, |place| is_at(&self.items, *place, key))?;
        item_at(&self.items, place).map(|item| &item.value)
    }

    /// Stores a value and returns the old one. An existing key keeps its place.
    pub(super) fn insert(&mut self, key: &str, value: V) -> Result<Option<V>, Full> {
        let hash = self.hasher.hash_one(key);
        let items = &mut self.items;
        let found = self.places.find(hash, |place| is_at(items, *place, key));
        if let Some(item) = found.and_then(|place| items.get_mut(*place as usize)?.as_mut()) {
            return Ok(Some(std::mem::replace(&mut item.value, value)));
        }
        self.append(hash, key, value).map(|()| None)
    }

    fn append(&mut self, hash: u64, key: &str, value: V) -> Result<(), Full> {
        if self.places.len() == self.places.capacity() {
            self.grow();
        }
        let place = place_of(self.items.len()).ok_or(Full)?;
        self.items.push(Some(Item {
            key: CompactString::from(key),
            value,
        }));
        let (items, hasher) = (&self.items, &self.hasher);
        self.places
            .insert_unique(hash, place, |place| hash_at(items, hasher, *place));
        Ok(())
    }

    /// Makes a table of twice the size. Going through the items in their order is several times
    /// faster than what the table does by itself, which is to look them up in its own order.
    fn grow(&mut self) {
        let wanted = (2 * self.places.capacity()).max(MIN_TABLE);
        self.places = HashTable::with_capacity(wanted);
        self.fill_table();
    }

    fn fill_table(&mut self) {
        let (items, hasher) = (&self.items, &self.hasher);
        for (index, item) in items.iter().enumerate() {
            if let (Some(item), Some(place)) = (item, place_of(index)) {
                let hash = hasher.hash_one(item.key.as_str());
                self.places
                    .insert_unique(hash, place, |place| hash_at(items, hasher, *place));
            }
        }
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<V> {
        let hash = self.hasher.hash_one(key);
        let items = &self.items;
        let entry = self
            .places
            .find_entry(hash, |place| is_at(items, *place, key))
            .ok()?;
        let (place, _) = entry.remove();
        let removed = self.items.get_mut(place as usize)?.take();
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

    /// True if so many items more have room, gaps counted as items.
    pub(super) fn has_room(&self, items: usize) -> bool {
        items <= MAX_ITEMS - self.items.len()
    }

    pub(super) fn clear(&mut self) {
        *self = OrderedMap::default();
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.items.iter().flatten().map(|item| item.key.as_str())
    }

    fn close_gaps(&mut self) {
        let gaps = self.items.len() - self.places.len();
        if gaps > MIN_GAPS && gaps > self.places.len() {
            self.compact();
        }
    }

    fn compact(&mut self) {
        self.items.retain(Option::is_some);
        self.items.shrink_to(2 * self.items.len());
        self.places = HashTable::with_capacity(self.items.len());
        self.fill_table();
    }
}

fn place_of(index: usize) -> Option<u32> {
    u32::try_from(index).ok().filter(|_| index < MAX_ITEMS)
}

fn item_at<V>(items: &[Option<Item<V>>], place: u32) -> Option<&Item<V>> {
    items.get(place as usize)?.as_ref()
}

fn is_at<V>(items: &[Option<Item<V>>], place: u32, key: &str) -> bool {
    item_at(items, place).is_some_and(|item| item.key == key)
}

fn hash_at<V>(items: &[Option<Item<V>>], hasher: &DefaultHashBuilder, place: u32) -> u64 {
    item_at(items, place).map_or(0, |item| hasher.hash_one(item.key.as_str()))
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
                        let old = map.insert(&key, time).ok().flatten();
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
