//! What a watch of the driver is made of: changes of others, and what the driver itself has swept.

use std::rc::Rc;
use std::sync::Arc;

use super::Sqlite;
use super::changes::{Opener, POLL_INTERVAL, Watcher};
use super::connection::Role;
use super::options::Place;
use super::sweeping::Heard;
use crate::driver::{EventSink, Watch};
use crate::maybe::MaybePromise;
use crate::watch::watch_feed;

struct Both {
    swept: Heard,
    /// `None` for a database that nobody else can open.
    others: Option<Box<dyn Watch>>,
}

impl Watch for Both {
    fn stop(self: Box<Self>) -> MaybePromise<()> {
        let Both { swept, others } = *self;
        drop(swept);
        match others {
            Some(others) => others.stop(),
            None => MaybePromise::ok(()),
        }
    }
}

impl Sqlite {
    pub(super) fn begin_watching(&self, sink: EventSink) -> MaybePromise<Option<Box<dyn Watch>>> {
        let site = &self.shared.site;
        if let Err(error) = self.check_open() {
            return MaybePromise::err(error);
        }
        // Who watches has to write down that it does.
        if site.read_only {
            return MaybePromise::ok(None);
        }
        let swept = self.sweeping.tell(Rc::clone(&sink));
        if site.place == Place::Memory {
            let both = Both {
                swept,
                others: None,
            };
            return MaybePromise::ok(Some(Box::new(both)));
        }
        let shared = Arc::clone(site);
        let open: Opener = Box::new(move || Ok(shared.open(Role::Writer)?.into_connection()));
        let watcher = Watcher::new(open, &site.tables, self.shared.writer.id);
        let others = watch_feed(
            Box::new(watcher),
            POLL_INTERVAL,
            Rc::clone(&self.host),
            sink,
        );
        others.map(|others| {
            let others = Some(others);
            Some(Box::new(Both { swept, others }) as Box<dyn Watch>)
        })
    }
}
