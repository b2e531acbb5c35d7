//! Transactions.

use std::rc::Rc;

use napi::Env;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;

use super::super::endpoint::{self, Keys, dispatcher};
use super::super::handle::with_storage;
use super::{bridge, raw};
use crate::driver::Driver;
use crate::storage::TransactionOptions;

/// A transaction on a storage, which ends with `TIMEOUT` after so many milliseconds: one function with
/// the calls of a storage, `(place in callNames(), synchronously, ...arguments)`. `flush` commits and
/// `close` rolls back.
#[napi(
    ts_args_type = "storage: RawDriver, timeout: number",
    ts_return_type = "(place: number, sync: boolean, ...rest: unknown[]) => any"
)]
pub fn open_transaction<'env>(
    env: &'env Env,
    storage: Unknown<'_>,
    timeout: f64,
) -> napi::Result<Unknown<'env>> {
    bridge(env, |scope| {
        let options = TransactionOptions {
            timeout_ms: timeout,
        };
        let transaction =
            with_storage(scope, raw(&storage), |own| own.storage.transaction(options))?;
        let driver: Rc<dyn Driver> = Rc::new(transaction);
        dispatcher(scope, &driver, Keys::Normalised)
    })
}

/// The names of the calls of a storage, in the order in which a transaction knows them.
#[napi(ts_return_type = "string[]")]
pub fn call_names() -> Vec<&'static str> {
    endpoint::call_names()
}
