// Over its default store, a Map.
import { peer } from "./peers.mjs";

const { default: Keyv } = await peer("keyv");

/** @returns {Partial<import("./store.mjs").Store>} */
export function open() {
  const keyv = new Keyv();
  return {
    set: (key, value) => keyv.set(key, value),
    get: (key) => keyv.get(key),
    has: (key) => keyv.has(key),
    remove: (key) => keyv.delete(key),
    getMany: (keys) => keyv.getMany(keys),
    valuesOf: (values) => values,
    setMany: (items) => keyv.setMany(items),
    close: () => keyv.disconnect(),
  };
}
