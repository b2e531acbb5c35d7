//! The fs driver.

use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use napi::Env;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;

use super::super::handle::{Own, wrap_driver};
use super::super::host::JsHost;
use super::super::scope::{Raw, Scope, Type};
use super::{bridge, predicate, raw};
use crate::drivers::fs::{Durability, Fs, FsOptions, Ignore, Modes};
use crate::error::{Error, Kind, Result};
use crate::watch::{AwaitWriteFinish, Ignored, WatchOptions};

/// An fs driver. The options were checked and completed by the face; `base` is absolute.
#[napi(ts_args_type = "options: object", ts_return_type = "RawDriver")]
pub fn fs_driver<'env>(env: &'env Env, options: Unknown<'_>) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        let options = fs_options(scope, raw(&options))?;
        let driver = Fs::open(options, JsHost::of(scope)?)?;
        wrap_driver(scope, Rc::new(driver), Own::Nothing)
    })
}

fn fs_options(scope: Scope, options: Raw) -> Result<FsOptions> {
    let watch = scope.get(options, "watchOptions")?;
    let can_watch = scope.type_of(watch)? == Type::Object;
    let power = text(scope, options, "durability")?.as_deref() == Some("power");
    Ok(FsOptions {
        name: if can_watch { "fs" } else { "fs-lite" },
        base: PathBuf::from(text(scope, options, "base")?.unwrap_or_default()),
        ignore: ignore(scope, scope.get(options, "ignore")?)?,
        read_only: flag(scope, options, "readOnly")?.unwrap_or(false),
        no_clear: flag(scope, options, "noClear")?.unwrap_or(false),
        atomic: flag(scope, options, "atomic")?.unwrap_or(true),
        durability: if power {
            Durability::Power
        } else {
            Durability::Process
        },
        modes: modes(scope, options)?,
        watch: if can_watch {
            Some(watch_options(scope, watch)?)
        } else {
            None
        },
    })
}

fn modes(scope: Scope, options: Raw) -> Result<Modes> {
    let defaults = Modes::default();
    Ok(Modes {
        file: mode(scope, options, "fileMode", 0o600)?.unwrap_or(defaults.file),
        folder: mode(scope, options, "directoryMode", 0o700)?.unwrap_or(defaults.folder),
    })
}

/// Permission bits. The user's own are required: without them the driver could not go on.
fn mode(scope: Scope, options: Raw, name: &str, required: u16) -> Result<Option<u16>> {
    let Some(value) = scope.as_number(scope.get(options, name)?)? else {
        return Ok(None);
    };
    let mode = (0..=0o777_u16).find(|mode| f64::from(*mode) == value);
    match mode.filter(|mode| mode & required == required) {
        Some(mode) => Ok(Some(mode)),
        None => {
            let expected = format!(
                "permission bits from 0o{required:o} to 0o777 with 0o{required:o} among them"
            );
            Err(invalid(name, &expected))
        }
    }
}

/// A function, or an array of globs.
fn ignore(scope: Scope, value: Raw) -> Result<Ignore> {
    if scope.type_of(value)? == Type::Function {
        return Ignore::new(&[], Some(predicate(scope, value)?));
    }
    let mut globs = Vec::new();
    for index in 0..scope.length(value)? {
        let glob = scope.as_string(scope.element(value, index)?)?;
        globs.push(glob.ok_or_else(|| invalid("ignore", "an array of globs or a function"))?);
    }
    Ignore::new(&globs, None)
}

fn watch_options(scope: Scope, options: Raw) -> Result<WatchOptions> {
    let defaults = WatchOptions::default();
    let get_flag =
        |name: &str, default| Ok::<_, Error>(flag(scope, options, name)?.unwrap_or(default));
    Ok(WatchOptions {
        ignore_initial: get_flag("ignoreInitial", defaults.ignore_initial)?,
        persistent: get_flag("persistent", defaults.persistent)?,
        depth: depth(scope, options)?,
        use_polling: get_flag("usePolling", defaults.use_polling)?,
        interval: milliseconds(scope, options, "interval")?.unwrap_or(defaults.interval),
        await_write_finish: await_write_finish(scope, scope.get(options, "awaitWriteFinish")?)?,
        atomic: atomic_window(scope, options, defaults.atomic)?,
        follow_symlinks: get_flag("followSymlinks", defaults.follow_symlinks)?,
        ignore_permission_errors: get_flag(
            "ignorePermissionErrors",
            defaults.ignore_permission_errors,
        )?,
        ignored: ignored(scope, scope.get(options, "ignored")?)?,
    })
}

/// Globs stay globs; the face has turned regular expressions into functions.
fn ignored(scope: Scope, list: Raw) -> Result<Vec<Ignored>> {
    if scope.type_of(list)? == Type::Nullish {
        return Ok(Vec::new());
    }
    let rule = |index| {
        let rule = scope.element(list, index)?;
        match scope.as_string(rule)? {
            Some(glob) => Ok(Ignored::Glob(glob)),
            None => Ok(Ignored::Function(predicate(scope, rule)?)),
        }
    };
    (0..scope.length(list)?).map(rule).collect()
}

/// `true` means the defaults of chokidar.
fn await_write_finish(scope: Scope, value: Raw) -> Result<Option<AwaitWriteFinish>> {
    let defaults = AwaitWriteFinish::default();
    if scope.type_of(value)? != Type::Object {
        return Ok((scope.as_bool(value)? == Some(true)).then_some(defaults));
    }
    Ok(Some(AwaitWriteFinish {
        stability_threshold: milliseconds(scope, value, "stabilityThreshold")?
            .unwrap_or(defaults.stability_threshold),
        poll_interval: milliseconds(scope, value, "pollInterval")?
            .unwrap_or(defaults.poll_interval),
    }))
}

/// `false` switches the window off, a number sets it.
fn atomic_window(
    scope: Scope,
    options: Raw,
    default: Option<Duration>,
) -> Result<Option<Duration>> {
    match flag(scope, options, "atomic")? {
        Some(false) => Ok(None),
        Some(true) => Ok(default),
        None => Ok(milliseconds(scope, options, "atomic")?.or(default)),
    }
}

fn depth(scope: Scope, options: Raw) -> Result<Option<usize>> {
    match scope.as_number(scope.get(options, "depth")?)? {
        None => Ok(None),
        Some(depth) if depth == f64::INFINITY => Ok(None),
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked not to be negative; a larger depth saturates"
        )]
        Some(depth) if depth >= 0.0 => Ok(Some(depth as usize)),
        Some(_) => Err(invalid("depth", "a number, 0 or more")),
    }
}

fn milliseconds(scope: Scope, options: Raw, name: &'static str) -> Result<Option<Duration>> {
    let Some(value) = scope.as_number(scope.get(options, name)?)? else {
        return Ok(None);
    };
    match Duration::try_from_secs_f64(value / 1000.0) {
        Ok(duration) => Ok(Some(duration)),
        Err(_) => Err(invalid(name, "a number of milliseconds, 0 or more")),
    }
}

fn flag(scope: Scope, options: Raw, name: &str) -> Result<Option<bool>> {
    scope.as_bool(scope.get(options, name)?)
}

fn text(scope: Scope, options: Raw, name: &str) -> Result<Option<String>> {
    scope.as_string(scope.get(options, name)?)
}

fn invalid(name: &str, expected: &str) -> Error {
    Error::new(
        Kind::InvalidOption,
        format!("Option `{name}` must be {expected}"),
    )
}
