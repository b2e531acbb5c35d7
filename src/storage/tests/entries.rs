use super::*;

const KEYS: &[&str] = &["a", "a$", "b:1", "b:2", "b:c:1", "b;", "é", "z"];

/// The keys of a walk, by pages of `limit`.
fn walk(storage: &Storage, options: EntriesOptions, limit: usize) -> Vec<String> {
    let entries = storage.entries(options).unwrap();
    let mut keys = Vec::new();
    loop {
        let page = at_once(entries.next(limit, &now())).unwrap();
        assert!(page.items.len() <= limit);
        assert!(page.is_last || !page.items.is_empty());
        for (key, value) in page.items {
            assert!(value.is_none_or(|value| text_of(&value) == key.as_str()));
            keys.push(key.into());
        }
        if page.is_last {
            return keys;
        }
    }
}

/// What a walk is to give: the plain meaning of the options.
fn expected(options: &EntriesOptions) -> Vec<String> {
    let passes = |key: &str| {
        let start = options.start.as_deref().unwrap_or_default();
        key.starts_with(&*options.base)
            && (key > start || (key == start && !options.after_start))
            && options.end.as_deref().is_none_or(|end| key < end)
            && (options.include_meta || !key.ends_with('$'))
    };
    let mut keys: Vec<String> = KEYS
        .iter()
        .filter(|key| passes(key))
        .map(|key| (*key).into())
        .collect();
    keys.sort();
    if options.reverse {
        keys.reverse();
    }
    keys.truncate(options.limit.unwrap_or(usize::MAX));
    keys
}

#[test]
fn entries_come_in_the_order_of_keys_across_mounts() {
    let host = TestHost::new();
    let storage = storage(Faulty::new(Rc::new(Memory::new())).basic(), &host);
    set(&storage, "b:hidden", "x");
    storage.mount("b:", Rc::new(Memory::new())).unwrap();
    set(&storage, "b:c:hidden", "x");
    storage
        .mount("b:c:", Rc::new(Faulty::new(Rc::new(Memory::new())).basic()))
        .unwrap();
    KEYS.iter().rev().for_each(|key| set(&storage, key, key));
    let bounds = [
        None,
        Some("a"),
        Some("b"),
        Some("b:"),
        Some("b:2"),
        Some("b:c:"),
        Some("c"),
        Some("zz"),
    ];
    for base in ["", "b:", "b:c:", "none:"] {
        for (start, end) in bounds
            .iter()
            .flat_map(|start| bounds.iter().map(move |end| (start, end)))
        {
            for case in 0..16_u8 {
                let options = EntriesOptions {
                    base: base.into(),
                    start: start.map(Into::into),
                    end: end.map(Into::into),
                    after_start: case & 1 != 0,
                    reverse: case & 2 != 0,
                    keys_only: case & 4 != 0,
                    include_meta: case & 4 != 0,
                    limit: (case & 8 != 0).then_some(2),
                };
                let limit = if case & 8 == 0 { 3 } else { 1 };
                let wanted = expected(&options);
                assert_eq!(
                    walk(&storage, options.clone(), limit),
                    wanted,
                    "{options:?}"
                );
            }
        }
    }
}

#[test]
fn a_walk_sees_what_was_there_when_it_began() {
    let host = TestHost::new();
    let storage = storage(Memory::new(), &host);
    ["a", "b", "c"]
        .iter()
        .for_each(|key| set(&storage, key, key));
    let entries = storage.entries(EntriesOptions::default()).unwrap();
    at_once(entries.next(1, &now())).unwrap();
    at_once(storage.remove(Key::literal("b"), &now())).unwrap();
    set(&storage, "bb", "new");
    set(&storage, "c", "new");
    let page = at_once(entries.next(10, &now())).unwrap();
    let items: Vec<(String, String)> = page
        .items
        .iter()
        .map(|(key, value)| {
            (
                key.to_string(),
                value.as_ref().map(text_of).unwrap_or_default(),
            )
        })
        .collect();
    assert_eq!(items, [("b".into(), "b".into()), ("c".into(), "c".into())]);
    assert!(page.is_last);
}
