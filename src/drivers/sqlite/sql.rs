//! The statements of one store. Each is prepared once per connection.

use super::schema::Tables;

/// The keys that are looked up by one statement: to begin and to end one takes as long as a few look-ups.
pub(super) const KEYS_AT_ONCE: usize = 16;

/// The texts, with the names of the tables filled in. `?1` is the key wherever there is one.
#[derive(Debug)]
pub(super) struct Sql {
    /// Content, kind, checksum and end of the item `?1` at the time `?2`.
    pub(super) get: String,
    /// The same of the items of [`KEYS_AT_ONCE`] keys from `?2` on at the time `?1`, after the place of each
    /// key among them. Keys without an item have no row.
    pub(super) get_several: String,
    /// A row if there is an item `?1` at the time `?2`.
    pub(super) has: String,
    /// Creation, change, end and size of the item `?1` at the time `?2`.
    pub(super) meta: String,
    /// Stores content `?2`, kind `?3`, checksum `?4` at the time `?5` until `?6`, or as a large value
    /// under the number `?7`. If `?8`, it ends when the old one would have.
    pub(super) put: String,
    /// Stores the content `?1` of a large value.
    pub(super) put_large: String,
    /// Removes the item `?1`.
    pub(super) remove: String,
    /// Removes what is kept beside the item `?1`.
    pub(super) remove_large: String,
    /// A row if any large value is stored.
    pub(super) any_large: String,
    /// Removes everything.
    pub(super) clear: [String; 2],
    /// Removes what is from `?1` on.
    pub(super) clear_from: [String; 2],
    /// Removes what is from `?1` on and before `?2`.
    pub(super) clear_between: [String; 2],
}

impl Sql {
    /// The statements for `tables`, whose names can stand in SQL as they are.
    #[must_use]
    pub(super) fn new(tables: &Tables) -> Self {
        let Tables { items, large, .. } = tables;
        let clear = |range: &str| {
            [
                format!(
                    "DELETE FROM \"{large}\" WHERE id IN \
                     (SELECT large FROM \"{items}\" WHERE large IS NOT NULL{range})"
                ),
                format!("DELETE FROM \"{items}\" WHERE true{range}"),
            ]
        };
        let content = content(tables);
        let places: Vec<_> = (0..KEYS_AT_ONCE)
            .map(|place| format!("({place}, ?{})", place + 2))
            .collect();
        let places = format!("VALUES {}", places.join(", "));
        Sql {
            get: format!(
                "SELECT {content}, kind, checksum, expires FROM \"{items}\" \
                 WHERE key = ?1 AND (expires IS NULL OR expires > ?2)"
            ),
            get_several: format!(
                "SELECT wanted.column1, {content}, kind, checksum, expires \
                 FROM ({places}) AS wanted CROSS JOIN \"{items}\" ON key = wanted.column2 \
                 WHERE expires IS NULL OR expires > ?1"
            ),
            has: format!(
                "SELECT 1 FROM \"{items}\" WHERE key = ?1 AND (expires IS NULL OR expires > ?2)"
            ),
            meta: format!(
                "SELECT coalesce(created, modified), modified, expires, octet_length({content}) FROM \"{items}\" \
                 WHERE key = ?1 AND (expires IS NULL OR expires > ?2)"
            ),
            put: put(items),
            put_large: format!("INSERT INTO \"{large}\" (content) VALUES (?1)"),
            remove: format!("DELETE FROM \"{items}\" WHERE key = ?1"),
            remove_large: format!(
                "DELETE FROM \"{large}\" WHERE id = (SELECT large FROM \"{items}\" WHERE key = ?1)"
            ),
            any_large: format!("SELECT 1 FROM \"{large}\" LIMIT 1"),
            clear: [
                format!("DELETE FROM \"{large}\""),
                format!("DELETE FROM \"{items}\""),
            ],
            clear_from: clear(" AND key >= ?1"),
            clear_between: clear(" AND key >= ?1 AND key < ?2"),
        }
    }
}

/// The content of a row wherever it is kept, in one statement: two would not see the same moment.
pub(super) fn content(tables: &Tables) -> String {
    let Tables { items, large, .. } = tables;
    format!(
        "iif(\"{items}\".large IS NULL, value, \
         (SELECT content FROM \"{large}\" WHERE id = \"{items}\".large))"
    )
}

/// An item that was never changed has no creation of its own: it is that of its change. What replaces an
/// item whose time is over is new, and has no end to keep.
fn put(items: &str) -> String {
    format!(
        "INSERT INTO \"{items}\" (key, value, kind, checksum, created, modified, expires, large) \
         VALUES (?1, ?2, ?3, ?4, NULL, ?5, ?6, ?7) \
         ON CONFLICT (key) DO UPDATE SET \
         value = ?2, kind = ?3, checksum = ?4, modified = ?5, large = ?7, \
         created = iif(expires <= ?5, NULL, coalesce(created, modified)), \
         expires = iif(?8, iif(expires > ?5, expires, NULL), ?6)"
    )
}
