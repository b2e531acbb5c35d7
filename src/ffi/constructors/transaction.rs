//! Transactions.

use std::rc::Rc;

use napi::Env;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;

use super::super::endpoint::{Keys, endpoint};
use super::super::handle::with_storage;
use super::{bridge, raw};
use crate::driver::Driver;
use crate::storage::TransactionOptions;

/// A transaction on a storage, with the calls of a storage: `flush` commits and `close` rolls back. It
/// ends with `TIMEOUT` after so many milliseconds.
#[napi(
    ts_args_type = "storage: RawDriver, timeout: number",
    ts_return_type = "RawDriver"
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
        endpoint(scope, &driver, Keys::Normalised)
    })
}
