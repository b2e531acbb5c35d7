import assert from "node:assert/strict";
import { verifyBatch, verifyCount, verifySum } from "./checks.mjs";
import { on } from "./define.mjs";
import { getEach, getEachSync, hasEach, missEach, storeAndMiss, storeKeys } from "./loops.mjs";
import { itemsOf, keysBelow, storeAll, verifyKeys, verifyStored } from "./values.mjs";

/** @typedef {import("./index.mjs").Scene} Scene */

/** How many files a workload touches one by one. */
const FILES = 2000;

/** How many files a batch touches, and over how many folders. */
const BATCH = 10_000;
const FOLDERS = 100;

/** Reads under way at once. */
const IN_FLIGHT = 1000;

/** Files in many folders. */
async function storeFolders(/** @type {Scene} */ scene) {
  const keys = keysBelow("bench", scene.size, FOLDERS);
  await storeAll(scene.store, itemsOf(keys));
  scene.state = { keys };
}

async function getInFlight(/** @type {Scene} */ { store, state: { keys } }) {
  let sum = 0;
  for (let start = 0; start < keys.length; start += IN_FLIGHT) {
    const reads = [];
    const end = Math.min(keys.length, start + IN_FLIGHT);
    for (let i = start; i < end; i++) reads.push(store.get(keys[i]));
    for (const value of await Promise.all(reads)) sum += value.id;
  }
  return sum;
}

/** Keys below each of some folders, so that one call does not decide alone. */
async function listSomeFolders(/** @type {Scene} */ { store }) {
  const lists = [];
  for (let i = 0; i < LISTED; i++) lists.push(await store.keys(`bench:g${i}`));
  return lists;
}
const LISTED = 20;

function verifyFolders(/** @type {Scene} */ { state }, /** @type {string[][]} */ lists) {
  lists.forEach((list, i) => {
    const prefix = `bench:g${i}:`;
    verifyKeys(
      list,
      state.keys.filter((/** @type {string} */ key) => key.startsWith(prefix)),
    );
  });
}

export const FS_READS = on("fs", FILES, [
  {
    name: "fs getItem, awaited",
    needs: ["get"],
    prepare: storeKeys,
    measure: getEach,
    answers: verifySum,
    check: verifyStored,
  },
  {
    name: "fs getItemSync",
    needs: ["getSync"],
    prepare: storeKeys,
    measure: getEachSync,
    answers: verifySum,
    check: verifyStored,
  },
  {
    name: "fs getItem of missing keys, awaited",
    needs: ["get"],
    prepare: storeAndMiss,
    measure: missEach,
    answers: verifyCount,
  },
  {
    name: "fs getItem, 1,000 in flight",
    needs: ["get"],
    prepare: storeKeys,
    measure: getInFlight,
    answers: verifySum,
  },
  {
    name: "fs getItems of 10k",
    needs: ["getMany"],
    size: BATCH,
    prepare: storeFolders,
    measure: ({ store, state }) => store.getMany(state.keys),
    answers: verifyBatch,
  },
  {
    name: "fs getKeys of 10k in 100 folders",
    needs: ["keys"],
    size: BATCH,
    prepare: storeFolders,
    measure: ({ store }) => store.keys(),
    answers: ({ state }, keys) => verifyKeys(keys, state.keys),
  },
  {
    name: "fs getKeys of one of 100 folders with 10k",
    unit: "ms per call",
    needs: ["keys", "below"],
    size: BATCH,
    rounds: 3,
    prepare: storeFolders,
    async figure(scene) {
      const before = performance.now();
      const lists = await listSomeFolders(scene);
      const time = performance.now() - before;
      verifyFolders(scene, lists);
      return time / LISTED;
    },
  },
  {
    name: "fs hasItem, awaited",
    needs: ["has"],
    prepare: storeKeys,
    measure: hasEach,
    answers: verifyCount,
  },
  {
    name: "fs getMeta, awaited",
    needs: ["meta"],
    prepare: storeKeys,
    async measure({ store, state: { keys } }) {
      let bytes = 0;
      for (let i = 0; i < keys.length; i++) {
        const { size, mtime } = await store.meta(keys[i]);
        bytes += mtime instanceof Date ? size : Number.NaN;
      }
      return bytes;
    },
    answers: ({ size }, bytes) => assert.ok(bytes > size),
  },
]);
