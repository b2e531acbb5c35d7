//! The bounded way from a watching thread to the orchestrating thread.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::task::{Poll, Waker};

use crate::driver::EventKind;
use crate::error::Fault;

/// The most messages on their way. Beyond it the watching thread waits, the system's own queue
/// fills up, and its overflow becomes a rescan.
pub(super) const MAX_MESSAGES: usize = 16_384;

/// What a watching thread has to say.
#[derive(Debug)]
pub(super) enum Message {
    /// The whole tree is watched.
    Ready,
    /// A file changed.
    Report(EventKind, Arc<str>),
    /// Something failed. Before `Ready` it ends the watch.
    Failed(Fault),
    /// Which of these folders are ignored by rules that only the orchestrating thread can ask?
    Ask(Vec<Arc<str>>, mpsc::Sender<Vec<bool>>),
}

/// Both ends of the way.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    state: Mutex<State>,
    space: Condvar,
}

#[derive(Debug, Default)]
struct State {
    messages: VecDeque<Message>,
    waker: Option<Waker>,
    closed: bool,
}

impl Mailbox {
    /// Sends in order; waits while the way is full. False once it is closed.
    pub(super) fn send(&self, messages: impl IntoIterator<Item = Message>) -> bool {
        let mut state = self.lock();
        for message in messages {
            while state.messages.len() >= MAX_MESSAGES && !state.closed {
                wake(&mut state);
                state = self
                    .space
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            }
            if state.closed {
                return false;
            }
            state.messages.push_back(message);
        }
        wake(&mut state);
        !state.closed
    }

    /// Asks about folders and waits for the answer. `None` once the way is closed.
    pub(super) fn ask(&self, folders: Vec<Arc<str>>) -> Option<Vec<bool>> {
        let (sender, receiver) = mpsc::channel();
        if !self.send([Message::Ask(folders, sender)]) {
            return None;
        }
        // Closing drops the question, and with it the sender.
        receiver.recv().ok()
    }

    /// The next message; `None` once the way is closed. One receiver only.
    pub(super) async fn next(&self) -> Option<Message> {
        poll_fn(|cx| {
            let mut state = self.lock();
            if state.closed {
                return Poll::Ready(None);
            }
            match state.messages.pop_front() {
                Some(message) => {
                    self.space.notify_one();
                    Poll::Ready(Some(message))
                }
                None => {
                    state.waker = Some(cx.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }

    /// Ends the way in both directions and drops what is on it.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let messages = std::mem::take(&mut state.messages);
        wake(&mut state);
        drop(state);
        self.space.notify_all();
        drop(messages);
    }

    /// How many messages can be sent without waiting.
    pub(super) fn room(&self) -> usize {
        MAX_MESSAGES.saturating_sub(self.lock().messages.len())
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Every change under the lock is a single step, so a poisoned lock holds a consistent state.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wake(state: &mut State) {
    if let Some(waker) = state.waker.take() {
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::thread;

    use futures_executor::block_on;

    use super::*;

    fn report(index: usize) -> Message {
        Message::Report(EventKind::Update, index.to_string().into())
    }

    #[test]
    fn a_full_way_makes_the_sender_wait_and_loses_nothing() {
        let mailbox = Arc::new(Mailbox::default());
        let total = 3 * MAX_MESSAGES;
        let sender = Arc::clone(&mailbox);
        let thread = thread::spawn(move || sender.send((0..total).map(report)));
        for expected in 0..total {
            let Some(Message::Report(_, path)) = block_on(mailbox.next()) else {
                unreachable!()
            };
            assert_eq!(*path, expected.to_string());
            assert!(mailbox.lock().messages.len() <= MAX_MESSAGES);
        }
        assert!(thread.join().unwrap());
    }

    #[test]
    fn closing_frees_whoever_waits() {
        let mailbox = Arc::new(Mailbox::default());
        let sender = Arc::clone(&mailbox);
        let full = thread::spawn(move || sender.send((0..2 * MAX_MESSAGES).map(report)));
        let asker = Arc::new(Mailbox::default());
        let other = Arc::clone(&asker);
        let asking = thread::spawn(move || other.ask(vec!["a".into()]));
        mailbox.close();
        asker.close();
        assert!(!full.join().unwrap());
        assert_eq!(asking.join().unwrap(), None);
        assert!(block_on(mailbox.next()).is_none());
    }
}
