import { keysBelow, valueFor, verifyStored, verifyValues } from "./values.mjs";

/** @typedef {import("./index.mjs").Scene} Scene */

const QUEUED = 20_000;

/** The batch that a queue takes by default, so that no library flushes on its own in between. */
const DEFAULT_BATCH = 100;

const planKeys = (/** @type {Scene} */ scene) => {
  scene.state = { keys: keysBelow("bench", scene.size) };
};

async function writeEach(/** @type {Scene} */ { storage, state }) {
  for (const [id, key] of state.keys.entries()) await storage.setItem(key, valueFor(id));
}

/** @type {import("./index.mjs").Workload[]} */
export const QUEUE_WORKLOADS = [
  {
    name: "queue(fs) setItem, awaited, while it queues",
    stack: "queue",
    size: QUEUED,
    abandoned: true,
    prepare: planKeys,
    measure: writeEach,
    verify: ({ storage, state }) => verifyStored(storage, state.keys),
  },
  {
    name: "queue(fs) getItem, awaited, of queued keys",
    stack: "queue",
    size: QUEUED,
    abandoned: true,
    async prepare(scene) {
      planKeys(scene);
      await writeEach(scene);
    },
    async measure({ storage, state }) {
      const values = [];
      for (const key of state.keys) values.push(await storage.getItem(key));
      return values;
    },
    verify: (_scene, values) => verifyValues(values),
  },
  {
    name: "queue(fs) setItem of 100 and flush, again and again",
    stack: "queue",
    size: 20 * DEFAULT_BATCH,
    prepare: planKeys,
    async measure({ storage, state }) {
      for (const [id, key] of state.keys.entries()) {
        await storage.setItem(key, valueFor(id));
        if (id % DEFAULT_BATCH === DEFAULT_BATCH - 1) await storage.flush();
      }
      await storage.flush();
    },
    verify: ({ storage, state }) => verifyStored(storage, state.keys),
  },
];
