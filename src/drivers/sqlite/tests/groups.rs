//! Writes that share a transaction.

use super::*;
use crate::testkit::Started;

/// Starts writes that then wait together, because somebody holds the lock when the first begins.
fn together<T: 'static>(
    fixture: &Fixture,
    start: impl FnOnce(&Context) -> Vec<MaybePromise<T>>,
) -> Vec<Result<T>> {
    let foreign = fixture.foreign();
    foreign.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answers = start(&Context::new(Mode::NonBlocking));
    let started: Vec<Started<T>> = answers
        .into_iter()
        .map(|answer| fixture.host.start(answer))
        .collect();
    foreign.execute_batch("COMMIT").unwrap();
    started
        .into_iter()
        .map(|started| fixture.host.finish(started))
        .collect()
}

#[test]
fn each_gets_its_own_result() {
    let fixture = Fixture::with(|options| options.max_value_bytes = 100);
    fixture.set("text", "no number");
    let results = together(&fixture, |cx| {
        let commit = |key: &str, change: Change| {
            let write = Write {
                key: key.into(),
                change,
            };
            let commit = Commit {
                checks: Vec::new(),
                writes: vec![write],
            };
            fixture.driver.commit(commit, cx)
        };
        vec![
            commit("a", put("1")),
            commit("text", plus(1.0)),
            commit("large", put(&"x".repeat(101))),
            commit("n", plus(2.0)),
            commit("b", put("1")),
        ]
    });
    let kinds: Vec<Option<Kind>> = results
        .iter()
        .map(|result| result.as_ref().err().map(Error::kind))
        .collect();
    assert_eq!(
        kinds,
        [
            None,
            Some(Kind::InvalidValue),
            Some(Kind::LimitExceeded),
            None,
            None
        ]
    );
    assert_eq!(results[3].as_ref().unwrap(), &Verdict::Committed(vec![2.0]));
    assert_eq!(fixture.keys(), ["a", "b", "n", "text"]);
    assert_eq!(fixture.get("text").as_deref(), Some("no number"));
}

#[test]
fn they_share_transactions() {
    let fixture = Fixture::new();
    let commits = || commits_in(&fixture.path);
    let before = commits();
    let results = together(&fixture, |cx| {
        (0..64)
            .map(|number| {
                let key = format!("k{number}");
                fixture.driver.set(Key::literal(&key), Value::text("1"), cx)
            })
            .collect()
    });
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(fixture.keys().len(), 64);
    // The first may have begun before the others came.
    let shared = commits() - before;
    assert!((1..=2).contains(&shared), "{shared} commits");
}

/// The frames in the log that end a commit: they have the size of the file in bytes 4 to 8.
fn commits_in(path: &std::path::Path) -> usize {
    const HEADER: usize = 32;
    const FRAME: usize = 24 + 4096;
    let log = std::fs::read(format!("{}-wal", path.display())).unwrap();
    log[HEADER..]
        .chunks_exact(FRAME)
        .filter(|frame| frame[4..8] != [0; 4])
        .count()
}
