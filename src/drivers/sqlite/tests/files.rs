//! The file: who may read it, and what is refused.

use std::fs;

use rusqlite::Connection;

use super::*;

fn refused(path: PathBuf, change: impl FnOnce(&mut SqliteOptions)) -> Error {
    Fixture::at(path, change).err().unwrap()
}

#[cfg(unix)]
#[test]
fn only_the_user_may_see_what_is_created() {
    use std::os::unix::fs::PermissionsExt as _;
    let fixture = Fixture::new();
    fixture.set("a", "1");
    let mode = |path: &str| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let path = fixture.path.to_str().unwrap();
    for suffix in ["", "-wal", "-shm"] {
        assert_eq!(mode(&format!("{path}{suffix}")), 0o600, "{suffix}");
    }
    assert_eq!(
        mode(fixture.path.parent().unwrap().to_str().unwrap()),
        0o700
    );
}

#[test]
fn values_outlive_the_driver_and_closing_leaves_one_file() {
    let fixture = Fixture::new();
    let cx = Context::new(Mode::NonBlocking);
    let pending: Vec<_> = (0..200)
        .map(|number| {
            let key = format!("k{number:03}");
            fixture
                .driver
                .set(Key::literal(&key), Value::text("1"), &cx)
        })
        .collect();
    fixture.close();
    drop(pending);
    let folder = fs::read_dir(fixture.path.parent().unwrap()).unwrap();
    assert_eq!(folder.count(), 1, "the log is in the main file");
    assert_eq!(fixture.another().keys().len(), 200);
}

#[test]
fn what_is_no_database_is_reported_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.db");
    let garbage = b"this is no database, however long one looks at it ".repeat(100);
    fs::write(&path, &garbage).unwrap();
    assert_eq!(refused(path.clone(), |_| {}).kind(), Kind::Corrupt);
    assert!(fs::read(&path).unwrap() == garbage);
}

#[test]
fn a_file_of_one_byte_was_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.db");
    fs::write(&path, "1").unwrap();
    for read_only in [false, true] {
        let error = refused(path.clone(), |options| options.read_only = read_only);
        assert_eq!(error.kind(), Kind::Corrupt);
    }
    assert_eq!(fs::read(&path).unwrap(), b"1");
    fs::write(&path, "").unwrap();
    Fixture::at(path, |_| {}).unwrap().set("a", "1");
}

#[test]
fn a_truncated_file_is_reported() {
    let fixture = Fixture::new();
    for number in 0..500 {
        fixture.set(&format!("k{number}"), &"x".repeat(200));
    }
    fixture.close();
    let whole = fs::read(&fixture.path).unwrap();
    fs::write(&fixture.path, &whole[..whole.len() / 2]).unwrap();
    let error = refused(fixture.path.clone(), |_| {});
    assert_eq!(error.kind(), Kind::Corrupt, "{error}");
    assert_eq!(fs::read(&fixture.path).unwrap().len(), whole.len() / 2);
}

#[test]
fn databases_of_other_programs_are_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.db");
    let theirs = Connection::open(&path).unwrap();
    theirs.execute_batch("CREATE TABLE notes (text)").unwrap();
    drop(theirs);
    let before = fs::read(&path).unwrap();
    assert_eq!(refused(path.clone(), |_| {}).kind(), Kind::Incompatible);
    assert!(fs::read(&path).unwrap() == before);
}

#[test]
fn newer_versions_are_refused() {
    let fixture = Fixture::new();
    fixture
        .foreign()
        .execute_batch("UPDATE stowage_stores SET version = version + 1")
        .unwrap();
    fixture.close();
    let error = refused(fixture.path.clone(), |_| {});
    assert_eq!(error.kind(), Kind::Incompatible);
}

#[test]
fn one_file_holds_several_stores() {
    let fixture = Fixture::new();
    let other = Fixture::at(fixture.path.clone(), |options| {
        options.table = "other".into();
    })
    .unwrap();
    fixture.set("a", "1");
    other.set("a", "2");
    assert_eq!(fixture.get("a").as_deref(), Some("1"));
    assert_eq!(other.get("a").as_deref(), Some("2"));
}

#[test]
fn names_that_no_table_can_have_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.db");
    let error = refused(path.clone(), |options| options.table = "a-b".into());
    assert_eq!(error.kind(), Kind::InvalidOption);
    assert!(!path.exists());
}

