//! Several reads and writes as one.

use std::fmt;

use super::Storage;
use crate::driver::{
    BatchReport, ByteSink, ByteSource, Capabilities, Commit, Context, Driver, EventSink, GetItems,
    Meta, Outcome, SetItem, Snapshot, Verdict, Watch, not_supported,
};
use crate::error::Result;
use crate::key::{Key, KeyList};
use crate::maybe::MaybePromise;
use crate::value::Value;

/// What a transaction is allowed.
#[derive(Clone, Copy, Debug)]
pub struct TransactionOptions {
    /// Milliseconds from the first call to the commit; then it ends with `TIMEOUT`.
    pub timeout_ms: f64,
}

/// A transaction that runs: a driver whose reads see the items as they were at its first read of each
/// mount, and its own writes. [`Driver::flush`] commits, [`Driver::close`] rolls back; no other call
/// may follow either.
pub struct Transaction {
    storage: Storage,
}

impl Storage {
    /// Begins a transaction. Nothing is asked of any driver before its first call.
    ///
    /// # Errors
    /// `DISPOSED` after dispose.
    pub fn transaction(&self, _options: TransactionOptions) -> Result<Transaction> {
        self.open()?;
        Ok(Transaction {
            storage: self.clone(),
        })
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").finish_non_exhaustive()
    }
}

impl Driver for Transaction {
    fn name(&self) -> &str {
        "transaction"
    }

    fn capabilities(&self) -> Capabilities {
        self.storage.capabilities()
    }

    fn supports_sync(&self, _operation: &'static str) -> bool {
        true
    }

    fn accepts(&self, _operation: &'static str) -> bool {
        true
    }

    fn has(&self, _key: &Key, _cx: &Context) -> MaybePromise<bool> {
        not_supported(self.name(), "transactions")
    }

    fn get(&self, _key: &Key, _cx: &Context) -> MaybePromise<Option<Value>> {
        not_supported(self.name(), "transactions")
    }

    fn get_raw(&self, _key: &Key, _cx: &Context) -> MaybePromise<Option<Value>> {
        not_supported(self.name(), "transactions")
    }

    fn get_many(&self, _items: GetItems, _cx: &Context) -> MaybePromise<Vec<Option<Value>>> {
        not_supported(self.name(), "transactions")
    }

    fn set(&self, _key: &Key, _value: Value, _cx: &Context) -> MaybePromise<Outcome> {
        not_supported(self.name(), "transactions")
    }

    fn set_raw(&self, _key: &Key, _value: Value, _cx: &Context) -> MaybePromise<Outcome> {
        not_supported(self.name(), "transactions")
    }

    fn set_many(&self, _items: Vec<SetItem>, _cx: &Context) -> MaybePromise<BatchReport> {
        not_supported(self.name(), "transactions")
    }

    fn remove(&self, _key: &Key, _cx: &Context) -> MaybePromise<Outcome> {
        not_supported(self.name(), "transactions")
    }

    fn meta(&self, _key: &Key, _cx: &Context) -> MaybePromise<Option<Meta>> {
        not_supported(self.name(), "transactions")
    }

    fn keys(&self, _base: &str, _cx: &Context) -> MaybePromise<KeyList> {
        not_supported(self.name(), "transactions")
    }

    fn clear(&self, _base: &str, _cx: &Context) -> MaybePromise<Outcome> {
        not_supported(self.name(), "transactions")
    }

    fn commit(&self, _commit: Commit, _cx: &Context) -> MaybePromise<Verdict> {
        not_supported(self.name(), "transactions")
    }

    fn snapshot(&self, _cx: &Context) -> MaybePromise<Box<dyn Snapshot>> {
        not_supported(self.name(), "transactions")
    }

    fn read_stream(&self, _key: &Key, _cx: &Context) -> MaybePromise<Option<Box<dyn ByteSource>>> {
        not_supported(self.name(), "transactions")
    }

    fn write_stream(&self, _key: &Key, _cx: &Context) -> MaybePromise<Box<dyn ByteSink>> {
        not_supported(self.name(), "transactions")
    }

    fn watch(&self, _sink: EventSink) -> MaybePromise<Option<Box<dyn Watch>>> {
        not_supported(self.name(), "transactions")
    }

    fn flush(&self, _cx: &Context) -> MaybePromise<()> {
        not_supported(self.name(), "transactions")
    }

    fn close(&self, _cx: &Context) -> MaybePromise<()> {
        not_supported(self.name(), "transactions")
    }
}
