//! A driver that fails, waits and remembers on demand.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet, VecDeque};
use std::io;
use std::rc::Rc;

use futures_channel::oneshot;

use crate::driver::{
    BatchReport, ByteSink, ByteSource, Capabilities, Commit, Context, Driver, EventSink, GetItems,
    Meta, Mode, Outcome, SetItem, Snapshot, Verdict, Watch, not_supported,
};
use crate::error::{Error, Result};
use crate::key::{Key, KeyList};
use crate::maybe::MaybePromise;
use crate::value::{Foreign, Value};

/// A call that the driver received.
#[derive(Clone, Debug)]
pub struct Call {
    /// The name of the trait method.
    pub method: &'static str,
    /// Whether the caller waited in place.
    pub mode: Mode,
    /// The key, the base, or the keys of a batch.
    pub keys: Vec<String>,
    /// The values of a write, by key.
    pub values: Vec<Value>,
    /// The options objects, by key.
    pub options: Vec<Option<Foreign>>,
}

/// What a held call waits with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// The call takes effect when it is released, as in a driver that does not keep its order.
    Effect,
    /// The call takes effect at once; only its answer waits.
    Answer,
}

/// How a write goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It fails without effect.
    Fails,
    /// It takes effect and fails all the same; a batch takes effect in its first half.
    Tears,
    /// It waits until it is released; others do not.
    Waits(Hold),
}

/// A driver around `inner` whose calls can be made to fail or to wait. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Faulty {
    inner: Rc<dyn Driver>,
    plan: Rc<RefCell<Plan>>,
}

#[derive(Debug, Default)]
struct Plan {
    calls: Vec<Call>,
    /// How many of the next calls of a method fail.
    failing: HashMap<&'static str, usize>,
    /// The write that goes wrong: how many come before it, and how.
    trouble: Option<(usize, Trouble)>,
    /// Keys that cannot be written.
    bad_keys: HashSet<String>,
    holding: HashMap<&'static str, Hold>,
    held: VecDeque<oneshot::Sender<()>>,
    without_sync: HashSet<&'static str>,
    unordered: bool,
    /// Neither transactions nor streams.
    basic: bool,
    describes: bool,
}

impl Plan {
    /// Counts a write, and tells whether this one goes wrong.
    fn trouble_of(&mut self, method: &'static str) -> Option<Trouble> {
        if !WRITES.contains(&method) {
            return None;
        }
        let (left, trouble) = self.trouble?;
        self.trouble = left.checked_sub(1).map(|left| (left, trouble));
        self.trouble.is_none().then_some(trouble)
    }
}

/// The methods that change what is stored, or promise that it stays.
const WRITES: [&str; 6] = ["set", "set_raw", "set_many", "remove", "clear", "flush"];

impl Faulty {
    /// A driver that behaves like `inner` until told otherwise.
    #[must_use]
    pub fn new(inner: Rc<dyn Driver>) -> Self {
        Faulty {
            inner,
            plan: Rc::default(),
        }
    }

    /// A driver whose writes wait until they are released.
    #[must_use]
    pub fn slow(inner: Rc<dyn Driver>, hold: Hold) -> Self {
        let driver = Self::new(inner);
        for method in ["set", "set_raw", "set_many", "remove", "clear"] {
            driver.hold(method, hold);
        }
        driver
    }

    /// The next `count` calls of `method` fail with `ENOSPC`, without effect.
    pub fn fail_next(&self, method: &'static str, count: usize) {
        self.plan.borrow_mut().failing.insert(method, count);
    }

    /// Writes of `key` fail with `ENOSPC`; the other items of a batch are written.
    pub fn fail_key(&self, key: &str) {
        self.plan.borrow_mut().bad_keys.insert(key.to_owned());
    }

    /// Of the writes and flushes from now on, the one after the first `count` goes wrong, with
    /// `ENOSPC` if it fails.
    pub fn trouble_after(&self, count: usize, trouble: Trouble) {
        self.plan.borrow_mut().trouble = Some((count, trouble));
    }

    /// True while the write that is to go wrong has not come.
    #[must_use]
    pub fn awaits_trouble(&self) -> bool {
        self.plan.borrow().trouble.is_some()
    }

    /// Nothing fails any more.
    pub fn heal(&self) {
        let mut plan = self.plan.borrow_mut();
        plan.trouble = None;
        plan.failing.clear();
        plan.bad_keys.clear();
    }

