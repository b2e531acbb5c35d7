//! Native drivers as JavaScript objects: the object of calls, with the driver wrapped inside.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::rc::Rc;

use napi::sys;

use super::endpoint::{Keys, endpoint};
use super::host::JsHost;
use super::js_driver::JsDriver;
use super::scope::{Raw, Scope, Type, call};
use crate::driver::Driver;
use crate::drivers::memory::Memory;
use crate::drivers::sqlite::Sqlite;
use crate::error::{Error, Kind, Result};
use crate::layers::queue::Queue;
use crate::storage::{Storage, WeakListener};

/// Marks objects that this library wrapped, so that no other wrapped object is taken for one.
const TAG: sys::napi_type_tag = sys::napi_type_tag {
    lower: 0x5f3a_91c7_2d60_4be8,
    upper: 0x8e14_c0b2_f7a9_3d56,
};

/// What is wrapped.
pub(super) struct Handle {
    /// What another storage mounts.
    driver: Rc<dyn Driver>,
    /// What JavaScript calls: the storage itself, or one around the driver, so that a driver's own
    /// methods publish their changes to the driver's own watchers.
    pub(super) storage: Storage,
    /// The subscriptions that JavaScript may end, by id. They belong to the storage: a listener that
    /// was held here and refers to its storage would keep both for ever once the storage is closed.
    pub(super) listeners: Rc<RefCell<HashMap<u32, WeakListener>>>,
    pub(super) next_listener: Cell<u32>,
    own: Own,
}

/// What a driver can do beyond [`Driver`].
pub(super) enum Own {
    Nothing,
    Memory(Memory),
    Queue(Queue),
    Sqlite(Rc<Sqlite>),
}

/// Makes the object of a native driver, whose methods take keys as they are.
pub(super) fn wrap_driver(scope: Scope, driver: Rc<dyn Driver>, own: Own) -> Result<Raw> {
    let storage = Storage::new(Rc::clone(&driver), JsHost::of(scope)?);
    wrap(scope, driver, storage, own, Keys::Literal)
}

/// Makes the object of a storage, which normalises keys.
pub(super) fn wrap_storage(scope: Scope, storage: Storage) -> Result<Raw> {
    wrap(
        scope,
        Rc::new(storage.clone()),
        storage,
        Own::Nothing,
        Keys::Normalised,
    )
}

fn wrap(
    scope: Scope,
    driver: Rc<dyn Driver>,
    storage: Storage,
    own: Own,
    keys: Keys,
) -> Result<Raw> {
    let called: Rc<dyn Driver> = Rc::new(storage.clone());
    let object = endpoint(scope, &called, keys)?;
    let handle = Handle {
        driver,
        storage,
        listeners: Rc::default(),
        next_listener: Cell::new(0),
        own,
    };
    let data = Box::into_raw(Box::new(handle)).cast::<c_void>();
    let wrapped = call!(
        scope,
        napi_wrap(object, data, Some(free), ptr::null_mut(), ptr::null_mut())
    );
    if let Err(error) = wrapped {
        // SAFETY: nothing was wrapped, so this is the only owner.
        drop(unsafe { Box::from_raw(data.cast::<Handle>()) });
        return Err(error);
    }
    call!(scope, napi_type_tag_object(object, &TAG))?;
    Ok(object)
}

unsafe extern "C" fn free(_env: sys::napi_env, data: *mut c_void, _hint: *mut c_void) {
    // SAFETY: the data is the box made in `wrap`, and a finalizer runs once.
    let handle = unsafe { Box::from_raw(data.cast::<Handle>()) };
    // A destructor that panics must not unwind into C.
    let _ = catch_unwind(AssertUnwindSafe(move || drop(handle)));
}

/// Hands the handle behind `object` to `use_it`; `None` if the object is not ours.
fn with_handle<T>(
    scope: Scope,
    object: Raw,
    use_it: impl FnOnce(&Handle) -> Result<T>,
) -> Result<Option<T>> {
    if scope.type_of(object)? != Type::Object {
        return Ok(None);
    }
    let mut ours = false;
    call!(scope, napi_check_object_type_tag(object, &TAG, &mut ours))?;
    if !ours {
        return Ok(None);
    }
    let mut data = ptr::null_mut();
    call!(scope, napi_unwrap(object, &mut data))?;
    // SAFETY: the tag says that the data is the box made in `wrap`; `object` keeps it alive.
    use_it(unsafe { &*data.cast::<Handle>() }).map(Some)
}

/// The driver behind `object`: the native one, or the object itself as a driver of JavaScript.
pub(super) fn driver_of(scope: Scope, object: Raw) -> Result<Rc<dyn Driver>> {
    match with_handle(scope, object, |handle| Ok(Rc::clone(&handle.driver)))? {
        Some(driver) => Ok(driver),
        None => Ok(Rc::new(JsDriver::new(scope, object)?)),
    }
}

/// Hands what is behind `object` to `use_it`.
pub(super) fn with_storage<T>(
    scope: Scope,
    object: Raw,
    use_it: impl FnOnce(&Handle) -> Result<T>,
) -> Result<T> {
    with_handle(scope, object, use_it)?.ok_or_else(foreign_handle)
}

macro_rules! own_accessor {
    ($name:ident, $variant:ident) => {
        /// Hands the driver behind `object` to `use_it`.
        pub(super) fn $name<T>(
            scope: Scope,
            object: Raw,
            use_it: impl FnOnce(&$variant) -> Result<T>,
        ) -> Result<T> {
            with_storage(scope, object, |handle| match &handle.own {
                Own::$variant(own) => use_it(own),
                _ => Err(foreign_handle()),
            })
        }
    };
}

own_accessor!(with_memory, Memory);
own_accessor!(with_queue, Queue);
own_accessor!(with_sqlite, Sqlite);

fn foreign_handle() -> Error {
    Error::new(
        Kind::InvalidOption,
        "not a native object of the expected kind",
    )
}
