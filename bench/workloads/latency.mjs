// How long an application's event loop waits while a batch is under way.
import { verifyBatch } from "./checks.mjs";
import { on } from "./define.mjs";
import { delayDuring } from "./delay.mjs";
import { itemsOf, keysBelow, storeAll, verifyStored } from "./values.mjs";

/** @typedef {import("./index.mjs").Scene} Scene */

const BATCH = 10_000;
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
