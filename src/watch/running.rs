//! The orchestrating side of a watch: starts the thread, delivers its reports, stops it.

use std::cell::Cell;
use std::fmt;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use futures_channel::oneshot;
use futures_util::FutureExt as _;

use super::coalesce::{Coalescer, SETTLE, SETTLE_UNCLOSED, Windows};
use super::engine::{Engine, Progress};
use super::filter::{Filter, Judge};
use super::mailbox::{Mailbox, Message};
use super::options::{TreeRules, WatchOptions};
use super::own::OwnChanges;
use super::snapshot::{MAX_FILES, Snapshot};
use super::source::{self, Opened, Source, Stopper};
use super::tree::Tree;
use crate::driver::{EventSink, Watch};
use crate::error::{Error, Fault, Result};
use crate::host::{Host, KeepAlive};
use crate::maybe::MaybePromise;
use crate::pool;

/// How long own changes are remembered at least, for events that come late.
const OWN_RETENTION: Duration = Duration::from_secs(30);

/// The most reports delivered before other tasks of the orchestrating thread have their turn.
const DELIVERIES_PER_TURN: usize = 256;

/// Both sides of a watch hold one; whoever ends first stops the other.
struct Control {
    mailbox: Arc<Mailbox>,
    stopper: Stopper,
    stopped: Cell<bool>,
}

impl Control {
    /// Nothing is delivered after this; the thread ends soon.
    fn halt(&self) {
        if !self.stopped.replace(true) {
            self.mailbox.close();
            (self.stopper)();
        }
    }
}

/// A watch that runs, or is being set up.
struct Running {
    control: Rc<Control>,
    /// Resolves when the thread has freed everything.
    ended: Option<oneshot::Receiver<()>>,
    _alive: Option<Box<dyn KeepAlive>>,
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("stopped", &self.control.stopped.get())
            .finish_non_exhaustive()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.control.halt();
    }
}

impl Watch for Running {
    fn stop(mut self: Box<Self>) -> MaybePromise<()> {
        self.control.halt();
        let Some(ended) = self.ended.take() else {
            return MaybePromise::ok(());
        };
        // The thread drops its end without a word.
        MaybePromise::pending(ended.map(|_| Ok(())))
    }
}

/// What has to be known to start.
pub(super) struct Start<'a> {
    pub(super) base: &'a Path,
    pub(super) options: WatchOptions,
    pub(super) rules: TreeRules,
    pub(super) own: &'a OwnChanges,
    pub(super) host: Rc<dyn Host>,
    pub(super) sink: EventSink,
}

/// Starts to watch; the answer comes once the whole tree is watched.
///
/// # Errors
/// An option is wrong, or neither a watch nor a thread can be had.
pub(super) fn start(start: Start<'_>) -> Result<MaybePromise<Box<dyn Watch>>> {
    let filter = Filter::new(
        start.base,
        &start.rules,
        &start.options.ignored,
        start.options.depth,
    )?;
    let opened = source::open(start.base, &start.options)?;
    start_with(start, filter, opened)
}

/// [`start`] with a source of one's own.
pub(super) fn start_with(
    start: Start<'_>,
    filter: Filter,
    (source, stopper): Opened,
) -> Result<MaybePromise<Box<dyn Watch>>> {
    let Start {
        base,
        options,
        rules,
        own,
        host,
        sink,
    } = start;
    let judge = Judge::new(base, &rules, &options.ignored);
    let mailbox = Arc::new(Mailbox::default());
    let recursive = source.is_recursive();
    let coalescer = Coalescer::new(Snapshot::new(MAX_FILES), windows(&options, source.as_ref()));
    let engine = Engine {
        tree: Tree::new(base, options.follow_symlinks),
        filter,
        twins: rules.twins,
        source,
        coalescer,
        own: own.subscribe(retention(&options)),
        mailbox: Arc::clone(&mailbox),
        asks: judge.has_rules(),
        ignore_initial: options.ignore_initial,
        ignore_permission_errors: options.ignore_permission_errors,
        progress: Progress::default(),
    };
    let delivered = Delivered {
        mailbox,
        stopper,
        judge: Some(judge),
        recursive,
        persistent: options.persistent,
        host,
        sink,
    };
    launch(delivered, || engine.run())
}

/// What the orchestrating side of a watch needs.
pub(super) struct Delivered {
    pub(super) mailbox: Arc<Mailbox>,
    /// Makes the thread see soon that the mailbox is closed.
    pub(super) stopper: Stopper,
    /// Rules that only this thread can ask.
    pub(super) judge: Option<Judge>,
    /// Events may come from ignored folders.
    pub(super) recursive: bool,
    /// The watch keeps the environment alive.
    pub(super) persistent: bool,
    pub(super) host: Rc<dyn Host>,
    pub(super) sink: EventSink,
}

