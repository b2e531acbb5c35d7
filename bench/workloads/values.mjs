// The value that every workload stores, and the checks on what comes back.
import assert from "node:assert/strict";

/** A fixed instant, so that a value can be built again to compare with. */
const EPOCH = 1_700_000_000_000;

/** @param {number} id */
export function valueFor(id) {
  return {
    id,
    data: `test data ${id}`,
    timestamp: EPOCH + id,
    nested: { level: 1, value: id * 2 },
  };
}

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

/** @param {string[]} keys */
export function itemsOf(keys) {
  return keys.map((key, id) => ({ key, value: valueFor(id) }));
}

/** The numbers below `count` in an order that is random, and the same for every library. */
export function shuffled(/** @type {number} */ count) {
  const order = Array.from({ length: count }, (_, index) => index);
  let seed = 0x2545f491;
  for (let left = count - 1; left > 0; left--) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    const other = seed % (left + 1);
    [order[left], order[other]] = [
      /** @type {number} */ (order[other]),
      /** @type {number} */ (order[left]),
    ];
  }
  return order;
}

/**
 * Reads every key once more and compares it with what was stored under it.
 *
 * @param {any} storage
 * @param {string[]} keys
 */
export async function verifyStored(storage, keys) {
  for (const [id, key] of keys.entries()) {
    assert.deepEqual(await storage.getItem(key), valueFor(id), key);
  }
}

/**
 * @param {unknown[]} values
 * @param {(index: number) => number} [idOf]
 */
export function verifyValues(values, idOf = (index) => index) {
  values.forEach((value, index) => {
    assert.deepEqual(value, valueFor(idOf(index)));
  });
}

/**
 * @param {string[]} found
 * @param {string[]} expected
 */
export function verifyKeys(found, expected) {
  assert.deepEqual([...found].sort(), [...expected].sort());
}