    /// From now on asynchronous calls of `method` wait until they are released.
    pub fn hold(&self, method: &'static str, hold: Hold) {
        self.plan.borrow_mut().holding.insert(method, hold);
    }

    /// Calls are not held any more, and those that are held go on.
    pub fn release(&self) {
        self.plan.borrow_mut().holding.clear();
        while self.release_one() {}
    }

    /// Lets the call that waits the longest go on; false if none waits.
    pub fn release_one(&self) -> bool {
        let Some(gate) = self.plan.borrow_mut().held.pop_front() else {
            return false;
        };
        // A caller that gave up has dropped its end; the call counts as released all the same.
        let _ = gate.send(());
        true
    }

    /// Calls that wait to be released.
    #[must_use]
    pub fn held(&self) -> usize {
        self.plan.borrow().held.len()
    }

    /// Declares that the driver has no synchronous form of these operations.
    pub fn without_sync(&self, operations: &[&'static str]) {
        self.plan.borrow_mut().without_sync = operations.iter().copied().collect();
    }

    /// Declares that the driver does not keep its calls in order.
    pub fn unordered(&self) {
        self.plan.borrow_mut().unordered = true;
    }

    /// This driver without transactions, snapshots and streams.
    #[must_use]
    pub fn basic(self) -> Self {
        self.plan.borrow_mut().basic = true;
        self
    }

    fn lacks<T: 'static>(&self, what: &str) -> Option<MaybePromise<T>> {
        let lacks = self.plan.borrow().basic;
        lacks.then(|| not_supported(self.name(), what))
    }

    /// From now on metadata is the size of the value, whatever the driver below says.
    pub fn describe(&self) {
        self.plan.borrow_mut().describes = true;
    }

    /// Takes the calls received so far.
    pub fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.plan.borrow_mut().calls)
    }

    /// How many calls of `method` were received since they were last taken.
    #[must_use]
    pub fn count(&self, method: &str) -> usize {
        self.plan
            .borrow()
            .calls
            .iter()
            .filter(|call| call.method == method)
            .count()
    }

    /// Notes the call and carries it out as planned.
    fn run<T: 'static>(
        &self,
        call: Call,
        operation: &'static str,
        carry_out: impl FnOnce(Rc<dyn Driver>) -> MaybePromise<T> + 'static,
    ) -> MaybePromise<T> {
        let (method, mode) = (call.method, call.mode);
        let trouble = self.plan(call);
        if mode == Mode::Blocking && !self.supports_sync(operation) {
            return MaybePromise::err(Error::sync_unsupported(self.name(), operation));
        }
        let inner = Rc::clone(&self.inner);
        let effect = move || match trouble {
            Some(Trouble::Fails) => MaybePromise::err(no_space()),
            Some(Trouble::Tears) => carry_out(inner).and_then(|_| MaybePromise::err(no_space())),
            Some(Trouble::Waits(_)) | None => carry_out(inner),
        };
        let hold = match trouble {
            Some(Trouble::Waits(hold)) => Some(hold),
            _ => self.plan.borrow().holding.get(method).copied(),
        };
        match hold.filter(|_| mode == Mode::NonBlocking) {
            None => effect(),
            Some(Hold::Effect) => self.wait().and_then(move |()| effect()),
            Some(Hold::Answer) => {
                let (gate, answer) = (self.wait(), effect());
                gate.and_then(move |()| answer)
            }
        }
    }

    /// Notes the call and tells how it goes wrong. A batch with bad keys fails only for these.
    fn plan(&self, call: Call) -> Option<Trouble> {
        let mut plan = self.plan.borrow_mut();
        let counted = plan
            .failing
            .get_mut(call.method)
            .filter(|count| **count > 0)
            .map(|count| *count -= 1);
        let writes = matches!(call.method, "set" | "set_raw" | "remove");
        let bad = writes && call.keys.iter().any(|key| plan.bad_keys.contains(key));
        let trouble = plan.trouble_of(call.method);
        plan.calls.push(call);
        let fails = (counted.is_some() || bad).then_some(Trouble::Fails);
        fails.or(trouble)
    }

    fn wait(&self) -> MaybePromise<()> {
        let (gate, released) = oneshot::channel();
        self.plan.borrow_mut().held.push_back(gate);
        MaybePromise::pending(async move {
            // A driver that is dropped while calls wait lets them go on.
            let _released = released.await;
            Ok(())
        })
    }

    /// Splits the bad items off a batch, or what is lost of one that is to be torn.
    fn sort_out(&self, mut items: Vec<SetItem>) -> (Vec<SetItem>, Vec<(usize, Error)>) {
        let plan = self.plan.borrow();
        if plan.trouble == Some((0, Trouble::Tears)) {
            items.truncate(items.len() / 2);
        }
        let (mut good, mut failures) = (Vec::new(), Vec::new());
        for (index, item) in items.into_iter().enumerate() {
            if plan.bad_keys.contains(&*item.key) {
                failures.push((index, no_space()));
            } else {
                good.push(item);
            }
        }
        (good, failures)
    }
}

