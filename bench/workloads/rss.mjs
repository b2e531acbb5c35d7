// How much memory the process takes for what is stored, wherever the library puts it.
import { valueFor, verifyValue } from "./values.mjs";

const ITEMS = 100_000;
const BYTES_PER_MEGABYTE = 1_000_000;

/** Keys are made anew each time: no array of them may be what keeps them. */
const keyOf = (/** @type {number} */ id) => `bench:${id}`;

/** One collection leaves what the next one takes. */
async function settledMemory() {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().rss;
}

/** @type {Omit<import("./index.mjs").Workload, "stack">[]} */
export const RSS = [
  {
    name: "memory taken by 100k items",
    unit: "MB",
    needs: [],
    size: ITEMS,
    warm: 0,
    async figure({ store, size }) {
      const before = await settledMemory();
      for (let id = 0; id < size; id++) {
        if (store.setSync) store.setSync(keyOf(id), valueFor(id));
        else await store.set(keyOf(id), valueFor(id));
      }
      const after = await settledMemory();
      return (after - before) / BYTES_PER_MEGABYTE;
    },
    async check({ store, size }) {
      for (let id = 0; id < size; id++) {
        const key = keyOf(id);
        verifyValue(store.getSync ? store.getSync(key) : await store.get(key), id);
      }
    },
  },
];