/// Runs `body` on a thread of its own and delivers what it puts into the mailbox. The answer comes with
/// its [`Message::Ready`].
///
/// # Errors
/// No thread can be had.
pub(super) fn launch(
    delivered: Delivered,
    body: impl FnOnce() -> Result<(), Fault> + Send + 'static,
) -> Result<MaybePromise<Box<dyn Watch>>> {
    let Delivered {
        mailbox,
        stopper,
        judge,
        recursive,
        persistent,
        host,
        sink,
    } = delivered;
    let ended = spawn_thread(Arc::clone(&mailbox), body)?;
    let control = Rc::new(Control {
        mailbox,
        stopper,
        stopped: Cell::new(false),
    });
    let running = Running {
        control: Rc::clone(&control),
        ended: Some(ended),
        _alive: persistent.then(|| host.keep_alive()),
    };
    let (ready, established) = oneshot::channel();
    let delivery = Delivery {
        control,
        judge,
        recursive,
        sink,
        host: Rc::clone(&host),
        ready: Some(ready),
    };
    host.spawn(delivery.run().boxed_local());
    Ok(MaybePromise::pending(async move {
        match established.await {
            Ok(Ok(())) => Ok(Box::new(running) as Box<dyn Watch>),
            Ok(Err(error)) => Err(error.operation("watch")),
            Err(oneshot::Canceled) => Err(ended_early()),
        }
    }))
}

fn windows(options: &WatchOptions, source: &dyn Source) -> Windows {
    Windows {
        settle: if source.reports_closing() {
            SETTLE_UNCLOSED
        } else {
            SETTLE
        },
        removal: options.atomic.unwrap_or_default(),
        finish: options.await_write_finish,
    }
}

/// A look at an own change may come as late as polling and waiting for the end of writing make it.
fn retention(options: &WatchOptions) -> Duration {
    let poll = if options.use_polling {
        options.interval
    } else {
        Duration::ZERO
    };
    let finish = options
        .await_write_finish
        .map_or(Duration::ZERO, |finish| finish.stability_threshold);
    OWN_RETENTION.saturating_add(poll).saturating_add(finish)
}

fn ended_early() -> Error {
    Error::from(Fault::new(
        crate::error::Kind::Disposed,
        "the watch ended while it was being set up",
    ))
    .operation("watch")
}

fn spawn_thread(
    mailbox: Arc<Mailbox>,
    body: impl FnOnce() -> Result<(), Fault> + Send + 'static,
) -> Result<oneshot::Receiver<()>> {
    let (sender, ended) = oneshot::channel();
    let body = move || {
        if let Err(fault) = pool::guarded(body) {
            mailbox.send([Message::Failed(fault)]);
        }
        drop(sender);
    };
    thread::Builder::new()
        .name("stowage-watch".into())
        .spawn(body)?;
    Ok(ended)
}

/// The local task that takes what the thread sends.
struct Delivery {
    control: Rc<Control>,
    judge: Option<Judge>,
    /// Events may come from ignored folders.
    recursive: bool,
    sink: EventSink,
    host: Rc<dyn Host>,
    /// Who waits for the watch to stand; taken once it does.
    ready: Option<oneshot::Sender<Result<()>>>,
}

impl Drop for Delivery {
    /// The environment may end and drop the task at any moment.
    fn drop(&mut self) {
        self.control.halt();
    }
}

impl Delivery {
    async fn run(mut self) {
        let mailbox = Arc::clone(&self.control.mailbox);
        let mut turn = 0;
        while let Some(message) = mailbox.next().await {
            // Who waits for the watch shall have it before the first report.
            let is_ready = matches!(message, Message::Ready);
            self.take(message);
            turn += 1;
            if is_ready || turn % DELIVERIES_PER_TURN == 0 {
                yield_now().await;
            }
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Ready => self.established(Ok(())),
            Message::Report(kind, path) => {
                if !self.is_ignored(&path) && !self.control.stopped.get() {
                    (self.sink)(kind, &path);
                }
            }
            Message::Failed(fault) => self.failed(fault.into()),
            Message::Ask(folders, answer) => {
                let ignored = folders
                    .iter()
                    .map(|folder| self.judged(|judge| judge.ignores(folder, true)));
                // The thread that asked may be gone.
                let _ = answer.send(ignored.collect());
            }
        }
    }

    fn is_ignored(&mut self, path: &str) -> bool {
        let recursive = self.recursive;
        self.judged(|judge| {
            Ok((recursive && judge.ignores_on_the_way(path)?) || judge.ignores(path, false)?)
        })
    }

    /// A rule that fails ignores nothing.
    fn judged(&mut self, ask: impl FnOnce(&Judge) -> Result<bool>) -> bool {
        match self.judge.as_ref().map_or(Ok(false), ask) {
            Ok(ignored) => ignored,
            Err(error) => {
                self.failed(error);
                false
            }
        }
    }

    fn established(&mut self, result: Result<()>) {
        if let Some(ready) = self.ready.take() {
            // Nobody waits if the caller dropped the answer, and the watch with it.
            let _ = ready.send(result);
        }
    }

    fn failed(&mut self, error: Error) {
        if self.ready.is_some() {
            self.established(Err(error));
            self.control.halt();
        } else {
            self.host.report_uncaught(error.operation("watch"));
        }
    }
}

/// Lets the other tasks have their turn.
async fn yield_now() {
    let mut yielded = false;
    std::future::poll_fn(move |cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
