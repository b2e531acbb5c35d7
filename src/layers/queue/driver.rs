//! The queue as a driver: what each call makes of the queue and of the driver below.

use std::cell::Cell;
use std::rc::Rc;

use super::batch::Split;
use super::log::Sight;
use super::operation::{Action, KeptOptions};
use super::overlay::Overlay;
use super::waiting::answer;
use super::{NAME, Queue, operation};
use crate::driver::{
    BatchReport, ByteSink, ByteSource, Capabilities, Commit, Context, Driver, EventSink, Expiry,
    GetItems, Meta, Outcome, SetItem, Snapshot, Verdict, Watch, not_supported, write_context,
};
use crate::error::Kind;
use crate::key::{Key, KeyList};
use crate::maybe::MaybePromise;
use crate::value::Value;

#[deny(clippy::missing_trait_methods)]
impl Driver for Queue {
    fn name(&self) -> &str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            ordered: true,
            // What is queued is not in the driver below yet.
            transactions: false,
            ..self.0.inner.capabilities()
        }
    }

    fn supports_sync(&self, operation: &'static str) -> bool {
        self.0.inner.supports_sync(operation)
    }

    fn accepts(&self, operation: &'static str) -> bool {
        self.0.inner.accepts(operation)
    }

    fn has(&self, key: &Key, cx: &Context) -> MaybePromise<bool> {
        let held = |sight: Sight<'_>| match sight {
            Sight::Value { .. } => Some(true),
            Sight::Gone => Some(false),
            Sight::Below => None,
        };
        self.read(key, "hasItem", cx, held, |inner| inner.has(key, cx))
    }

    fn get(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Value>> {
        self.read(key, "getItem", cx, held_value, |inner| inner.get(key, cx))
    }

    fn get_raw(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Value>> {
        self.read(key, "getItemRaw", cx, held_value, |inner| {
            inner.get_raw(key, cx)
        })
    }

    fn get_many(&self, items: GetItems, cx: &Context) -> MaybePromise<Vec<Option<Value>>> {
        if let Err(error) = self.0.open() {
            return MaybePromise::err(error);
        }
        let mut split = Split::new(&self.0.state.borrow().log, &items, || self.clock_ms());
        let rest = std::mem::take(&mut split.rest);
        if rest.keys.is_empty() {
            return MaybePromise::ok(split.join(Vec::new()));
        }
        match self.needs_sync("getItem", cx) {
            Ok(()) => self
                .0
                .inner
                .get_many(rest, cx)
                .map(move |below| split.join(below)),
            Err(error) => MaybePromise::err(error),
        }
    }

    fn set(&self, key: &Key, value: Value, cx: &Context) -> MaybePromise<Outcome> {
        self.enqueue(
            key,
            Action::Set {
                value: value.detached(),
                raw: false,
            },
            cx,
        )
    }

    fn set_raw(&self, key: &Key, value: Value, cx: &Context) -> MaybePromise<Outcome> {
        self.enqueue(
            key,
            Action::Set {
                value: value.detached(),
                raw: true,
            },
            cx,
        )
    }

    fn set_many(&self, items: Vec<SetItem>, cx: &Context) -> MaybePromise<BatchReport> {
        if let Err(error) = self.0.open().and_then(|()| self.needs_sync("setItem", cx)) {
            return MaybePromise::err(error);
        }
        if cx.is_blocking() {
            return self.set_in_place(items, cx);
        }
        if !self.0.inner.accepts("setItem") {
            return MaybePromise::ok(BatchReport {
                outcome: Outcome::Ignored,
                failures: Vec::new(),
            });
        }
        let refused = items
            .iter()
            .find_map(|item| self.settled(&item.key, item.expiry).err());
        if let Some(error) = refused {
            return MaybePromise::err(error);
        }
        let now_ms = self.0.host.now_ms();
        let common = KeptOptions::new(&cx.options, now_ms);
        let operations = items.into_iter().map(|item| {
            let options = if item.options.is_none() && item.expiry == cx.options.expiry {
                common.clone()
            } else {
                let cx = write_context(cx, item.options, item.expiry);
                KeptOptions::new(&cx.options, now_ms)
            };
            let action = Action::Set {
                value: item.value.detached(),
                raw: false,
            };
            operation(&item.key, action, options, now_ms)
        });
        self.0.accept(operations).map(|_| BatchReport::done())
    }

    fn remove(&self, key: &Key, cx: &Context) -> MaybePromise<Outcome> {
        self.enqueue(key, Action::Remove, cx)
    }

    fn meta(&self, key: &Key, cx: &Context) -> MaybePromise<Option<Meta>> {
        // What the driver below knows is about an older value, which is better than nothing, but
        // not about a value that was removed in between.
        let ends = self.0.inner.capabilities().ttl;
        let known = Cell::new(Expiry::Keep);
        let held = |sight: Sight<'_>| match sight {
            Sight::Value { fresh, expiry, .. } => {
                known.set(if ends { expiry } else { Expiry::Keep });
                fresh.then(|| with_end(None, known.get()))
            }
            Sight::Gone => Some(None),
            Sight::Below => None,
        };
        let meta = self.read(key, "getMeta", cx, held, |inner| inner.meta(key, cx));
        let expiry = known.get();
        meta.map(move |meta| with_end(meta, expiry))
    }

    fn keys(&self, base: &str, cx: &Context) -> MaybePromise<KeyList> {
        if let Err(error) = self.0.open().and_then(|()| self.needs_sync("getKeys", cx)) {
            return MaybePromise::err(error);
        }
        if self.0.state.borrow().log.is_empty() {
            return self.0.inner.keys(base, cx);
        }
        let overlay = Overlay::new(&self.0.state.borrow().log, base, || self.clock_ms());
        let asked = cx.clone();
        self.0
            .inner
            .keys(base, cx)
            .map(move |listed| overlay.over(&listed, &asked))
    }

    fn clear(&self, base: &str, cx: &Context) -> MaybePromise<Outcome> {
        if let Err(error) = self.0.open().and_then(|()| self.needs_sync("clear", cx)) {
            return MaybePromise::err(error);
        }
        let operation = self.operation(base, Action::Clear, &cx.options);
        let receiver = self.0.accept_clear(operation);
        if !cx.is_blocking() {
            self.0.hurry();
            return answer(receiver);
        }
        let drained = self.0.drain_in_place();
        match drained {
            Err(error) if error.kind() == Kind::InvalidReturn => MaybePromise::err(error),
            _ => self.clear_in_place(answer(receiver)),
        }
    }

    fn commit(&self, _commit: Commit, _cx: &Context) -> MaybePromise<Verdict> {
        not_supported(self.name(), "transactions")
    }

    fn snapshot(&self, _cx: &Context) -> MaybePromise<Box<dyn Snapshot>> {
        not_supported(self.name(), "snapshots")
    }

    fn read_stream(&self, _key: &Key, _cx: &Context) -> MaybePromise<Option<Box<dyn ByteSource>>> {
        not_supported(self.name(), "streams")
    }

    fn write_stream(&self, _key: &Key, _cx: &Context) -> MaybePromise<Box<dyn ByteSink>> {
        not_supported(self.name(), "streams")
    }

    fn watch(&self, sink: EventSink) -> MaybePromise<Option<Box<dyn Watch>>> {
        match self.0.open() {
            Ok(()) => self.0.inner.watch(sink),
            Err(error) => MaybePromise::err(error),
        }
    }

    fn flush(&self, cx: &Context) -> MaybePromise<()> {
        if let Err(error) = self.0.open() {
            return MaybePromise::err(error);
        }
        let drained = if cx.is_blocking() {
            self.0.drain_in_place().into()
        } else {
            self.0.drain()
        };
        let (core, cx) = (Rc::clone(&self.0), cx.clone());
        let told = Rc::clone(&core);
        let flushed = drained.and_then(move |()| core.inner.flush(&cx));
        flushed.and_then(move |()| match told.state.borrow_mut().unseen.take() {
            Some(error) => MaybePromise::err(error),
            None => MaybePromise::ok(()),
        })
    }

    fn close(&self, cx: &Context) -> MaybePromise<()> {
        self.0.close(cx)
    }
}

/// The value that a read of the queue finds.
fn held_value(sight: Sight<'_>) -> Option<Option<Value>> {
    match sight {
        Sight::Value { value, .. } => Some(Some(value.clone())),
        Sight::Gone => Some(None),
        Sight::Below => None,
    }
}

/// What the driver below says of an older value, with what is known of the newer one.
fn with_end(meta: Option<Meta>, expiry: Expiry) -> Option<Meta> {
    match expiry {
        Expiry::At(end) => Some(Meta {
            expires_ms: Some(end),
            ..meta.unwrap_or_default()
        }),
        Expiry::Never => meta.map(|meta| Meta {
            expires_ms: None,
            ..meta
        }),
        Expiry::In(_) | Expiry::Keep => meta,
    }
}
