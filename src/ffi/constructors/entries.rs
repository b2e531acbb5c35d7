//! Walks through the items of a storage.

use std::cell::RefCell;
use std::rc::Rc;

use compact_str::CompactString;
use napi::Env;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;

use super::super::function::add_method;
use super::super::handle::with_storage;
use super::super::promise::answer;
use super::super::scope::{Raw, Scope, Type};
use super::super::values::encoded_result;
use super::{bridge, key_of, raw};
use crate::codec::{CHUNK_VALUES, join_plain, random_mark};
use crate::driver::{Context, Mode, Page};
use crate::error::{Error, Kind, Result};
use crate::key::{KeyList, normalize_base};
use crate::storage::{Entries, EntriesOptions};
use crate::value::Value;

/// A walk, until it is closed.
struct Walk {
    entries: RefCell<Option<Rc<Entries>>>,
    keys_only: bool,
    /// The values of the last page, for those that are asked for one by one.
    values: RefCell<Vec<Option<Value>>>,
}

/// Begins a walk through the items of a storage: an object with these methods.
///
/// - `next(limit)` and `nextSync(limit)`: an array of the keys, joined by NUL (`null` if there are
///   none), whether it is the last page, and, unless `keysOnly`, one element for each 512 values: the
///   JSON of all, with a mark before each, or `null` if they must be asked for one by one.
/// - `value(index)`: one value of the last page, as `get` of a storage gives it.
/// - `close()`: lets go of everything. No call may follow.
#[napi(
    ts_args_type = "storage: RawDriver, options: object",
    ts_return_type = "any"
)]
pub fn open_entries<'env>(
    env: &'env Env,
    storage: Unknown<'_>,
    options: Unknown<'_>,
) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        let options = entries_options(scope, raw(&options))?;
        let keys_only = options.keys_only;
        let entries = with_storage(scope, raw(&storage), |own| own.storage.entries(options))?;
        let walk = Rc::new(Walk {
            entries: RefCell::new(Some(Rc::new(entries))),
            keys_only,
            values: RefCell::default(),
        });
        walk_object(scope, &walk)
    })
}

fn walk_object(scope: Scope, walk: &Rc<Walk>) -> Result<Raw> {
    let object = scope.object()?;
    for (name, mode) in [("next", Mode::NonBlocking), ("nextSync", Mode::Blocking)] {
        let walk = Rc::clone(walk);
        add_method(scope, object, name, move |scope, [limit, ..]| {
            let limit = count_of(scope, *limit)?.unwrap_or(CHUNK_VALUES);
            let entries = walk.entries.borrow().clone().ok_or_else(closed)?;
            let page = entries.next(limit, &Context::new(mode));
            let walk = Rc::clone(&walk);
            answer(scope, page.map(move |page| (walk, page)), page_result)
        })?;
    }
    let values = Rc::clone(walk);
    add_method(scope, object, "value", move |scope, [index, ..]| {
        let index = count_of(scope, *index)?.unwrap_or_default();
        let value = values.values.borrow().get(index).cloned().flatten();
        encoded_result(scope, value)
    })?;
    let closing = Rc::clone(walk);
    add_method(scope, object, "close", move |scope, _| {
        // Taken out of the cells first: what is dropped may run code of its own.
        let (entries, values) = (closing.entries.take(), closing.values.take());
        drop((entries, values));
        scope.undefined()
    })?;
    Ok(object)
}

fn page_result(scope: Scope, (walk, page): (Rc<Walk>, Page)) -> Result<Raw> {
    let mut keys = KeyList::new();
    let mut values = Vec::with_capacity(page.items.len());
    for (key, value) in page.items {
        keys.push(&key);
        values.push(value);
    }
    let shown = if keys.is_empty() {
        scope.null()?
    } else {
        scope.string(keys.joined())?
    };
    let result = scope.array(2)?;
    scope.set_element(result, 0, shown)?;
    scope.set_element(result, 1, scope.boolean(page.is_last)?)?;
    if walk.keys_only {
        return Ok(result);
    }
    let (mark, mut joined) = (random_mark(), String::new());
    for (index, chunk) in values.chunks(CHUNK_VALUES).enumerate() {
        scope.nested(|| {
            let shown = if join_plain(chunk, &mark, &mut joined) {
                scope.string(&joined)?
            } else {
                scope.null()?
            };
            scope.set_element(result, 2 + index, shown)
        })?;
    }
    drop(walk.values.replace(values));
    Ok(result)
}

/// What the face made of the options of the caller.
fn entries_options(scope: Scope, options: Raw) -> Result<EntriesOptions> {
    let text = |name| scope.as_string(scope.get(options, name)?);
    let flag = |name| Ok::<_, Error>(scope.as_bool(scope.get(options, name)?)? == Some(true));
    let bound = |name| {
        let value = scope.get(options, name)?;
        Ok::<_, Error>(match scope.type_of(value)? {
            Type::Nullish => None,
            _ => Some(CompactString::from(key_of(scope, value)?)),
        })
    };
    let base = scope.get(options, "base")?;
    if let Some(text) = text("base")? {
        scope.check_well_formed(base, &text)?;
    }
    Ok(EntriesOptions {
        base: normalize_base(&text("base")?.unwrap_or_default())?.into(),
        start: bound("start")?,
        after_start: flag("afterStart")?,
        end: bound("end")?,
        reverse: flag("reverse")?,
        limit: count_of(scope, scope.get(options, "limit")?)?,
        keys_only: flag("keysOnly")?,
        include_meta: flag("meta")?,
    })
}

/// A count that the face has checked.
fn count_of(scope: Scope, value: Raw) -> Result<Option<usize>> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number that is not negative; a larger one saturates"
    )]
    Ok(scope.as_number(value)?.map(|count| count as usize))
}

fn closed() -> Error {
    Error::new(Kind::Disposed, "the walk has ended")
}