fn size_of(value: Value) -> Meta {
    let size = match value {
        Value::Text(text) => Some(text.as_str().len() as u64),
        Value::Bytes(blob) => Some(blob.as_bytes().len() as u64),
        Value::Foreign(_) => None,
    };
    Meta {
        size,
        ..Meta::default()
    }
}

fn no_space() -> Error {
    Error::from(io::Error::from(io::ErrorKind::StorageFull))
}

fn call(method: &'static str, key: &str, value: Option<&Value>, cx: &Context) -> Call {
    Call {
        method,
        mode: cx.mode,
        keys: vec![key.to_owned()],
        values: value.into_iter().cloned().collect(),
        options: vec![cx.options.foreign.clone()],
    }
}

fn batch_call(items: &[SetItem], cx: &Context) -> Call {
    Call {
        method: "set_many",
        mode: cx.mode,
        keys: items.iter().map(|item| item.key.to_string()).collect(),
        values: items.iter().map(|item| item.value.clone()).collect(),
        options: items.iter().map(|item| item.options.clone()).collect(),
    }
}

#[deny(clippy::missing_trait_methods)]
impl Driver for Faulty {
    fn name(&self) -> &str {
        "faulty"
    }

    fn capabilities(&self) -> Capabilities {
        let inner = self.inner.capabilities();
        Capabilities {
            ordered: inner.ordered && !self.plan.borrow().unordered,
            transactions: inner.transactions && !self.plan.borrow().basic,
            ..inner
        }
    }

    fn supports_sync(&self, operation: &'static str) -> bool {
        !self.plan.borrow().without_sync.contains(operation) && self.inner.supports_sync(operation)
    }

    fn accepts(&self, operation: &'static str) -> bool {
        self.inner.accepts(operation)
    }

    fn has(&self, key: &Key, cx: &Context) -> MaybePromise<bool> {
        let (target, context) = (key.as_str().to_owned(), cx.clone());
        let noted = call("has", key.as_str(), None, cx);
        self.run(noted, "hasItem", move |inner| {
            inner.has(Key::literal(&target), &context)
        })
    }

