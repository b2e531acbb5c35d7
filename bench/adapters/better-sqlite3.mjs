// A table of keys and JSON, as set up in most applications: a write-ahead log, synced at checkpoints.
import { join } from "node:path";
import { peer } from "./peers.mjs";

const { default: Database } = await peer("better-sqlite3");

const SCHEMA = "CREATE TABLE IF NOT EXISTS kv (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID";

/**
 * @param {import("./store.mjs").Place} place
 * @returns {Partial<import("./store.mjs").Store>}
 */
export function open({ base }) {
  const database = new Database(join(base, "kv.sqlite"));
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = NORMAL");
  database.exec(SCHEMA);
  const write = database.prepare("INSERT OR REPLACE INTO kv VALUES (?, ?)");
  const read = database.prepare("SELECT value FROM kv WHERE key = ?").pluck();
  const probe = database.prepare("SELECT 1 FROM kv WHERE key = ?").pluck();
  const list = database.prepare("SELECT key FROM kv").pluck();
  const range = database.prepare("SELECT key FROM kv WHERE key >= ? AND key < ?").pluck();
  const items = database.prepare("SELECT * FROM kv WHERE key >= ? AND key < ? LIMIT ?");
  const get = (/** @type {string} */ key) => {
    const text = read.get(key);
    return text === undefined ? null : JSON.parse(text);
  };
  return {
    setSync: (key, value) => write.run(key, JSON.stringify(value)),
    getSync: get,
    hasSync: (key) => probe.get(key) !== undefined,
    getMany: (keys) => keys.map(get),
    valuesOf: (values) => values,
    setMany: database.transaction((/** @type {import("./store.mjs").Item[]} */ items) => {
      for (const { key, value } of items) write.run(key, JSON.stringify(value));
    }),
    // The semicolon comes right after the colon.
    keys: (below) => (below ? range.all(`${below}:`, `${below};`) : list.all()),
    range: (below, count) =>
      items
        .all(below, `${below.slice(0, -1)};`, count)
        .map((/** @type {{ key: string, value: string }} */ row) => [
          row.key,
          JSON.parse(row.value),
        ]),
    close: () => database.close(),
  };
}
