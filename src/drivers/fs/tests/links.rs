//! Nothing outside the base is touched.
#![cfg(unix)]

use std::os::unix::fs::symlink;

use super::*;

fn with_secret() -> (Fixture, PathBuf) {
    let fixture = Fixture::new();
    let outside = fixture.folder.path().join("outside");
    fs::create_dir_all(&outside).unwrap();
    fs::write(outside.join("secret"), "secret").unwrap();
    fs::create_dir_all(fixture.base()).unwrap();
    (fixture, outside)
}

#[test]
fn a_link_out_of_the_base_is_an_error_and_nothing_is_read() {
    let (fixture, outside) = with_secret();
    symlink(&outside, fixture.file("absolute")).unwrap();
    symlink("../outside", fixture.file("relative")).unwrap();
    symlink("../outside/secret", fixture.file("file")).unwrap();
    symlink("/etc", fixture.file("link")).unwrap();
    for key in [
        "absolute:secret",
        "relative:secret",
        "file",
        "link:hostname",
    ] {
        assert_eq!(fixture.get_error(key).kind(), Kind::OutsideBase, "{key}");
        assert_eq!(
            fixture.try_set(key, "mine").unwrap_err().kind(),
            Kind::OutsideBase,
            "{key}"
        );
        for mode in MODES {
            let cx = Context::new(mode);
            let key = Key::literal(key);
            assert_eq!(
                fixture
                    .wait(fixture.driver.has(key, &cx))
                    .unwrap_err()
                    .kind(),
                Kind::OutsideBase
            );
            assert_eq!(
                fixture
                    .wait(fixture.driver.meta(key, &cx))
                    .unwrap_err()
                    .kind(),
                Kind::OutsideBase
            );
        }
    }
    assert_eq!(
        fixture.try_remove("absolute:secret").unwrap_err().kind(),
        Kind::OutsideBase
    );
    assert_eq!(
        fixture.try_set("absolute:new", "mine").unwrap_err().kind(),
        Kind::OutsideBase
    );
    assert_eq!(
        fixture
            .try_set("absolute:new:deep", "mine")
            .unwrap_err()
            .kind(),
        Kind::OutsideBase
    );
    assert_eq!(fixture.keys(""), Vec::<String>::new());
    assert_eq!(fixture.keys("absolute:"), Vec::<String>::new());
    fixture.clear("").unwrap();
    fixture.clear("absolute:").unwrap();
    assert_eq!(
        fs::read_to_string(outside.join("secret")).unwrap(),
        "secret"
    );
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
}

#[test]
fn a_link_within_the_base_is_followed() {
    let (fixture, _) = with_secret();
    fixture.set("real:deep:x", "1");
    symlink("real/deep", fixture.file("relative")).unwrap();
    symlink(fixture.file("real"), fixture.file("absolute")).unwrap();
    symlink("real/deep/x", fixture.file("file")).unwrap();
    for key in ["relative:x", "absolute:deep:x", "file"] {
        assert_eq!(fixture.get(key).as_deref(), Some("1"), "{key}");
        assert!(fixture.has(key));
    }
    assert_eq!(
        fixture.keys(""),
        ["absolute:deep:x", "file", "real:deep:x", "relative:x"]
    );
    assert_eq!(fixture.keys("relative:"), ["relative:x"]);
    fixture.set("relative:y", "2");
    fixture.set("absolute:new:z", "3");
    assert_eq!(fixture.get("real:deep:y").as_deref(), Some("2"));
    assert_eq!(fixture.get("real:new:z").as_deref(), Some("3"));
    fixture.set("file", "replaced");
    assert_eq!(fixture.get("real:deep:x").as_deref(), Some("1"));
    fixture.remove("file");
    assert_eq!(fixture.get("real:deep:x").as_deref(), Some("1"));
}

