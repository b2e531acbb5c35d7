// Values that JSON alone cannot say.
import assert from "node:assert/strict";
import { itemsOf, keysBelow, readAll, storeAll } from "./values.mjs";

/** @typedef {import("./index.mjs").Scene} Scene */

const SIZE = 50_000;
const WARM = 50_000;

function richFor(/** @type {number} */ id) {
  return {
    date: new Date(1_700_000_000_000 + id),
    set: new Set([id, "one", "two"]),
    map: new Map([["id", id]]),
    bigint: BigInt(id) ** 3n,
    expression: /^te(s)t$/gi,
    address: new URL(`https://example.com/items?id=${id}`),
  };
}

function planRich(/** @type {Scene} */ scene) {
  const keys = keysBelow(scene.folder, scene.size);
  scene.state = { keys, values: keys.map((_, id) => richFor(id)) };
}

async function storeRich(/** @type {Scene} */ scene) {
  const keys = keysBelow(scene.folder, scene.size);
  await storeAll(scene.store, itemsOf(keys, richFor));
  scene.state = { keys };
}

async function verifyRich(/** @type {Scene} */ { store, state }) {
  const values = await readAll(store, state.keys);
  values.forEach((value, id) => {
    const expected = richFor(id);
    assert.deepEqual(value, expected);
    // Deep equality has little to say on these, at least in older versions of Node.
    assert.ok(value.address instanceof URL && value.address.href === expected.address.href);
  });
}

/** @type {Omit<import("./index.mjs").Workload, "stack">[]} */
export const RICH = [
  {
    name: "memory setItemSync of dates, sets, maps, …",
    needs: ["setSync", "rich"],
    size: SIZE,
    warm: WARM,
    prepare: planRich,
    measure({ store, state: { keys, values } }) {
      for (let i = 0; i < keys.length; i++) store.setSync(keys[i], values[i]);
    },
    check: verifyRich,
  },
  {
    name: "memory getItemSync of dates, sets, maps, …",
    needs: ["getSync", "rich"],
    size: SIZE,
    warm: WARM,
    prepare: storeRich,
    measure({ store, state: { keys } }) {
      let sum = 0;
      for (let i = 0; i < keys.length; i++) sum += store.getSync(keys[i]).set.size;
      return sum;
    },
    answers: ({ size }, sum) => assert.equal(sum, 3 * size),
    check: verifyRich,
  },
];
