//! Shared text made of parts, in one allocation and one copy.
//!
//! The standard library makes an `Arc<str>` from a text that is there, so parts would be put together
//! first and copied again. The argument for the unsafe code stands at each use; the module is no
//! longer than that.
#![expect(unsafe_code, reason = "see above")]

use std::mem::MaybeUninit;
use std::sync::Arc;

/// The parts, one behind the other.
pub(crate) fn concat<const N: usize>(parts: [&str; N]) -> Arc<str> {
    let length = parts.iter().map(|part| part.len()).sum();
    let mut shared = Arc::<[u8]>::new_uninit_slice(length);
    if let Some(mut rest) = Arc::get_mut(&mut shared) {
        for part in parts {
            rest = fill(rest, part.as_bytes());
        }
    }
    // SAFETY: a new `Arc` has one owner, so `get_mut` gave all of it, and the parts, whose lengths
    // add up to its length, filled it.
    let bytes = unsafe { shared.assume_init() };
    // SAFETY: text behind text is text; `str` and `[u8]` have the same layout.
    unsafe { Arc::from_raw(Arc::into_raw(bytes) as *const str) }
}

/// Copies `part` to the start of `room`, which has at least its length, and returns what is left.
fn fill<'r>(room: &'r mut [MaybeUninit<u8>], part: &[u8]) -> &'r mut [MaybeUninit<u8>] {
    let (place, rest) = room.split_at_mut(part.len());
    // SAFETY: both have the same length, and `room` is new memory that `part` cannot overlap.
    unsafe {
        std::ptr::copy_nonoverlapping(part.as_ptr(), place.as_mut_ptr().cast(), part.len());
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::concat;

    #[test]
    fn parts_stand_one_behind_the_other() {
        assert_eq!(&*concat(["", "ä", "", "bc", "☃"]), "äbc☃");
        assert_eq!(&*concat([]), "");
        assert_eq!(concat(["x".repeat(100_000).as_str(), "y"]).len(), 100_001);
    }
}
