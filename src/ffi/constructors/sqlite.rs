//! The sqlite driver.

use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use napi::Env;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;

use super::super::handle::{Own, wrap_driver};
use super::super::host::JsHost;
use super::super::scope::{Raw, Scope};
use super::{bridge, raw};
use crate::driver::Driver;
use crate::drivers::sqlite::{Durability, MAX_VALUE_BYTES, Place, Sqlite, SqliteOptions};
use crate::error::{Error, Kind, Result};

/// The most milliseconds that SQLite can wait for a lock.
const MAX_BUSY_TIMEOUT: f64 = 2_147_483_647.0;

/// A sqlite driver. The options were checked by the face; `path` is absolute, or `:memory:`.
#[napi(ts_args_type = "options: object", ts_return_type = "RawDriver")]
pub fn sqlite_driver<'env>(env: &'env Env, options: Unknown<'_>) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        let host = JsHost::of(scope)?;
        let driver = sqlite_options(scope, raw(&options))
            .and_then(|options| Sqlite::open(options, host))
            .map_err(|error| error.driver("sqlite"))?;
        let driver = Rc::new(driver);
        let mounted: Rc<dyn Driver> = Rc::clone(&driver) as Rc<dyn Driver>;
        wrap_driver(scope, mounted, Own::Sqlite(driver))
    })
}

fn sqlite_options(scope: Scope, options: Raw) -> Result<SqliteOptions> {
    let text = |name: &str| scope.as_string(scope.get(options, name)?);
    let path = text("path")?.unwrap_or_default();
    let place = match path.as_str() {
        ":memory:" => Place::Memory,
        path => Place::File(PathBuf::from(path)),
    };
    let defaults = SqliteOptions::new(place);
    let power = text("durability")?.as_deref() == Some("power");
    let read_only = scope.as_bool(scope.get(options, "readOnly")?)?;
    Ok(SqliteOptions {
        table: text("table")?.unwrap_or(defaults.table),
        read_only: read_only.unwrap_or(defaults.read_only),
        durability: if power {
            Durability::Power
        } else {
            Durability::Process
        },
        cache_bytes: bytes(scope, options, "cacheBytes", 0.0, f64::from(u32::MAX))?
            .unwrap_or(defaults.cache_bytes),
        busy_timeout: milliseconds(scope, options, "busyTimeout", 0.0)?
            .unwrap_or(defaults.busy_timeout),
        max_value_bytes: bytes(scope, options, "maxValueBytes", 1.0, LARGEST_VALUE)?
            .unwrap_or(defaults.max_value_bytes),
        sweep_interval: milliseconds(scope, options, "sweepInterval", 1.0)?
            .unwrap_or(defaults.sweep_interval),
        place: defaults.place,
    })
}

#[expect(clippy::cast_precision_loss, reason = "a power of two")]
const LARGEST_VALUE: f64 = MAX_VALUE_BYTES as f64;

/// A whole number of bytes.
fn bytes(scope: Scope, options: Raw, name: &str, least: f64, most: f64) -> Result<Option<usize>> {
    match scope.as_number(scope.get(options, name)?)? {
        None => Ok(None),
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to be a whole number within bounds that are not negative"
        )]
        Some(bytes) if bytes.fract() == 0.0 && (least..=most).contains(&bytes) => {
            Ok(Some(bytes as usize))
        }
        Some(_) => Err(invalid(name, "bytes", least, most)),
    }
}

/// A number of milliseconds.
fn milliseconds(scope: Scope, options: Raw, name: &str, least: f64) -> Result<Option<Duration>> {
    match scope.as_number(scope.get(options, name)?)? {
        None => Ok(None),
        Some(time) if (least..=MAX_BUSY_TIMEOUT).contains(&time) => {
            Ok(Some(Duration::from_secs_f64(time / 1000.0)))
        }
        Some(_) => Err(invalid(name, "milliseconds", least, MAX_BUSY_TIMEOUT)),
    }
}

fn invalid(name: &str, unit: &str, least: f64, most: f64) -> Error {
    Error::new(
        Kind::InvalidOption,
        format!("Option `{name}` must be a number of {unit} from {least} to {most}"),
    )
}
