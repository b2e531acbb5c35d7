//! Wakes the thread of an environment once for many answers.
//!
//! A job that answers many calls would wake that thread at the first one. It would begin at once, find
//! one answer, and be woken again for the next: on one processor that is a change of threads for each.

use std::cell::RefCell;

/// What wakes somebody.
type Wake = Box<dyn FnOnce()>;

thread_local! {
    /// What waits for the end of [`together`], within it.
    static HELD: RefCell<Option<Vec<Wake>>> = const { RefCell::new(None) };
}

/// Runs `body`, and only then whatever it wanted to [`wake`] on this thread.
///
/// `body` must not wait for anything: whoever is woken by another thread's answer relies on the wake-up
/// that is held here.
pub fn together<T>(body: impl FnOnce() -> T) -> T {
    let is_outermost = HELD
        .try_with(|held| {
            let mut held = held.borrow_mut();
            let is_outermost = held.is_none();
            held.get_or_insert_default();
            is_outermost
        })
        .unwrap_or(false);
    // Not `then_some`: what that drops would release at once.
    let _release = is_outermost.then(|| Release);
    body()
}

/// Runs `wake`, at the end of [`together`] if the thread is within it.
pub fn wake(wake: impl FnOnce() + 'static) {
    let mut wake = Some(wake);
    // A thread that is ending holds nothing back.
    let _ = HELD.try_with(|held| {
        if let Some(list) = held.borrow_mut().as_mut()
            && let Some(wake) = wake.take()
        {
            list.push(Box::new(wake));
        }
    });
    if let Some(wake) = wake {
        wake();
    }
}

/// Ends [`together`], also after a panic.
struct Release;

impl Drop for Release {
    fn drop(&mut self) {
        let held = HELD.try_with(RefCell::take).ok().flatten();
        for wake in held.unwrap_or_default() {
            wake();
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::panic, reason = "a job may panic")]
    use std::rc::Rc;

    use super::*;

    fn recorder() -> (Rc<RefCell<Vec<&'static str>>>, impl Fn(&'static str)) {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let kept = Rc::clone(&seen);
        (seen, move |what| kept.borrow_mut().push(what))
    }

    #[test]
    fn whoever_is_woken_is_woken_at_once() {
        let (seen, note) = recorder();
        wake(move || note("woken"));
        assert_eq!(*seen.borrow(), ["woken"]);
    }

    #[test]
    fn many_are_woken_at_the_end_of_the_outermost() {
        let (seen, note) = recorder();
        let note = Rc::new(note);
        let (first, second) = (Rc::clone(&note), Rc::clone(&note));
        together(|| {
            together(|| wake(move || first("first")));
            wake(move || second("second"));
            note("answered");
        });
        assert_eq!(*seen.borrow(), ["answered", "first", "second"]);
    }

    #[test]
    fn a_panic_loses_no_wake_up() {
        let (seen, note) = recorder();
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            together(|| {
                wake(move || note("woken"));
                std::panic::panic_any("boom");
            });
        }));
        assert!(ended.is_err());
        assert_eq!(*seen.borrow(), ["woken"]);
    }
}