#[test]
fn paths_that_cannot_be_opened_tell_why() {
    let folder = tempfile::tempdir().unwrap();
    let read_only = |options: &mut SqliteOptions| options.read_only = true;
    let missing = refused(folder.path().join("none.db"), read_only);
    assert_eq!(missing.code(), "ENOENT", "{missing}");
    let is_folder = refused(folder.path().to_owned(), |_| {});
    assert_eq!(is_folder.code(), "EISDIR", "{is_folder}");
    fs::write(folder.path().join("file"), "").unwrap();
    let below_a_file = refused(folder.path().join("file").join("data.db"), |_| {});
    assert!(
        ["ENOTDIR", "EEXIST"].contains(&below_a_file.code()),
        "{below_a_file}"
    );
}

#[test]
fn a_read_only_driver_ignores_writes_and_sees_those_of_others() {
    let fixture = Fixture::new();
    fixture.set("a", "1");
    let reader = Fixture::at(fixture.path.clone(), |options| options.read_only = true).unwrap();
    let ignored = reader.try_set("b", Value::text("2"), Expiry::Never);
    assert_eq!(ignored.unwrap(), Outcome::Ignored);
    let cx = Context::new(Mode::Blocking);
    assert_eq!(
        reader.wait(reader.driver.clear("", &cx)).unwrap(),
        Outcome::Ignored
    );
    assert_eq!(
        reader.commit(&[], vec![("b", put("2"))]).unwrap(),
        Verdict::Ignored
    );
    assert_eq!(reader.keys(), ["a"]);
    assert_eq!(reader.get("a").as_deref(), Some("1"));
    fixture.set("a", "2");
    assert_eq!(reader.get("a").as_deref(), Some("2"));
}

#[test]
fn a_damaged_value_is_an_error_for_its_key_alone() {
    let fixture = Fixture::new();
    let large = "x".repeat(schema::MAX_INLINE_BYTES + 1);
    for (key, value) in [("a", "good"), ("b", "bad"), ("c", large.as_str())] {
        fixture.set(key, value);
    }
    fixture
        .foreign()
        .execute_batch(
            "UPDATE kv SET value = 'BAD' WHERE key = 'b';
             UPDATE kv_large SET content = zeroblob(length(content))",
        )
        .unwrap();
    for mode in MODES {
        for key in ["b", "c"] {
            let error = fixture.get_in(key, mode).unwrap_err();
            assert_eq!(error.kind(), Kind::Corrupt);
        }
    }
    assert_eq!(fixture.get("a").as_deref(), Some("good"));
    assert_eq!(fixture.keys(), ["a", "b", "c"]);
    fixture.set("b", "repaired");
    assert_eq!(fixture.get("b").as_deref(), Some("repaired"));
}

#[test]
fn a_value_under_a_wrong_key_is_damaged() {
    let fixture = Fixture::new();
    fixture.set("a", "1");
    fixture
        .foreign()
        .execute_batch("UPDATE kv SET key = 'b'")
        .unwrap();
    let error = fixture.get_in("b", Mode::Blocking).unwrap_err();
    assert_eq!(error.kind(), Kind::Corrupt);
}

#[test]
fn text_is_text_for_other_tools() {
    let fixture = Fixture::new();
    fixture.set("a", "{\"json\":1}");
    let stored: (String, String) = fixture
        .foreign()
        .query_row("SELECT value, typeof(value) FROM kv", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(stored, ("{\"json\":1}".into(), "text".into()));
}

#[test]
fn nothing_opens_the_file_again_once_it_is_closed() {
    let fixture = Fixture::new();
    fixture.set("a", "1");
    fixture.close();
    let writer = &fixture.driver.shared.writer;
    let fault = writer.with(|_| Ok(())).unwrap_err();
    assert_eq!(fault.kind, Kind::Disposed);
    assert!(!std::fs::exists(format!("{}-wal", fixture.path.display())).unwrap());
}

#[test]
fn whoever_opens_a_file_while_it_is_made_finds_it_empty_or_whole() {
    const FILES: usize = 100;
    const OPENERS: usize = 4;
    for _ in 0..FILES {
        let folder = tempfile::tempdir().unwrap();
        let start = std::sync::Barrier::new(OPENERS);
        std::thread::scope(|scope| {
            for opener in 0..OPENERS {
                let (path, start) = (folder.path().join("data.db"), &start);
                scope.spawn(move || {
                    start.wait();
                    let fixture = Fixture::at(path, |_| {}).unwrap();
                    fixture.set(&format!("k{opener}"), "1");
                });
            }
        });
        let fixture = Fixture::at(folder.path().join("data.db"), |_| {}).unwrap();
        assert_eq!(fixture.keys().len(), OPENERS);
    }
}
