//! What must hold for every input, however odd. The fuzzer looks for inputs that break it, and
//! the tests run those that it has found worth keeping.
//!
//! A property panics if it does not hold.

mod codec;
mod json;
mod keys;

pub use self::codec::codec;
pub use self::keys::keys;
pub use crate::drivers::fs::paths;

/// The longest input that a property looks at, in bytes: more of it tells nothing new.
pub const MAX_INPUT_BYTES: usize = 4096;

/// The input as text: what is not UTF-8 becomes U+FFFD, as at the border.
pub(crate) fn text_of(input: &[u8]) -> String {
    let input = input.get(..MAX_INPUT_BYTES).unwrap_or(input);
    String::from_utf8_lossy(input).into_owned()
}

#[cfg(test)]
mod tests;
