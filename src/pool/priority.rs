//! Threads that give way to those of the application.

/// Puts the calling thread `steps` behind the main thread of the process, as `nice` counts. That holds
/// for as long as the thread runs: most processes may not take it back.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn give_way(steps: i32) {
    use rustix::process::{getpid, getpriority_process, setpriority_process};

    // A thread begins with the value of whoever started it, which may be one that gives way already; the
    // main thread has that of the application.
    let Ok(application) = getpriority_process(Some(getpid())) else {
        return;
    };
    // Without an id it is the calling thread that is meant, on this system. One that may not do this does
    // the same work with a priority like any other.
    let _ = setpriority_process(None, application + steps);
}

/// Elsewhere the whole process would be meant, or the system decides by itself.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) const fn give_way(_steps: i32) {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::{getpid, getpriority_process};

    use super::*;

    #[test]
    fn only_the_calling_thread_gives_way() {
        let application = getpriority_process(Some(getpid()));
        let before = getpriority_process(None);
        let inside = std::thread::spawn(|| {
            give_way(3);
            // What it starts counts from the same value.
            let nested = std::thread::spawn(|| {
                give_way(3);
                getpriority_process(None)
            });
            (getpriority_process(None), nested.join().ok())
        });
        let wanted = application.map(|value| (value + 3).min(19));
        assert_eq!(inside.join().ok(), Some((wanted, Some(wanted))));
        assert_eq!(getpriority_process(None), before);
        assert_eq!(getpriority_process(Some(getpid())), application);
    }
}