#[test]
fn circles_of_links_end() {
    let (fixture, _) = with_secret();
    fixture.set("a:b:x", "1");
    symlink("..", fixture.file("a/up")).unwrap();
    symlink("../..", fixture.file("a/b/top")).unwrap();
    symlink("self", fixture.file("self")).unwrap();
    symlink("two", fixture.file("one")).unwrap();
    symlink("one", fixture.file("two")).unwrap();
    symlink("missing", fixture.file("dangling")).unwrap();
    assert_eq!(fixture.keys(""), ["a:b:x"]);
    assert_eq!(fixture.get("dangling"), None);
    assert_eq!(fixture.get_error("self").code(), "ELOOP");
    fixture.set("dangling", "now a value");
    assert_eq!(fixture.get("dangling").as_deref(), Some("now a value"));
    assert!(!fixture.file("missing").exists());
}

#[test]
fn the_base_may_be_a_link() {
    let (fixture, outside) = with_secret();
    fs::remove_dir(fixture.base()).unwrap();
    symlink(&outside, fixture.base()).unwrap();
    assert_eq!(fixture.get("secret").as_deref(), Some("secret"));
    fixture.set("a:b", "1");
    assert_eq!(fs::read_to_string(outside.join("a/b")).unwrap(), "1");
}

#[test]
fn pipes_and_sockets_are_no_values_and_block_nobody() {
    let (fixture, _) = with_secret();
    rustix::fs::mkfifoat(
        rustix::fs::CWD,
        fixture.file("pipe"),
        rustix::fs::Mode::RWXU,
    )
    .unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(fixture.file("socket")).unwrap();
    assert_eq!(fixture.keys(""), Vec::<String>::new());
    for key in ["pipe", "socket"] {
        assert!(!fixture.has(key));
        assert!(fixture.get_in(key, Mode::Blocking).is_err());
        assert_eq!(
            fixture.try_set(key, "1").unwrap_err().kind(),
            Kind::OutsideBase
        );
        assert_eq!(
            fixture
                .try_set(&format!("{key}:b"), "1")
                .unwrap_err()
                .kind(),
            Kind::OutsideBase
        );
    }
    assert_eq!(fixture.get_error("pipe").kind(), Kind::OutsideBase);
}

/// Another thread keeps swapping a folder with a link that leads out of the base.
#[cfg(not(stowage_plain_files))]
#[test]
fn a_folder_that_turns_into_a_link_leads_nowhere() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let (fixture, outside) = with_secret();
    fs::create_dir_all(outside.join("trap")).unwrap();
    fs::write(outside.join("trap/victim"), "secret").unwrap();
    fixture.set("dir:victim", "inside");
    symlink(outside.join("trap"), fixture.file("link")).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (dir, link, parked) = (
            fixture.file("dir"),
            fixture.file("link"),
            fixture.file("parked"),
        );
        let done = &done;
        scope.spawn(move || {
            while !done.load(Ordering::Relaxed) {
                fs::rename(&dir, &parked).unwrap_or_default();
                fs::rename(&link, &dir).unwrap_or_default();
                fs::rename(&dir, &link).unwrap_or_default();
                fs::rename(&parked, &dir).unwrap_or_default();
            }
        });
        for round in 0..300 {
            // Any outcome is fine but one that touches the other side.
            if let Ok(Some(value)) = fixture.get_in("dir:victim", Mode::Blocking) {
                assert_ne!(value, "secret");
            }
            let cx = Context::new(Mode::Blocking);
            let outcomes = [
                fixture.driver.set(
                    Key::literal(&format!("dir:k{round}")),
                    Value::text("x"),
                    &cx,
                ),
                fixture.driver.remove(Key::literal("dir:victim"), &cx),
            ];
            outcomes
                .into_iter()
                .for_each(|outcome| drop(fixture.wait(outcome)));
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(
        fs::read_to_string(outside.join("trap/victim")).unwrap(),
        "secret"
    );
    assert_eq!(fs::read_dir(outside.join("trap")).unwrap().count(), 1);
}
