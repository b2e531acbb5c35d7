//! Finds the newest operation on a key without holding the key a second time.

use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};

/// The hash of a key, kept beside its operation so that each key is hashed once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct KeyHash(u32);

/// The low half of an operation's number: a log never holds 2^32 operations, so it is enough to
/// tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ShortNumber(pub(super) u32);

/// Numbers of operations by the hash of their key. Whether the key is the same, the log must say.
#[derive(Debug, Default)]
pub(super) struct Index {
    places: HashTable<Place>,
    hasher: DefaultHashBuilder,
}

/// Eight bytes for each key. The hash is kept so that growing does not read the keys.
#[derive(Clone, Copy, Debug)]
struct Place {
    hash: KeyHash,
    number: ShortNumber,
}

impl KeyHash {
    /// The table takes its bucket from the low bits and a tag from the highest.
    fn spread(self) -> u64 {
        u64::from(self.0).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

impl Index {
    #[expect(clippy::cast_possible_truncation, reason = "any 32 bits of it do")]
    pub(super) fn hash(&self, key: &str) -> KeyHash {
        KeyHash(self.hasher.hash_one(key) as u32)
    }

    /// The number kept for a key with this hash for which `is_it` is true.
    pub(super) fn find(
        &self,
        hash: KeyHash,
        is_it: impl Fn(ShortNumber) -> bool,
    ) -> Option<ShortNumber> {
        let found = self.places.find(hash.spread(), |place| {
            place.hash == hash && is_it(place.number)
        });
        found.map(|place| place.number)
    }

    /// Keeps `number`, in the place of the `older` number of the same key if there is one.
    pub(super) fn keep(&mut self, hash: KeyHash, number: ShortNumber, older: Option<ShortNumber>) {
        let known = older.and_then(|older| {
            self.places
                .find_mut(hash.spread(), |place| place.number == older)
        });
        match known {
            Some(place) => place.number = number,
            None => {
                let place = Place { hash, number };
                self.places
                    .insert_unique(hash.spread(), place, |place| place.hash.spread());
            }
        }
    }

    /// Forgets `number`, unless a newer one took its place.
    pub(super) fn forget(&mut self, hash: KeyHash, number: ShortNumber) {
        let found = self
            .places
            .find_entry(hash.spread(), |place| place.number == number);
        if let Ok(place) = found {
            place.remove();
        }
    }

    pub(super) fn retain(&mut self, keep: impl Fn(ShortNumber) -> bool) {
        self.places.retain(|place| keep(place.number));
    }

    /// Forgets everything and keeps room for about `capacity` keys.
    pub(super) fn clear(&mut self, capacity: usize) {
        self.places.clear();
        self.places.shrink_to(capacity, |place| place.hash.spread());
    }
}
