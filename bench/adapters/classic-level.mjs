import { join } from "node:path";
import { peer } from "./peers.mjs";

const { ClassicLevel } = await peer("classic-level");

/**
 * @param {import("./store.mjs").Place} place
 * @returns {Promise<Partial<import("./store.mjs").Store>>}
 */
export async function open({ base }) {
  const level = new ClassicLevel(join(base, "level"), { valueEncoding: "json" });
  await level.open();
  return {
    set: (key, value) => level.put(key, value),
    get: (key) => level.get(key),
    getSync: (key) => level.getSync(key),
    has: (key) => level.has(key),
    remove: (key) => level.del(key),
    getMany: (keys) => level.getMany(keys),
    valuesOf: (values) => values,
    setMany: (items) => level.batch(items.map((item) => ({ type: "put", ...item }))),
    // The semicolon comes right after the colon.
    keys: (below) => level.keys(below ? { gt: `${below}:`, lt: `${below};` } : {}).all(),
    range: (below, limit) =>
      level.iterator({ gt: below, lt: `${below.slice(0, -1)};`, limit }).all(),
    close: () => level.close(),
  };
}
