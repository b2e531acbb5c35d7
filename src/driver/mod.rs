//! The contract of everything that stores.

mod addition;
mod commit;
mod expiry;
mod snapshot;
mod stream;
mod whole;

use std::fmt;
use std::rc::Rc;

use compact_str::CompactString;

use crate::error::{Error, Kind, Result};
use crate::key::{Key, KeyList};
use crate::maybe::MaybePromise;
use crate::value::{Foreign, Value};

pub use addition::add;
pub use commit::{Addition, Change, Check, Commit, Verdict, Write};
pub use expiry::Expiry;
pub use snapshot::{MAX_PAGE_BYTES, Page, Range, Snapshot};
pub use stream::{ByteSink, ByteSource};
pub use whole::{Collector, WholeSource};

/// How a call may be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The synchronous API: answer now, doing I/O in place, or fail with `SYNC_UNSUPPORTED`.
    Blocking,
    /// The promise API: never block this thread; hand blocking work to the pool.
    NonBlocking,
}

/// How one call is to be carried out.
#[derive(Clone, Debug)]
pub struct Context {
    /// Whether the caller waits in place.
    pub mode: Mode,
    /// The caller's options.
    pub options: Options,
}

impl Context {
    /// A call without options.
    #[must_use]
    pub fn new(mode: Mode) -> Self {
        Context {
            mode,
            options: Options::default(),
        }
    }

    /// True for the synchronous API.
    #[must_use]
    pub fn is_blocking(&self) -> bool {
        self.mode == Mode::Blocking
    }

    /// The same mode with other options: for calls that a layer makes on its own behalf.
    #[must_use]
    pub fn with_options(&self, options: Options) -> Self {
        Context {
            mode: self.mode,
            options,
        }
    }
}

/// The options of one call: what native code understands, and the object as the caller gave it.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The caller's options object, passed untouched to drivers that are defined in JavaScript.
    pub foreign: Option<Foreign>,
    /// Keys with more separators than this are left out of listings; counted from the root of the
    /// driver that is asked. Default: no limit.
    pub max_depth: Option<usize>,
    /// Listings include meta keys (`key$`). Default false.
    pub include_meta: bool,
    /// A removal also removes the item's metadata. Default false.
    pub remove_meta: bool,
    /// How long a written item lives, where [`Capabilities::ttl`] says that the driver knows.
    pub expiry: Expiry,
}

impl Options {
    /// Options that carry only the caller's object.
    #[must_use]
    pub fn of(foreign: Option<Foreign>) -> Self {
        Options {
            foreign,
            ..Options::default()
        }
    }
}

/// What a driver can do beyond the minimum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// `keys` honours `max_depth` while walking (`flags.maxDepth`).
    pub max_depth: bool,
    /// Values can expire (`flags.ttl`).
    pub ttl: bool,
    /// [`Driver::snapshot`] and [`Driver::commit`] answer; others fail with `NOT_SUPPORTED`.
    pub transactions: bool,
    /// The driver's own watcher reports the changes made through the driver, so that the storage
    /// must not report them a second time. True for JavaScript drivers with `watch`, as documented.
    pub reports_own_changes: bool,
    /// Calls in `NonBlocking` mode take effect in the order in which they were made, per key, also
    /// relative to `Blocking` calls made later. True for every native driver.
    pub ordered: bool,
}

/// Whether a write changed anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The write was carried out.
    Done,
    /// The driver is read-only and ignores writes silently, as documented.
    Ignored,
}

/// One item of a batch write.
#[derive(Clone, Debug)]
pub struct SetItem {
    /// The key, relative to the driver.
    pub key: CompactString,
    /// The encoded value.
    pub value: Value,
    /// The item's options object, merged over the common options.
    pub options: Option<Foreign>,
    /// How long it lives.
    pub expiry: Expiry,
}

/// Keys of a batch read with the options object of each, if any has one.
#[derive(Clone, Debug, Default)]
pub struct GetItems {
    /// The keys, relative to the driver.
    pub keys: KeyList,
    /// Empty, or one entry per key.
    pub options: Vec<Option<Foreign>>,
}

/// What became of a batch write.
#[derive(Debug)]
pub struct BatchReport {
    /// Whether the driver writes at all.
    pub outcome: Outcome,
    /// The items that failed, by index. The others were written.
    pub failures: Vec<(usize, Error)>,
}

