use super::*;
use crate::error::Kind;

/// Larger than what is read at once.
const LARGE: usize = 2_500_000;

impl Fixture {
    fn sink(&self, key: &str, cx: &Context) -> Box<dyn ByteSink> {
        self.wait(self.driver.write_stream(Key::literal(key), cx))
            .unwrap()
    }

    fn write_pieces(&self, sink: &dyn ByteSink, cx: &Context) {
        for piece in [&b"12"[..], b"", b"345"] {
            self.wait(sink.write(piece.to_vec(), cx)).unwrap();
        }
    }

    fn source(&self, key: &str, cx: &Context) -> Option<Box<dyn ByteSource>> {
        self.wait(self.driver.read_stream(Key::literal(key), cx))
            .unwrap()
    }

    fn rest_of(&self, source: &dyn ByteSource, cx: &Context) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            let piece = self.wait(source.read(usize::MAX, cx)).unwrap();
            if piece.is_empty() {
                return all;
            }
            all.extend(piece);
        }
    }

    /// Waits until the pool has removed what was dropped.
    fn wait_for_files(&self, folder: &str, expected: usize) {
        while fs::read_dir(self.file(folder)).unwrap().count() != expected {
            std::thread::yield_now();
        }
    }
}

#[test]
fn a_stream_is_published_at_its_end_and_not_before() {
    for (mode, atomic) in MODES
        .into_iter()
        .flat_map(|mode| [(mode, true), (mode, false)])
    {
        let fixture = Fixture::with(|options| options.atomic = atomic);
        let cx = Context::new(mode);
        let sink = fixture.sink("a:b", &cx);
        fixture.write_pieces(&*sink, &cx);
        assert_eq!((fixture.get("a:b"), fixture.has("a:b")), (None, false));
        assert_eq!(fixture.wait(sink.finish(&cx)).unwrap(), Outcome::Done);
        drop(sink);
        assert_eq!(fixture.get("a:b").as_deref(), Some("12345"));
        let sink = fixture.sink("a:b", &cx);
        fixture.write_pieces(&*sink, &cx);
        fixture.wait(sink.abort(&cx)).unwrap();
        let dropped = fixture.sink("a:b", &cx);
        fixture.write_pieces(&*dropped, &cx);
        drop(dropped);
        fixture.wait_for_files("a", 1);
        assert_eq!(fixture.get("a:b").as_deref(), Some("12345"));
    }
}

#[test]
fn a_source_reads_the_old_value_after_a_replacement() {
    for mode in MODES {
        let (fixture, cx) = (Fixture::new(), Context::new(mode));
        assert!(fixture.source("large", &cx).is_none());
        fixture.set("large", &"x".repeat(LARGE));
        let source = fixture.source("large", &cx).unwrap();
        assert_eq!(source.size(), LARGE as u64);
        fixture.set("large", "new");
        let content = fixture.rest_of(&*source, &cx);
        assert!(content.len() == LARGE && content.iter().all(|byte| *byte == b'x'));
    }
}

#[test]
fn a_stream_finds_the_place_that_its_key_has_at_the_end() {
    let (fixture, cx) = (Fixture::new(), Context::new(Mode::NonBlocking));
    let sink = fixture.sink("a", &cx);
    fixture.write_pieces(&*sink, &cx);
    fixture.set("a:b", "a folder of that name");
    fixture.wait(sink.finish(&cx)).unwrap();
    assert_eq!(fixture.get("a").as_deref(), Some("12345"));
    assert_eq!(fixture.get("a:b").as_deref(), Some("a folder of that name"));
}

#[test]
fn streams_keep_to_the_base_and_to_read_only() {
    let cx = Context::new(Mode::Blocking);
    let fixture = Fixture::new();
    let refused = fixture.driver.write_stream(Key::literal("../x"), &cx);
    let refused = fixture.wait(refused).map(drop).unwrap_err();
    assert_eq!(refused.kind(), Kind::InvalidKey);
    let fixture = Fixture::with(|options| options.read_only = true);
    let sink = fixture.sink("a", &cx);
    fixture.write_pieces(&*sink, &cx);
    assert_eq!(fixture.wait(sink.finish(&cx)).unwrap(), Outcome::Ignored);
    assert!(!fixture.base().exists());
}
