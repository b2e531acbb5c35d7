import assert from "node:assert/strict";
import {
  itemsOf,
  keysBelow,
  shuffled,
  valueFor,
  verifyKeys,
  verifyStored,
  verifyValues,
} from "./values.mjs";

/** @typedef {import("./index.mjs").Scene} Scene */

const HUNDRED_THOUSAND = 100_000;

/** Few enough keys that any cache in front of the store keeps them. */
const HOT_KEYS = 1000;

/** Plans a write of `size` new keys. */
function planKeys(/** @type {Scene} */ scene) {
  scene.state = { keys: keysBelow("bench", scene.size) };
}

/** Stores `size` keys. */
function store(/** @type {Scene} */ scene) {
  planKeys(scene);
  scene.storage.setItemsSync(itemsOf(scene.state.keys));
}

/** Stores `size` keys and plans to read each once, in random order. */
function storeShuffled(/** @type {Scene} */ scene) {
  store(scene);
  scene.state.order = shuffled(scene.size);
}

/** Stores a few keys and plans to read them over and over. */
function storeHot(/** @type {Scene} */ scene) {
  const keys = keysBelow("bench", HOT_KEYS);
  scene.storage.setItemsSync(itemsOf(keys));
  scene.state = { keys, order: Array.from({ length: scene.size }, (_, index) => index % HOT_KEYS) };
}

/** Reads in the planned order. Keeping every value would measure the collector, so a sum is kept. */
function readSync(/** @type {Scene} */ { storage, state }) {
  let sum = 0;
  for (const id of state.order) sum += storage.getItemSync(state.keys[id]).nested.value;
  return sum;
}

async function readAwaited(/** @type {Scene} */ { storage, state }) {
  let sum = 0;
  for (const id of state.order) sum += (await storage.getItem(state.keys[id])).nested.value;
  return sum;
}

async function verifyReads(/** @type {Scene} */ { storage, state }, /** @type {number} */ sum) {
  const expected = state.order.reduce(
    (/** @type {number} */ total, /** @type {number} */ id) => total + id * 2,
    0,
  );
  assert.equal(sum, expected);
  await verifyStored(storage, state.keys);
}

const verifyWrites = (/** @type {Scene} */ { storage, state }) => verifyStored(storage, state.keys);

/** @type {import("./index.mjs").Workload[]} */
export const MEMORY_WORKLOADS = [
  {
    name: "memory setItemSync",
    stack: "memory",
    size: HUNDRED_THOUSAND,
    prepare: planKeys,
    measure({ storage, state }) {
      for (const [id, key] of state.keys.entries()) storage.setItemSync(key, valueFor(id));
    },
    verify: verifyWrites,
  },
  {
    name: "memory getItemSync, 1k keys again and again",
    stack: "memory",
    size: 3 * HUNDRED_THOUSAND,
    prepare: storeHot,
    measure: readSync,
    verify: verifyReads,
  },
  {
    name: "memory getItemSync, 100k keys in random order",
    stack: "memory",
    size: HUNDRED_THOUSAND,
    prepare: storeShuffled,
    measure: readSync,
    verify: verifyReads,
  },
  {
    name: "memory setItem, awaited",
    stack: "memory",
    size: HUNDRED_THOUSAND,
    prepare: planKeys,
    async measure({ storage, state }) {
      for (const [id, key] of state.keys.entries()) await storage.setItem(key, valueFor(id));
    },
    verify: verifyWrites,
  },
  {
    name: "memory getItem, awaited, 1k keys again and again",
    stack: "memory",
    size: 3 * HUNDRED_THOUSAND,
    prepare: storeHot,
    measure: readAwaited,
    verify: verifyReads,
  },
  {
    name: "memory getItem, awaited, 100k keys in random order",
    stack: "memory",
    size: HUNDRED_THOUSAND,
    prepare: storeShuffled,
    measure: readAwaited,
    verify: verifyReads,
  },
  {
    name: "memory setItems of 100k",
    stack: "memory",
    size: HUNDRED_THOUSAND,
    prepare(scene) {
      planKeys(scene);
      scene.state.items = itemsOf(scene.state.keys);
    },
    measure: ({ storage, state }) => storage.setItems(state.items),
    verify: verifyWrites,
  },
  {
    name: "memory getItems of 100k",
    stack: "memory",
    size: HUNDRED_THOUSAND,
    prepare: store,
    measure: ({ storage, state }) => storage.getItems(state.keys),
    verify: (_scene, items) => verifyValues(items.map((/** @type {any} */ item) => item.value)),
  },
  {
    name: "memory getKeys of 100k",
    stack: "memory",
    size: HUNDRED_THOUSAND,
    prepare: store,
    measure: ({ storage }) => storage.getKeys(),
    verify: ({ state }, keys) => verifyKeys(keys, state.keys),
  },
];
