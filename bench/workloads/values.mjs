// The value that every workload stores, and the checks on what comes back.
import assert from "node:assert/strict";

/** @typedef {import("./index.mjs").Scene} Scene */
/** @typedef {import("./index.mjs").Store} Store */
/** @typedef {import("../adapters/store.mjs").Item} Item */

/** A fixed instant, so that a value can be built again to compare with. */
const EPOCH = 1_700_000_000_000;

/** @param {number} id */
export function valueFor(id) {
  // Joined, so that the text is flat: a rope would be flattened in the timed part.
  const data = ["test data", id].join(" ");
  return { id, data, timestamp: EPOCH + id, nested: { level: 1, value: id * 2 } };
}

/** @param {number} count */
export const valuesBelow = (count) => Array.from({ length: count }, (_, id) => valueFor(id));

/**
 * `count` keys below `base`; with `groups`, spread over that many sub-folders.
 *
 * @param {string} base
 * @param {number} count
 * @param {number} [groups]
 */
export function keysBelow(base, count, groups) {
  return Array.from({ length: count }, (_, id) =>
    groups ? `${base}:g${id % groups}:${id}` : `${base}:${id}`,
  );
}

/**
 * @param {string[]} keys
 * @param {(id: number) => any} [make]
 * @returns {Item[]}
 */
export function itemsOf(keys, make = valueFor) {
  return keys.map((key, id) => ({ key, value: make(id) }));
}

/** Gives whole numbers that look random, and are the same for every library. */
export function randomly(start = 0) {
  let seed = 0x2545f491 ^ Math.imul(start, 0x9e3779b1);
  return () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    // The low bits of such a sequence repeat early.
    return seed >>> 4;
  };
}

/** The numbers below `count` in random order. */
export function shuffled(/** @type {number} */ count) {
  const order = Array.from({ length: count }, (_, index) => index);
  const next = randomly();
  for (let left = count - 1; left > 0; left--) {
    const other = next() % (left + 1);
    [order[left], order[other]] = [
      /** @type {number} */ (order[other]),
      /** @type {number} */ (order[left]),
    ];
  }
  return order;
}

/**
 * Compares field by field: with a million values, `deepEqual` would take longer than the run.
 *
 * @param {any} value
 * @param {number} id
 */
export function verifyValue(value, id) {
  const same =
    value?.id === id &&
    value.data === `test data ${id}` &&
    value.timestamp === EPOCH + id &&
    value.nested.level === 1 &&
    value.nested.value === id * 2 &&
    Object.keys(value).length === 4 &&
    Object.keys(value.nested).length === 2;
  if (!same) assert.deepEqual(value, valueFor(id));
}

/** @param {any[]} values */
export function verifyValues(values) {
  for (let id = 0; id < values.length; id++) verifyValue(values[id], id);
}

/**
 * Reads every key once more, in whatever way the store can, and compares.
 *
 * @param {Pick<Scene, "store" | "state">} scene `state.keys` were stored.
 */
export async function verifyStored({ store, state }) {
  const values = await readAll(store, state.keys);
  assert.equal(values.length, state.keys.length);
  verifyValues(values);
}

/** How many reads are under way at once: few enough for any limit on open files. */
const CHUNK = 500;

/**
 * @param {Store} store
 * @param {string[]} keys
 */
export async function readAll(store, keys) {
  const values = [];
  for (let start = 0; start < keys.length; start += CHUNK) {
    const chunk = keys.slice(start, start + CHUNK);
    if (store.getMany) values.push(...store.valuesOf(await store.getMany(chunk)));
    else if (store.get) values.push(...(await Promise.all(chunk.map((key) => store.get(key)))));
    else values.push(...chunk.map((key) => store.getSync(key)));
  }
  return values;
}

/**
 * Stores items in whatever way the store can. Not for what is timed.
 *
 * @param {Store} store
 * @param {Item[]} items
 */
export async function storeAll(store, items) {
  if (!store.setMany) return storeEach(store, items);
  for (let start = 0; start < items.length; start += CHUNK)
    await store.setMany(items.slice(start, start + CHUNK));
}

/**
 * @param {Store} store
 * @param {Item[]} items
 */
async function storeEach(store, items) {
  for (const { key, value } of items) {
    if (store.set) await store.set(key, value);
    else store.setSync(key, value);
  }
}

/**
 * @param {string[]} found
 * @param {string[]} expected
 */
export function verifyKeys(found, expected) {
  assert.equal(found.length, expected.length);
  const missing = new Set(expected);
  for (const key of found) missing.delete(key);
  assert.equal(missing.size, 0);
}
