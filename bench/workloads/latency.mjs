// How long an application waits: for its event loop, and for news of a change.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { median } from "../statistics.mjs";
import { verifyBatch } from "./checks.mjs";
import { on } from "./define.mjs";
import { itemsOf, keysBelow, storeAll, verifyStored } from "./values.mjs";

/** @typedef {import("./index.mjs").Scene} Scene */

const BATCH = 10_000;
const NANOSECONDS_PER_MILLISECOND = 1e6;

/** Changes whose median is taken, and the pause before each, so that none is merged with another. */
const CHANGES = 50;
const PAUSE = 20;

/** Milliseconds after which news are not late but lost. */
const DEADLINE = 10_000;

/** Files that appear at once. */
const BURST = 100;

/**
 * The 99th percentile of how late timers ran during `work`, in milliseconds.
 *
 * @param {() => unknown} work
 * @returns {Promise<[number, any]>} It, and what `work` gave.
 */
async function delayDuring(work) {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  // The first timer starts the count.
  await pause(PAUSE);
  delays.enable();
  await pause(1);
  const result = await work();
  // A timer that is late because of the last step is still to run.
  await pause(2);
  delays.disable();
  return [delays.percentile(99) / NANOSECONDS_PER_MILLISECOND, result];
}

function planBatch(/** @type {Scene} */ scene) {
  const keys = keysBelow("bench", scene.size, 100);
  scene.state = { keys, items: itemsOf(keys) };
}

/** Keys as the watcher names them, from files that are not written through the store. */
function planFiles(/** @type {Scene} */ scene) {
  const folder = join(scene.base, "watched");
  mkdirSync(folder);
  writeFileSync(join(folder, "first"), "{}");
  scene.state = { folder };
}

/**
 * Calls `write` and waits until every one of `names` was reported.
 *
 * @param {Scene} scene
 * @param {string[]} names
 * @param {(name: string) => void} write
 * @returns {Promise<number>} Milliseconds from after the first write to the last report.
 */
function timeToNews({ state }, names, write) {
  return new Promise((resolve, reject) => {
    const awaited = new Set(names);
    let before = 0;
    // A watch need not keep the process alive: this does, and ends it if news never come.
    const deadline = setTimeout(() => {
      reject(new Error(`${[...awaited]} changed unreported.`));
    }, DEADLINE);
    state.onKey = (/** @type {string} */ key) => {
      awaited.delete(key.split(/[:/\\]/).at(-1) ?? key);
      if (awaited.size > 0) return;
      clearTimeout(deadline);
      resolve(performance.now() - before);
    };
    for (const name of names) {
      write(join(state.folder, name));
      before ||= performance.now();
    }
  });
}

async function startWatching(/** @type {Scene} */ { store, state }) {
  await store.watch((event, key) => {
    assert.equal(event, "update");
    state.onKey?.(key);
  });
  // Some watchers say that they are ready before they have looked at every folder.
  await pause(10 * PAUSE);
}

export const LATENCY = on("fs", BATCH, [
  {
    name: "event-loop delay, p99, during getItems of 10k",
    unit: "ms",
    needs: ["getMany"],
    only: ["electron-async-storage", "stowage", "unstorage", "better-sqlite3", "lmdb"],
    async prepare(scene) {
      planBatch(scene);
      await storeAll(scene.store, scene.state.items);
    },
    async figure(scene) {
      const { store, state } = scene;
      const [delay, answer] = await delayDuring(() => store.getMany(state.keys));
      verifyBatch(scene, answer);
      return delay;
    },
  },
  {
    name: "event-loop delay, p99, during setItems of 10k",
    unit: "ms",
    needs: ["setMany"],
    only: ["electron-async-storage", "stowage", "unstorage", "better-sqlite3", "lmdb"],
    prepare: planBatch,
    async figure({ store, state }) {
      const [delay] = await delayDuring(() => store.setMany(state.items));
      return delay;
    },
    check: verifyStored,
  },
  {
    name: "watch: from a change by others to the callback",
    unit: "ms",
    needs: ["watch"],
    size: CHANGES,
    warm: 0,
    prepare: planFiles,
    async figure(scene) {
      await startWatching(scene);
      const times = [];
      for (let change = 0; change < scene.size; change++) {
        await pause(PAUSE);
        const write = (/** @type {string} */ path) => writeFileSync(path, `{"change":${change}}`);
        times.push(await timeToNews(scene, [`file-${change % 10}`], write));
      }
      return median(times);
    },
  },
  {
    name: "watch: from 100 new files at once to the last callback",
    unit: "ms",
    needs: ["watch"],
    size: BURST,
    warm: 0,
    prepare: planFiles,
    async figure(scene) {
      await startWatching(scene);
      const names = Array.from({ length: scene.size }, (_, id) => `new-${id}`);
      return timeToNews(scene, names, (path) => writeFileSync(path, "{}"));
    },
  },
]);
