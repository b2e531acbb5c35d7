//! Failures surface with their code, and harm nothing that was stored before.

use super::*;

#[test]
fn a_base_that_is_a_file_holds_nothing_and_refuses_writes() {
    let fixture = Fixture::new();
    fs::write(fixture.base(), "in the way").unwrap();
    assert_eq!(fixture.get("a"), None);
    assert_eq!(fixture.keys(""), Vec::<String>::new());
    assert_eq!(fixture.try_set("a", "1").unwrap_err().code(), "ENOTDIR");
    assert_eq!(fs::read_to_string(fixture.base()).unwrap(), "in the way");
    fs::remove_file(fixture.base()).unwrap();
    fixture.set("a", "1");
}

#[test]
fn a_failed_flush_poisons_the_store_until_it_is_opened_again() {
    let fixture = Fixture::new();
    fixture.set("a", "1");
    let failed = fixture
        .driver
        .store
        .synced(Err(std::io::ErrorKind::Other.into()));
    assert!(failed.is_err());
    for outcome in [fixture.try_set("a", "2"), fixture.try_remove("a")] {
        let error = outcome.unwrap_err();
        assert_eq!(error.code(), "EIO");
        assert!(error.message().contains("reopen"));
    }
    assert!(
        fixture
            .wait(fixture.driver.flush(&Context::new(Mode::NonBlocking)))
            .is_err()
    );
    assert_eq!(fixture.get("a").as_deref(), Some("1"));
    let again = Fs::open(options(fixture.base()), Rc::new(fixture.host.clone())).unwrap();
    let set = again.set(
        Key::literal("a"),
        Value::text("3"),
        &Context::new(Mode::Blocking),
    );
    fixture.wait(set).unwrap();
}

/// Permissions do not bind root, so these run as another user.
#[cfg(unix)]
mod permissions {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// True if permissions bind this user; says so otherwise.
    fn apply() -> bool {
        let bound = !rustix::process::geteuid().is_root();
        if !bound {
            eprintln!("skipped: permissions do not bind root");
        }
        bound
    }

    fn chmod(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_may_not_be_read_or_removed_is_an_error() {
        if !apply() {
            return;
        }
        let fixture = Fixture::new();
        fixture.set("d:a", "1");
        chmod(&fixture.file("d/a"), 0);
        assert_eq!(fixture.get_error("d:a").code(), "EACCES");
        chmod(&fixture.file("d"), 0o500);
        assert_eq!(fixture.try_remove("d:a").unwrap_err().code(), "EACCES");
        assert_eq!(fixture.try_set("d:b", "1").unwrap_err().code(), "EACCES");
        assert_eq!(fixture.clear("").unwrap_err().code(), "EACCES");
        chmod(&fixture.file("d"), 0);
        assert_eq!(fixture.try_keys("", None).unwrap_err().code(), "EACCES");
        chmod(&fixture.file("d"), 0o700);
    }
}

/// A file that cannot be removed even by root.
#[cfg(target_os = "linux")]
#[test]
fn a_removal_that_fails_says_so() {
    let fixture = Fixture::new();
    fixture.set("a", "1");
    let immutable = |flag: &str| {
        let status = std::process::Command::new("chattr")
            .arg(flag)
            .arg(fixture.file("a"))
            .output();
        status.is_ok_and(|output| output.status.success())
    };
    if !immutable("+i") {
        eprintln!("skipped: this file system or user cannot make files immutable");
        return;
    }
    let errors = [
        fixture.try_remove("a").unwrap_err(),
        fixture.try_set("a", "2").unwrap_err(),
    ];
    let clear = fixture.clear("").unwrap_err();
    assert!(immutable("-i"));
    assert_eq!(errors.map(|error| error.code()), ["EPERM"; 2]);
    assert_eq!(clear.code(), "EPERM");
    assert_eq!(fixture.get("a").as_deref(), Some("1"));
    assert_eq!(fixture.files(), ["a"], "no temporary file is left");
}

/// A disk that really fills up.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_keeps_the_old_value() {
    let folder = tempfile::tempdir().unwrap();
    let run = |command: &str, arguments: &[&str]| {
        let outcome = std::process::Command::new(command)
            .args(arguments)
            .arg(folder.path())
            .output();
        outcome.is_ok_and(|output| output.status.success())
    };
    if !run("mount", &["-t", "tmpfs", "-o", "size=1m", "none"]) {
        eprintln!("skipped: this user cannot mount a small disk");
        return;
    }
    let host = TestHost::default();
    let driver = Fs::open(options(folder.path().join("base")), Rc::new(host)).unwrap();
    let store = &driver.store;
    store.set("a", &[b'o'; 300_000]).unwrap();
    let error = Error::from(store.set("a", &[b'n'; 900_000]).unwrap_err());
    let kept = store.get::<Text>("a").unwrap().unwrap();
    let files = fs::read_dir(folder.path().join("base")).unwrap().count();
    let works_again = store.set("a", b"small").is_ok();
    drop(driver);
    assert!(run("umount", &["-l"]));
    assert_eq!(error.code(), "ENOSPC");
    assert_eq!(kept.as_str(), "o".repeat(300_000));
    assert_eq!(files, 1, "no temporary file is left");
    assert!(works_again);
}
