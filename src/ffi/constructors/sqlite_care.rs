//! What the sqlite driver offers beyond storing.

use std::path::PathBuf;
use std::rc::Rc;

use napi::Env;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;

use super::super::environment::Environment;
use super::super::errors::report_uncaught;
use super::super::foreign::JsRef;
use super::super::handle::with_sqlite;
use super::super::promise::{Show, answer};
use super::super::scope::{Raw, Scope};
use super::{bridge, raw, truthy};
use crate::drivers::sqlite::care::{Compacted, Copied, Damage, Report, Stats};
use crate::drivers::sqlite::{Progress, Sqlite};
use crate::error::Result;
use crate::maybe::MaybePromise;

/// Checks the file and every value.
#[napi(ts_args_type = "driver: RawDriver", ts_return_type = "Promise<object>")]
pub fn sqlite_verify<'env>(env: &'env Env, driver: Unknown<'_>) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        care(scope, raw(&driver), "verify", Sqlite::verify, show_report)
    })
}

/// Figures of the file and the driver.
#[napi(ts_args_type = "driver: RawDriver", ts_return_type = "Promise<object>")]
pub fn sqlite_stats<'env>(env: &'env Env, driver: Unknown<'_>) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        care(scope, raw(&driver), "stats", Sqlite::stats, show_stats)
    })
}

/// Gives unused space back.
#[napi(ts_args_type = "driver: RawDriver", ts_return_type = "Promise<object>")]
pub fn sqlite_compact<'env>(env: &'env Env, driver: Unknown<'_>) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        let show = show_compacted;
        care(scope, raw(&driver), "compact", Sqlite::compact, show)
    })
}

/// Copies the file to `to`, which is absolute. Ends when `progress` answers with false.
#[napi(
    ts_args_type = "driver: RawDriver, to: string, overwrite: boolean, progress: (pages: number, total: number) => boolean",
    ts_return_type = "Promise<object>"
)]
pub fn sqlite_backup<'env>(
    env: &'env Env,
    driver: Unknown<'_>,
    to: String,
    overwrite: bool,
    progress: Unknown<'_>,
) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        let progress = progress_of(scope, raw(&progress))?;
        let begin = |sqlite: &Sqlite| sqlite.backup(PathBuf::from(to), overwrite, progress);
        care(scope, raw(&driver), "backup", begin, show_copied)
    })
}

fn care<T: 'static>(
    scope: Scope,
    driver: Raw,
    operation: &'static str,
    begin: impl FnOnce(&Sqlite) -> MaybePromise<T>,
    show: Show<T>,
) -> Result<Raw> {
    let begun = with_sqlite(scope, driver, |sqlite| Ok(begin(sqlite)))?;
    let named = begun.map_err(move |error| error.driver("sqlite").operation(operation));
    answer(scope, named, show)
}

/// The face catches what the user's function throws, so a failure here is one of the environment.
fn progress_of(scope: Scope, function: Raw) -> Result<Progress> {
    let environment = Environment::of(scope)?;
    let function = JsRef::new(scope, function)?;
    Ok(Rc::new(move |copied: Copied| {
        let Some(scope) = environment.scope() else {
            return false;
        };
        let told = scope.nested(|| {
            let arguments = [whole(scope, copied.pages)?, whole(scope, copied.total)?];
            let goes_on = scope.call(function.get(scope)?, scope.undefined()?, &arguments)?;
            truthy(scope, goes_on)
        });
        told.unwrap_or_else(|error| {
            report_uncaught(scope, &error);
            false
        })
    }))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of items, pages and bytes of a file are below 2^53"
)]
fn whole(scope: Scope, number: u64) -> Result<Raw> {
    scope.number(number as f64)
}

fn show_report(scope: Scope, report: Report) -> Result<Raw> {
    let object = scope.object()?;
    scope.set(object, "ok", scope.boolean(report.is_ok())?)?;
    scope.set(object, "items", whole(scope, report.items)?)?;
    scope.set(object, "damagedItems", whole(scope, report.damaged_items)?)?;
    let damaged = list(scope, &report.damaged, |damage: &Damage| {
        let object = scope.object()?;
        scope.set(object, "key", scope.string(&damage.key)?)?;
        scope.set(object, "reason", scope.string(&damage.reason)?)?;
        Ok(object)
    })?;
    scope.set(object, "damaged", damaged)?;
    let problems = list(scope, &report.problems, |problem: &String| {
        scope.string(problem)
    })?;
    scope.set(object, "problems", problems)?;
    Ok(object)
}

fn list<T>(scope: Scope, items: &[T], show: impl Fn(&T) -> Result<Raw>) -> Result<Raw> {
    let array = scope.array(items.len())?;
    for (index, item) in items.iter().enumerate() {
        scope.set_element(array, index, show(item)?)?;
    }
    Ok(array)
}

fn show_stats(scope: Scope, stats: Stats) -> Result<Raw> {
    let object = scope.object()?;
    let counts = [
        ("items", stats.items),
        ("bytes", stats.bytes),
        ("freePages", stats.free_pages),
        ("pageSize", stats.page_size),
        ("walBytes", stats.wal_bytes),
        ("cacheHits", stats.cache_hits),
        ("cacheMisses", stats.cache_misses),
        ("commits", stats.groups.commits),
    ];
    for (name, count) in counts {
        scope.set(object, name, whole(scope, count)?)?;
    }
    let groups = scope.object()?;
    scope.set(groups, "mean", scope.number(stats.groups.mean)?)?;
    scope.set(groups, "max", whole(scope, stats.groups.max)?)?;
    scope.set(object, "groups", groups)?;
    let commits = scope.object()?;
    scope.set(commits, "p50", scope.number(stats.groups.p50_ms)?)?;
    scope.set(commits, "p99", scope.number(stats.groups.p99_ms)?)?;
    scope.set(object, "commitMs", commits)?;
    Ok(object)
}

fn show_compacted(scope: Scope, compacted: Compacted) -> Result<Raw> {
    let object = scope.object()?;
    scope.set(object, "bytesBefore", whole(scope, compacted.bytes_before)?)?;
    scope.set(object, "bytesAfter", whole(scope, compacted.bytes_after)?)?;
    scope.set(object, "logEmptied", scope.boolean(compacted.log_emptied)?)?;
    Ok(object)
}

fn show_copied(scope: Scope, copied: Copied) -> Result<Raw> {
    let object = scope.object()?;
    scope.set(object, "pages", whole(scope, copied.pages)?)?;
    scope.set(object, "total", whole(scope, copied.total)?)?;
    Ok(object)
}
