import { join } from "node:path";
import { peer } from "./peers.mjs";

const lmdb = await peer("lmdb");

/**
 * @param {import("./store.mjs").Place} place
 * @returns {Partial<import("./store.mjs").Store>}
 */
export function open({ base }) {
  const database = lmdb.open({ path: join(base, "lmdb"), encoding: "json" });
  return {
    set: (key, value) => database.put(key, value),
    setSync: (key, value) => database.putSync(key, value),
    getSync: (key) => database.get(key),
    hasSync: (key) => database.doesExist(key),
    remove: (key) => database.remove(key),
    getMany: (keys) => database.getMany(keys),
    valuesOf: (values) => values,
    setMany: (items) =>
      database.transaction(() => {
        for (const { key, value } of items) database.put(key, value);
      }),
    // The semicolon comes right after the colon.
    keys: (below) => [...database.getKeys(below ? { start: `${below}:`, end: `${below};` } : {})],
    range: (below, limit) => [
      ...database
        .getRange({ start: below, end: `${below.slice(0, -1)};`, limit })
        .map((/** @type {import("./store.mjs").Item} */ { key, value }) => [key, value]),
    ],
    close: () => database.close(),
  };
}