impl BatchReport {
    /// A batch in which every item was written.
    #[must_use]
    pub fn done() -> Self {
        BatchReport {
            outcome: Outcome::Done,
            failures: Vec::new(),
        }
    }
}

/// Native metadata of an item. Times in milliseconds since the Unix epoch, fractions allowed.
#[derive(Clone, Debug, Default)]
pub struct Meta {
    /// Last access.
    pub atime_ms: Option<f64>,
    /// Last change of the content.
    pub mtime_ms: Option<f64>,
    /// Last change of the content or the inode.
    pub ctime_ms: Option<f64>,
    /// Creation.
    pub birthtime_ms: Option<f64>,
    /// Size in bytes.
    pub size: Option<u64>,
    /// When the item ends; `None` for never.
    pub expires_ms: Option<f64>,
    /// The object that a JavaScript driver returned; it takes the place of all the other fields.
    pub foreign: Option<Foreign>,
}

/// What happened to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// The key was created or its value changed.
    Update,
    /// The key was removed.
    Remove,
    /// The time of the key was over, and it was removed.
    Expire,
}

impl EventKind {
    /// The name that JavaScript sees.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            EventKind::Update => "update",
            EventKind::Remove => "remove",
            EventKind::Expire => "expire",
        }
    }
}

/// Receives changes, on the orchestrating thread. The key is relative to the driver.
pub type EventSink = Rc<dyn Fn(EventKind, &str)>;

/// A running watch. Dropping it stops it without waiting.
pub trait Watch {
    /// Stops the watch. No event is delivered after the answer.
    fn stop(self: Box<Self>) -> MaybePromise<()>;
}

/// Stores values under keys.
///
/// Contract for every method:
/// - In [`Mode::Blocking`] the answer is `Ready`; a driver that cannot do that fails with
///   `SYNC_UNSUPPORTED`. In [`Mode::NonBlocking`] the calling thread is never blocked.
/// - A write takes effect in the order of the calls, per key (see [`Capabilities::ordered`]).
/// - No lock is held across a call to an inner driver.
/// - Errors carry no key or operation unless they differ from the call's own: the storage adds them.
/// - There are no default bodies: a wrapper that forgot a method would lose it silently.
pub trait Driver: fmt::Debug {
    /// The name for messages and `driver.name`.
    fn name(&self) -> &str;

    /// What the driver can do. Constant over its life, except for JavaScript drivers, whose methods
    /// may be replaced.
    fn capabilities(&self) -> Capabilities;

