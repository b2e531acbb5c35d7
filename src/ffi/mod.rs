//! The Node-API border: converts, calls, converts. The only place that knows Node-API.
//!
//! napi-rs registers the module and carries the constructors. The calls of every storage and driver
//! are raw callbacks with their state behind the function's data pointer (`endpoint`), because a
//! wrapped call costs two to ten times as much (`docs/design/border.md`).
//!
//! The argument for `unsafe` in this module: every Node-API call goes through [`scope::Scope`], which
//! exists only on the thread of its environment and inside a callback from it. Data pointers are
//! boxes that live until the finalizer of the function that they belong to.
#![expect(
    unsafe_code,
    reason = "Node-API is a C interface; the argument is above"
)]

mod changes;
mod clock;
#[expect(unreachable_pub, reason = "napi-rs exports public functions only")]
mod constructors;
mod endpoint;
mod environment;
mod errors;
mod executor;
mod foreign;
mod function;
mod handle;
mod host;
mod js_driver;
mod metadata;
mod options;
mod promise;
mod scope;
mod text;
mod values;
