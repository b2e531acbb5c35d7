// Checks on what the timed loops of loops.mjs return.
import assert from "node:assert/strict";
import { verifyValues } from "./values.mjs";

/** @typedef {import("./index.mjs").Scene} Scene */

/** Each key ends in the id of its value. */
const idOf = (/** @type {string} */ key) => Number(key.slice(key.lastIndexOf(":") + 1));

/** What was read one by one. */
export function verifySum(/** @type {Scene} */ { state }, /** @type {number} */ sum) {
  let expected = 0;
  for (const key of state.order) expected += idOf(key);
  assert.equal(sum, expected);
}

/** All that were asked for were there, or all were missing. */
export function verifyCount(/** @type {Scene} */ { state }, /** @type {number} */ count) {
  assert.equal(count, state.order.length);
}

/** What a batch answered. */
export function verifyBatch(/** @type {Scene} */ { store, state }, /** @type {any} */ answer) {
  const values = store.valuesOf(answer);
  assert.equal(values.length, state.keys.length);
  verifyValues(values);
}