    /// True if `operation` (the name of the asynchronous JavaScript method, such as `setItem`) can be
    /// answered in [`Mode::Blocking`]. Layers ask before they accept a synchronous call.
    fn supports_sync(&self, operation: &'static str) -> bool;

    /// False if the promise form of `operation`, a write, is ignored because the driver lacks it, as
    /// documented for read-only drivers. Layers ask before they accept a write.
    fn accepts(&self, operation: &'static str) -> bool;

    /// True if the key has a value. A folder of keys is not a value.
    fn has(&self, key: &Key, cx: &Context) -> MaybePromise<bool>;

    /// The value, `None` if there is none. Text that is not UTF-8 is `CORRUPT`.
    fn get(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Value>>;

    /// The value as it was given to [`Driver::set_raw`]; bytes where the store cannot tell.
    fn get_raw(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Value>>;

    /// The values in the order of the keys. The first failure is the outcome.
    fn get_many(&self, items: GetItems, cx: &Context) -> MaybePromise<Vec<Option<Value>>>;

    /// Stores a value, replacing an older one as a whole: readers see the old or the new.
    fn set(&self, key: &Key, value: Value, cx: &Context) -> MaybePromise<Outcome>;

    /// Stores a value without encoding. Bytes are copied before the call returns.
    fn set_raw(&self, key: &Key, value: Value, cx: &Context) -> MaybePromise<Outcome>;

    /// Stores many values. Items of one key take effect in order. An error as the outcome means
    /// that nothing is known of any item.
    fn set_many(&self, items: Vec<SetItem>, cx: &Context) -> MaybePromise<BatchReport>;

    /// Removes a value. A missing key is not an error.
    fn remove(&self, key: &Key, cx: &Context) -> MaybePromise<Outcome>;

    /// Native metadata, `None` for a missing key or a driver without metadata.
    fn meta(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Meta>>;

    /// The keys that start with `base` (empty, or ending in `:`), meta keys (`key$`) included, in
    /// the driver's own order. JavaScript drivers may list more; the storage filters.
    fn keys(&self, base: &str, cx: &Context) -> MaybePromise<KeyList>;

    /// Removes every key that [`Driver::keys`] lists for `base`, meta keys included.
    fn clear(&self, base: &str, cx: &Context) -> MaybePromise<Outcome>;

    /// Writes everything, or nothing: nobody sees a part of it, not even after a crash. Fails with
    /// `INVALID_VALUE` where an addition meets what is no number, and with `LIMIT_EXCEEDED` where its
    /// result is out of bounds; nothing is written then.
    fn commit(&self, commit: Commit, cx: &Context) -> MaybePromise<Verdict>;

    /// The items as they are now.
    fn snapshot(&self, cx: &Context) -> MaybePromise<Box<dyn Snapshot>>;

    /// Reads a raw value in pieces; `None` if there is none. Fails with `NOT_SUPPORTED` where values
    /// are only known whole: the storage then reads it whole.
    fn read_stream(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Box<dyn ByteSource>>>;

    /// Takes a raw value in pieces. Fails with `NOT_SUPPORTED` where values are only taken whole: the
    /// storage then collects it.
    fn write_stream(&self, key: &Key, cx: &Context) -> MaybePromise<Box<dyn ByteSink>>;

    /// Starts to report changes made by others (and its own, see
    /// [`Capabilities::reports_own_changes`]). `None` if the driver cannot watch.
    fn watch(&self, sink: EventSink) -> MaybePromise<Option<Box<dyn Watch>>>;

    /// Resolves when every write made before the call has reached the store below.
    fn flush(&self, cx: &Context) -> MaybePromise<()>;

    /// Releases everything. Loses nothing that was accepted. Called exactly once by a storage, and
    /// no call follows; drivers that JavaScript holds answer later calls with `DISPOSED`.
    fn close(&self, cx: &Context) -> MaybePromise<()>;
}

/// [`Driver::get_many`] for drivers without a batch of their own: one call per key.
pub fn get_one_by_one(
    driver: &dyn Driver,
    items: &GetItems,
    cx: &Context,
) -> MaybePromise<Vec<Option<Value>>> {
    let answers = items.keys.iter().enumerate().map(|(index, key)| {
        let own = items.options.get(index).cloned().flatten();
        driver.get(Key::literal(key), &item_context(cx, own))
    });
    MaybePromise::all(answers.collect())
}

/// [`Driver::set_many`] for drivers without a batch of their own: one call per item.
pub fn set_one_by_one(
    driver: &dyn Driver,
    items: Vec<SetItem>,
    cx: &Context,
) -> MaybePromise<BatchReport> {
    let answers = items.into_iter().map(|item| {
        let cx = write_context(cx, item.options, item.expiry);
        keep_failure(driver.set(Key::literal(&item.key), item.value, &cx))
    });
    MaybePromise::all(answers.collect()).map(report)
}

/// The context of one item of a batch: its own options object, or the common one.
#[must_use]
pub fn item_context(cx: &Context, own: Option<Foreign>) -> Context {
    match own {
        Some(own) => cx.with_options(Options::of(Some(own))),
        None => cx.clone(),
    }
}

/// As [`item_context`], for a write.
#[must_use]
pub fn write_context(cx: &Context, own: Option<Foreign>, expiry: Expiry) -> Context {
    let mut cx = item_context(cx, own);
    cx.options.expiry = expiry;
    cx
}

/// Turns a failure into a value, so that one failed item does not hide the others.
fn keep_failure(answer: MaybePromise<Outcome>) -> MaybePromise<Result<Outcome>> {
    answer.then(Ok)
}

fn report(results: Vec<Result<Outcome>>) -> BatchReport {
    let ignored = !results.is_empty()
        && results
            .iter()
            .all(|result| matches!(result, Ok(Outcome::Ignored)));
    let failures = results
        .into_iter()
        .enumerate()
        .filter_map(|(index, result)| Some((index, result.err()?)));
    BatchReport {
        outcome: if ignored {
            Outcome::Ignored
        } else {
            Outcome::Done
        },
        failures: failures.collect(),
    }
}

/// What [`Driver::commit`], [`Driver::snapshot`] and the streams answer in drivers without them.
pub fn not_supported<T: 'static>(driver: &str, what: &str) -> MaybePromise<T> {
    MaybePromise::err(
        Error::new(
            Kind::NotSupported,
            format!("The driver does not support {what}"),
        )
        .driver(driver),
    )
}
