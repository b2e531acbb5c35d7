// The price of one operation in a store that holds more and more.
import { verifySum } from "./checks.mjs";
import { on } from "./define.mjs";
import { getEachSync, setEachSync } from "./loops.mjs";
import { itemsOf, keysBelow, randomly, storeAll, valueFor, verifyKeys } from "./values.mjs";

/** @typedef {import("./index.mjs").Scene} Scene */

const SIZES = [
  { label: "1k", items: 1000 },
  { label: "10k", items: 10_000 },
  { label: "100k", items: 100_000 },
  { label: "1M", items: 1_000_000, rounds: 3 },
];

/** Operations timed in a store of any size. */
const OPERATIONS = 100_000;

/** Others take their stores from JavaScript, too, and show nothing that a Map does not. */
const LIBRARIES = ["electron-async-storage", "stowage", "Map+JSON"];

/** A store smaller than this has no random order worth the name. */
const FEWEST = 100;

/** @param {number} items */
const fill = (items) => async (/** @type {Scene} */ scene) => {
  const keys = keysBelow("bench", Math.max(FEWEST, Math.round(items * scene.scale)));
  await storeAll(scene.store, itemsOf(keys));
  const next = randomly();
  // With repetition: the same round again and again would be what no cache can hold.
  const order = Array.from({ length: scene.size }, () => keys[next() % keys.length]);
  scene.state = { all: keys, order };
};

/** @param {number} items */
const fillAndPlan = (items) => async (/** @type {Scene} */ scene) => {
  await fill(items)(scene);
  const { order } = scene.state;
  scene.state.keys = order;
  scene.state.values = order.map((/** @type {string} */ key) =>
    valueFor(Number(key.slice(key.indexOf(":") + 1))),
  );
};

/** Lists as often as makes up for a small store. */
async function listAll(/** @type {Scene} */ { store, size, state: { all } }) {
  const times = Math.max(1, Math.round(size / all.length));
  let keys = [];
  for (let i = 0; i < times; i++) keys = await store.keys();
  return keys;
}

export const GROWTH = SIZES.flatMap(({ label, items, rounds }) =>
  on("memory", OPERATIONS, [
    {
      name: `setItemSync in a memory of ${label}`,
      needs: ["setSync"],
      prepare: fillAndPlan(items),
      measure: setEachSync,
      check: async (scene) => {
        verifySum(scene, getEachSync(scene));
      },
    },
    {
      name: `getItemSync in a memory of ${label}, random order`,
      needs: ["getSync"],
      prepare: fill(items),
      measure: getEachSync,
      answers: verifySum,
    },
    {
      name: `getKeys in a memory of ${label}`,
      needs: ["keys"],
      // One operation is one key.
      size: Math.max(items, OPERATIONS),
      prepare: fill(items),
      measure: listAll,
      answers: ({ state }, keys) => verifyKeys(keys, state.all),
    },
  ]).map((workload) => ({ ...workload, only: LIBRARIES, ...(rounds ? { rounds } : {}) })),
);
