//! Streams of any driver: in pieces where it can, else through memory.

use std::rc::Rc;

use super::{Route, Storage, place};
use crate::driver::{ByteSink, ByteSource, Collector, Context, EventKind, Outcome, WholeSource};
use crate::error::{Error, Kind, Result};
use crate::key::Key;
use crate::maybe::MaybePromise;

impl Storage {
    pub(super) fn open_source(
        &self,
        key: &Key,
        cx: &Context,
    ) -> MaybePromise<Option<Box<dyn ByteSource>>> {
        let routed = self.route(key);
        let (key, cx, mode) = (key.as_str().to_owned(), cx.clone(), cx.mode);
        MaybePromise::begin(mode, async move {
            let located = |error: Error| error.operation("createReadStream").key(&key);
            let route = routed.map_err(located)?;
            let source = source_of(&route, Key::literal(&key), &cx).await;
            source.map_err(|error| located(error).driver(route.driver.name()))
        })
    }

    pub(super) fn open_sink(&self, key: &Key, cx: &Context) -> MaybePromise<Box<dyn ByteSink>> {
        let (storage, routed) = (self.clone(), self.route(key));
        let (key, cx, mode) = (key.as_str().to_owned(), cx.clone(), cx.mode);
        MaybePromise::begin(mode, async move {
            let route =
                Rc::new(routed.map_err(|error| error.operation("createWriteStream").key(&key))?);
            let own = route.relative(Key::literal(&key));
            let sink = match route.driver.write_stream(own, &cx).resolve().await {
                Err(error) if error.kind() == Kind::NotSupported => collector(&route, &key),
                sink => {
                    sink.map_err(|error| place(error, "createWriteStream", &route.driver, &key))?
                }
            };
            Ok(Box::new(Published {
                storage,
                route,
                key,
                sink,
            }) as Box<dyn ByteSink>)
        })
    }
}

async fn source_of(route: &Route, key: &Key, cx: &Context) -> Result<Option<Box<dyn ByteSource>>> {
    let own = route.relative(key);
    match route.driver.read_stream(own, cx).resolve().await {
        Err(error) if error.kind() == Kind::NotSupported => {
            let value = route.driver.get_raw(own, cx).resolve().await?;
            value.map(WholeSource::boxed).transpose()
        }
        source => source,
    }
}

fn collector(route: &Rc<Route>, key: &str) -> Box<dyn ByteSink> {
    let (route, key) = (Rc::clone(route), key.to_owned());
    Collector::boxed(move |value, cx: &Context| {
        route
            .driver
            .set_raw(route.relative(Key::literal(&key)), value, cx)
    })
}

/// Reports the new value to listeners, and failures with their place.
struct Published {
    storage: Storage,
    route: Rc<Route>,
    key: String,
    sink: Box<dyn ByteSink>,
}

impl Published {
    fn located<T: 'static>(&self, answer: MaybePromise<T>) -> MaybePromise<T> {
        let (route, key) = (Rc::clone(&self.route), self.key.clone());
        answer.map_err(move |error| place(error, "createWriteStream", &route.driver, &key))
    }
}

impl ByteSink for Published {
    fn write(&self, bytes: Vec<u8>, cx: &Context) -> MaybePromise<()> {
        self.located(self.sink.write(bytes, cx))
    }

    fn finish(&self, cx: &Context) -> MaybePromise<Outcome> {
        let (storage, route, key) = (
            self.storage.clone(),
            Rc::clone(&self.route),
            self.key.clone(),
        );
        self.located(self.sink.finish(cx)).map(move |outcome| {
            storage.publish_outcome(&*route.driver, EventKind::Update, &key, outcome);
            outcome
        })
    }

    fn abort(&self, cx: &Context) -> MaybePromise<()> {
        self.located(self.sink.abort(cx))
    }
}
