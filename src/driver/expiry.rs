//! When items end.

use crate::error::{Error, Kind, Result};

/// How long an item lives after a write.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Expiry {
    /// Nothing was said: the item lives until it is removed, also if the old value would have ended.
    #[default]
    Never,
    /// So many milliseconds from the write: the `ttl` of the caller's options.
    In(f64),
    /// Until this time, in milliseconds since the Unix epoch: what layers that hold a write back
    /// make of [`Expiry::In`].
    At(f64),
    /// As long as the old value would have; a new item never ends.
    Keep,
}

impl Expiry {
    /// The time at which an item ends that is written at `now_ms`, both in milliseconds since the
    /// Unix epoch; `None` for never. `kept` is the time of the old value.
    ///
    /// # Errors
    /// `INVALID_OPTION` for a `ttl` that is not a number above 0. Infinity means never.
    pub fn at(self, now_ms: f64, kept: Option<f64>) -> Result<Option<f64>> {
        match self {
            Expiry::Never => Ok(None),
            Expiry::Keep => Ok(kept),
            Expiry::At(time) => Ok(Some(time)),
            Expiry::In(f64::INFINITY) => Ok(None),
            Expiry::In(ttl) if ttl > 0.0 => Ok(Some(now_ms + ttl)),
            Expiry::In(_) => Err(Error::new(
                Kind::InvalidOption,
                "Option `ttl` must be a number of milliseconds above 0",
            )),
        }
    }

    /// The same, counted from `now_ms` however late it is carried out.
    #[must_use]
    pub fn pinned(self, now_ms: f64) -> Self {
        match self {
            Expiry::In(ttl) if ttl > 0.0 && ttl.is_finite() => Expiry::At(now_ms + ttl),
            other => other,
        }
    }
}
