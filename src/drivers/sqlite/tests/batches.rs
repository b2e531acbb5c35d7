//! Reads of many keys.

use super::*;
use crate::drivers::sqlite::sql::KEYS_AT_ONCE;

fn read(fixture: &Fixture, keys: &[String], mode: Mode) -> Vec<Option<String>> {
    let items = GetItems {
        keys: keys.iter().map(String::as_str).collect(),
        options: Vec::new(),
    };
    let read = fixture.wait(fixture.driver.get_many(items, &Context::new(mode)));
    read.unwrap()
        .iter()
        .map(|value| value.as_ref().map(text_of))
        .collect()
}

#[test]
fn a_batch_of_any_size_has_each_value_in_its_place() {
    let fixture = Fixture::with(|options| options.cache_bytes = 0);
    let most = 2 * KEYS_AT_ONCE + 1;
    for number in (0..most).step_by(2) {
        fixture.set(&format!("k{number}"), &number.to_string());
    }
    for size in 0..=most {
        // Backwards, and each key twice. Every other one is missing.
        let numbers: Vec<_> = (0..size).rev().chain(0..size).collect();
        let keys: Vec<_> = numbers.iter().map(|number| format!("k{number}")).collect();
        let value = |number: &usize| number.is_multiple_of(2).then(|| number.to_string());
        let values: Vec<_> = numbers.iter().map(value).collect();
        for mode in MODES {
            assert_eq!(read(&fixture, &keys, mode), values, "{size}");
        }
    }
}
