#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| stowage::testkit::properties::codec(data));