    fn get(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Value>> {
        let (target, context) = (key.as_str().to_owned(), cx.clone());
        let noted = call("get", key.as_str(), None, cx);
        self.run(noted, "getItem", move |inner| {
            inner.get(Key::literal(&target), &context)
        })
    }

    fn get_raw(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Value>> {
        let (target, context) = (key.as_str().to_owned(), cx.clone());
        let noted = call("get_raw", key.as_str(), None, cx);
        self.run(noted, "getItemRaw", move |inner| {
            inner.get_raw(Key::literal(&target), &context)
        })
    }

    fn get_many(&self, items: GetItems, cx: &Context) -> MaybePromise<Vec<Option<Value>>> {
        let context = cx.clone();
        let keys = items.keys.iter().map(str::to_owned).collect();
        let noted = Call {
            keys,
            options: items.options.clone(),
            ..call("get_many", "", None, cx)
        };
        self.run(noted, "getItem", move |inner| {
            inner.get_many(items, &context)
        })
    }

    fn set(&self, key: &Key, value: Value, cx: &Context) -> MaybePromise<Outcome> {
        let (target, context) = (key.as_str().to_owned(), cx.clone());
        let noted = call("set", key.as_str(), Some(&value), cx);
        self.run(noted, "setItem", move |inner| {
            inner.set(Key::literal(&target), value, &context)
        })
    }

    fn set_raw(&self, key: &Key, value: Value, cx: &Context) -> MaybePromise<Outcome> {
        let (target, context) = (key.as_str().to_owned(), cx.clone());
        let noted = call("set_raw", key.as_str(), Some(&value), cx);
        self.run(noted, "setItemRaw", move |inner| {
            inner.set_raw(Key::literal(&target), value, &context)
        })
    }

    fn set_many(&self, items: Vec<SetItem>, cx: &Context) -> MaybePromise<BatchReport> {
        let context = cx.clone();
        let noted = batch_call(&items, cx);
        let (good, failures) = self.sort_out(items);
        let report = self.run(noted, "setItem", move |inner| {
            inner.set_many(good, &context)
        });
        report.and_then(|report| with_failures(report, failures).into())
    }

    fn remove(&self, key: &Key, cx: &Context) -> MaybePromise<Outcome> {
        let (target, context) = (key.as_str().to_owned(), cx.clone());
        let noted = call("remove", key.as_str(), None, cx);
        self.run(noted, "removeItem", move |inner| {
            inner.remove(Key::literal(&target), &context)
        })
    }

    fn meta(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Meta>> {
        let (target, context) = (key.as_str().to_owned(), cx.clone());
        let noted = call("meta", key.as_str(), None, cx);
        let describes = self.plan.borrow().describes;
        self.run(noted, "getMeta", move |inner| match describes {
            true => inner
                .get(Key::literal(&target), &context)
                .map(|value| value.map(size_of)),
            false => inner.meta(Key::literal(&target), &context),
        })
    }

    fn keys(&self, base: &str, cx: &Context) -> MaybePromise<KeyList> {
        let (target, context) = (base.to_owned(), cx.clone());
        let noted = call("keys", base, None, cx);
        self.run(noted, "getKeys", move |inner| inner.keys(&target, &context))
    }

    fn clear(&self, base: &str, cx: &Context) -> MaybePromise<Outcome> {
        let (target, context) = (base.to_owned(), cx.clone());
        let noted = call("clear", base, None, cx);
        self.run(noted, "clear", move |inner| inner.clear(&target, &context))
    }

    fn commit(&self, commit: Commit, cx: &Context) -> MaybePromise<Verdict> {
        if let Some(refusal) = self.lacks("transactions") {
            return refusal;
        }
        let context = cx.clone();
        let noted = Call {
            keys: commit
                .writes
                .iter()
                .map(|write| write.key.to_string())
                .collect(),
            ..call("commit", "", None, cx)
        };
        self.run(noted, "setItem", move |inner| {
            inner.commit(commit, &context)
        })
    }

    fn snapshot(&self, cx: &Context) -> MaybePromise<Box<dyn Snapshot>> {
        if let Some(refusal) = self.lacks("snapshots") {
            return refusal;
        }
        let context = cx.clone();
        self.run(call("snapshot", "", None, cx), "getItem", move |inner| {
            inner.snapshot(&context)
        })
    }

    fn read_stream(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Box<dyn ByteSource>>> {
        if let Some(refusal) = self.lacks("streams") {
            return refusal;
        }
        let (target, context) = (key.as_str().to_owned(), cx.clone());
        let noted = call("read_stream", key.as_str(), None, cx);
        self.run(noted, "getItemRaw", move |inner| {
            inner.read_stream(Key::literal(&target), &context)
        })
    }

    fn write_stream(&self, key: &Key, cx: &Context) -> MaybePromise<Box<dyn ByteSink>> {
        if let Some(refusal) = self.lacks("streams") {
            return refusal;
        }
        let (target, context) = (key.as_str().to_owned(), cx.clone());
        let noted = call("write_stream", key.as_str(), None, cx);
        self.run(noted, "setItemRaw", move |inner| {
            inner.write_stream(Key::literal(&target), &context)
        })
    }

    fn watch(&self, sink: EventSink) -> MaybePromise<Option<Box<dyn Watch>>> {
        let noted = call("watch", "", None, &Context::new(Mode::NonBlocking));
        self.run(noted, "watch", move |inner| inner.watch(sink))
    }

    fn flush(&self, cx: &Context) -> MaybePromise<()> {
        let context = cx.clone();
        self.run(call("flush", "", None, cx), "flush", move |inner| {
            inner.flush(&context)
        })
    }

    fn close(&self, cx: &Context) -> MaybePromise<()> {
        let context = cx.clone();
        self.run(call("close", "", None, cx), "dispose", move |inner| {
            inner.close(&context)
        })
    }
}

fn with_failures(report: BatchReport, failures: Vec<(usize, Error)>) -> Result<BatchReport> {
    Ok(BatchReport { failures, ..report })
}
