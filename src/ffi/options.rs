//! Options of one call.

use super::scope::{Raw, Scope, Type};
use super::values::foreign_of;
use crate::driver::{Expiry, Options};
use crate::error::{Error, Kind, Result};

/// Reads the options of a call: what native code understands, and the object itself for drivers
/// defined in JavaScript. `undefined` and `null` are no options.
pub(super) fn call_options(scope: Scope, value: Raw) -> Result<Options> {
    match scope.type_of(value)? {
        Type::Nullish => Ok(Options::default()),
        Type::Object => foreign_of(scope, value).map(|foreign| Options::of(Some(foreign))),
        _ => Err(Error::new(
            Kind::InvalidOption,
            "the options must be an object",
        )),
    }
}

/// As [`call_options`], with what listings understand.
pub(super) fn listing_options(scope: Scope, value: Raw) -> Result<Options> {
    let mut options = call_options(scope, value)?;
    if options.foreign.is_some() {
        options.max_depth = depth_option(scope, scope.get(value, "maxDepth")?)?;
        options.include_meta = scope.as_bool(scope.get(value, "meta")?)? == Some(true);
    }
    Ok(options)
}

/// As [`call_options`], with what writes understand.
pub(super) fn write_options(scope: Scope, value: Raw) -> Result<Options> {
    let mut options = call_options(scope, value)?;
    if options.foreign.is_some() {
        options.expiry = expiry_of(scope, value)?;
    }
    Ok(options)
}

/// The `ttl` of an options object. Drivers that know it refuse what is no number above 0; to others it
/// may mean anything.
pub(super) fn expiry_of(scope: Scope, options: Raw) -> Result<Expiry> {
    let ttl = scope.get(options, "ttl")?;
    if scope.type_of(ttl)? == Type::Nullish {
        return Ok(Expiry::Never);
    }
    Ok(Expiry::In(scope.as_number(ttl)?.unwrap_or(f64::NAN)))
}

/// As [`call_options`], with what removals understand. `removeMata` is a spelling that unstorage
/// once had and still accepts.
pub(super) fn removal_options(scope: Scope, value: Raw) -> Result<Options> {
    let mut options = call_options(scope, value)?;
    if options.foreign.is_some() {
        let given =
            |name: &str| Ok::<_, Error>(scope.as_bool(scope.get(value, name)?)? == Some(true));
        options.remove_meta = given("removeMeta")? || given("removeMata")?;
    }
    Ok(options)
}

fn depth_option(scope: Scope, value: Raw) -> Result<Option<usize>> {
    if scope.type_of(value)? == Type::Nullish {
        return Ok(None);
    }
    match scope.as_number(value)? {
        Some(depth) if depth == f64::INFINITY => Ok(None),
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to be a whole number that is not negative; a larger depth saturates"
        )]
        Some(depth) if depth >= 0.0 && depth.fract() == 0.0 => Ok(Some(depth as usize)),
        _ => Err(Error::new(
            Kind::InvalidOption,
            "option `maxDepth` must be a whole number, 0 or more",
        )),
    }
}
