//! Times as the columns have them: whole milliseconds since the Unix epoch.

use super::apply::Lifetime;
use crate::driver::Expiry;
use crate::error::Result;

/// The millisecond in which `time` lies.
#[expect(
    clippy::cast_possible_truncation,
    reason = "what is out of range becomes the nearest number"
)]
pub(super) fn whole(time: f64) -> i64 {
    time.floor() as i64
}

/// How long an item lives that is written at the time `now_ms` gives. A part of a millisecond counts as a
/// whole one, so that no item ends before its time.
///
/// # Errors
/// `INVALID_OPTION` for a `ttl` that is not a number above 0.
pub(super) fn lifetime(expiry: Expiry, now_ms: impl FnOnce() -> f64) -> Result<Lifetime> {
    match expiry {
        Expiry::Keep => Ok(Lifetime::Kept),
        Expiry::Never => Ok(Lifetime::Until(None)),
        Expiry::In(_) | Expiry::At(_) => {
            let end = expiry.at(now_ms(), None)?;
            Ok(Lifetime::Until(end.map(|time| whole(time.ceil()))))
        }
    }
}
