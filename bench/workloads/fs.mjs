import assert from "node:assert/strict";
import { itemsOf, keysBelow, valueFor, verifyKeys, verifyStored, verifyValues } from "./values.mjs";

/** @typedef {import("./index.mjs").Scene} Scene */

/** How many files a workload touches one by one. */
const FILES = 2000;

/** How many files a batch touches, and over how many folders. */
const BATCH = 10_000;
const FOLDERS = 100;

/** What an overwrite starts from: an id that no key has. */
const OTHER_ID = 1_000_000;

/** Plans a write of new files into one folder that is there already, as in an app's daily life. */
async function planFiles(/** @type {Scene} */ scene) {
  await scene.storage.setItem("bench:first", valueFor(0));
  scene.state = { keys: keysBelow("bench", scene.size) };
}

/** Files with the values that reads expect. */
async function storeFiles(/** @type {Scene} */ scene) {
  scene.state = { keys: keysBelow("bench", scene.size) };
  await scene.storage.setItems(itemsOf(scene.state.keys));
}

/** Files with other values, for overwrites. */
async function storeOthers(/** @type {Scene} */ scene) {
  scene.state = { keys: keysBelow("bench", scene.size) };
  const items = scene.state.keys.map((/** @type {string} */ key) => ({
    key,
    value: valueFor(OTHER_ID),
  }));
  await scene.storage.setItems(items);
}

/** Files in many folders. */
async function storeFolders(/** @type {Scene} */ scene) {
  scene.state = { keys: keysBelow("bench", scene.size, FOLDERS) };
  await scene.storage.setItems(itemsOf(scene.state.keys));
}

/** Calls `method` for every key, one at a time, and returns the answers. */
async function askEach(/** @type {Scene} */ { storage, state }, /** @type {string} */ method) {
  const answers = [];
  for (const key of state.keys) answers.push(await storage[method](key));
  return answers;
}

async function writeEach(/** @type {Scene} */ { storage, state }) {
  for (const [id, key] of state.keys.entries()) await storage.setItem(key, valueFor(id));
}

const verifyWrites = (/** @type {Scene} */ { storage, state }) => verifyStored(storage, state.keys);

/** @type {import("./index.mjs").Workload[]} */
export const FS_WORKLOADS = [
  {
    name: "fs getItem, awaited",
    stack: "fs",
    size: FILES,
    prepare: storeFiles,
    measure: (scene) => askEach(scene, "getItem"),
    verify: (_scene, values) => verifyValues(values),
  },
  {
    name: "fs getItemSync",
    stack: "fs",
    size: FILES,
    prepare: storeFiles,
    measure: ({ storage, state }) =>
      state.keys.map((/** @type {string} */ key) => storage.getItemSync(key)),
    verify: (_scene, values) => verifyValues(values),
  },
  {
    name: "fs getItems of 10k",
    stack: "fs",
    size: BATCH,
    prepare: storeFolders,
    measure: ({ storage, state }) => storage.getItems(state.keys),
    verify: (_scene, items) => verifyValues(items.map((/** @type {any} */ item) => item.value)),
  },
  {
    name: "fs setItem of new keys, awaited",
    stack: "fs",
    size: FILES,
    publishes: true,
    prepare: planFiles,
    measure: writeEach,
    verify: verifyWrites,
  },
  {
    name: "fs setItem over existing keys, awaited",
    stack: "fs",
    size: FILES,
    publishes: true,
    prepare: storeOthers,
    measure: writeEach,
    verify: verifyWrites,
  },
  {
    name: "fs setItemSync over existing keys",
    stack: "fs",
    size: FILES,
    publishes: true,
    prepare: storeOthers,
    measure({ storage, state }) {
      for (const [id, key] of state.keys.entries()) storage.setItemSync(key, valueFor(id));
    },
    verify: verifyWrites,
  },
  {
    name: "fs getKeys of 10k in 100 folders",
    stack: "fs",
    size: BATCH,
    prepare: storeFolders,
    measure: ({ storage }) => storage.getKeys(),
    verify: ({ state }, keys) => verifyKeys(keys, state.keys),
  },
  {
    name: "fs hasItem, awaited",
    stack: "fs",
    size: FILES,
    prepare: storeFiles,
    measure: (scene) => askEach(scene, "hasItem"),
    verify: (_scene, answers) =>
      assert.ok(answers.every((/** @type {unknown} */ answer) => answer === true)),
  },
  {
    name: "fs getMeta, awaited",
    stack: "fs",
    size: FILES,
    prepare: storeFiles,
    measure: (scene) => askEach(scene, "getMeta"),
    verify: (_scene, metas) => {
      for (const meta of metas) assert.ok(meta.mtime instanceof Date && meta.size > 0);
    },
  },
  {
    name: "fs removeItem, awaited",
    stack: "fs",
    size: FILES,
    prepare: storeFiles,
    measure: (scene) => askEach(scene, "removeItem"),
    verify: async ({ storage }) => verifyKeys(await storage.getKeys(), []),
  },
];
