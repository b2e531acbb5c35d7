import assert from "node:assert/strict";
import { on } from "./define.mjs";
import { planKeys, setEach, setEachSync, storeKeys } from "./loops.mjs";
import { itemsOf, keysBelow, storeAll, valueFor, verifyStored } from "./values.mjs";

/** @typedef {import("./index.mjs").Scene} Scene */

const FILES = 2000;
const BATCH = 10_000;

/** What an overwrite starts from: an id that no key has. */
const OTHER_ID = 1_000_000;

/** Plans a write of new files into a folder that is there already, as in an app's daily life. */
async function planFiles(/** @type {Scene} */ scene) {
  await storeAll(scene.store, [{ key: "bench:first", value: valueFor(0) }]);
  planKeys(scene);
}

/** Stores other values than those that will be written over them. */
async function storeOthers(/** @type {Scene} */ scene) {
  planKeys(scene);
  await storeAll(
    scene.store,
    itemsOf(scene.state.keys, () => valueFor(OTHER_ID)),
  );
}

function planBatch(/** @type {Scene} */ scene) {
  const keys = keysBelow("bench", scene.size, 100);
  scene.state = { keys, items: itemsOf(keys) };
}

export const FS_WRITES = on("fs", FILES, [
  {
    name: "fs setItem of new keys, awaited",
    needs: ["set"],
    variants: true,
    prepare: planFiles,
    measure: setEach,
    check: verifyStored,
  },
  {
    name: "fs setItemSync of new keys",
    needs: ["setSync"],
    variants: true,
    prepare: planFiles,
    measure: setEachSync,
    check: verifyStored,
  },
  {
    name: "fs setItem over existing keys, awaited",
    needs: ["set"],
    variants: true,
    prepare: storeOthers,
    measure: setEach,
    check: verifyStored,
  },
  {
    name: "fs setItemSync over existing keys",
    needs: ["setSync"],
    variants: true,
    prepare: storeOthers,
    measure: setEachSync,
    check: verifyStored,
  },
  {
    name: "fs setItems of 10k",
    needs: ["setMany"],
    size: BATCH,
    variants: true,
    prepare: planBatch,
    measure: ({ store, state }) => store.setMany(state.items),
    check: verifyStored,
  },
  {
    name: "fs removeItem, awaited",
    needs: ["remove"],
    prepare: storeKeys,
    async measure({ store, state: { keys } }) {
      for (let i = 0; i < keys.length; i++) await store.remove(keys[i]);
    },
    async check({ store, state: { keys } }) {
      for (const key of keys) {
        const value = store.get ? await store.get(key) : store.getSync(key);
        assert.ok(value == null);
      }
    },
  },
]);
