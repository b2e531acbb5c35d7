// How long an application's event loop waits while a batch is under way.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { verifyBatch } from "./checks.mjs";
import { on } from "./define.mjs";
import { itemsOf, keysBelow, storeAll, verifyStored } from "./values.mjs";

/** @typedef {import("./index.mjs").Scene} Scene */

const BATCH = 10_000;
const NANOSECONDS_PER_MILLISECOND = 1e6;

/** Milliseconds in which what came before comes to rest. */
const PAUSE = 20;

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
]);
