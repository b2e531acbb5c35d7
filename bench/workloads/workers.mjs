// Worker threads that each use a store of their own: what they share is the processor.
import { Worker } from "node:worker_threads";
import { on } from "./define.mjs";

/** Sets of all workers together; each key is read back once. */
const SETS = 100_000;

/** Sets in each worker before the timed ones. */
const WARM = 2000;

const MICROSECONDS_PER_MILLISECOND = 1000;

/**
 * @param {string} adapter
 * @param {number} sets
 */
function start(adapter, sets) {
  const workerData = { adapter, sets, warm: Math.min(WARM, sets) };
  return new Worker(new URL("worker-thread.mjs", import.meta.url), { workerData });
}

/** @param {Worker} worker */
const nextMessage = (worker) =>
  new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));

/** @param {number} count */
const withWorkers = (count) =>
  async function measureWorkers(/** @type {import("./index.mjs").Scene} */ { adapter, size }) {
    const sets = Math.max(1, Math.round(size / count));
    const workers = Array.from({ length: count }, () => start(adapter.name, sets));
    await Promise.all(workers.map(nextMessage));
    const done = workers.map(nextMessage);
    const before = performance.now();
    for (const worker of workers) worker.postMessage("go");
    await Promise.all(done);
    const time = performance.now() - before;
    await Promise.all(workers.map((worker) => worker.terminate()));
    return (time / (2 * sets * count)) * MICROSECONDS_PER_MILLISECOND;
  };

export const WORKERS = on(
  "memory",
  SETS,
  [1, 10, 50].map((count) => ({
    name: `setItemSync and getItemSync in ${count} ${count === 1 ? "worker" : "workers"}`,
    needs: /** @type {import("./index.mjs").Ability[]} */ (["setSync", "getSync"]),
    warm: 0,
    figure: withWorkers(count),
  })),
);
