import assert from "node:assert/strict";
import { verifySum } from "./checks.mjs";
import { on } from "./define.mjs";
import { getEach, planKeys, setEach, storeKeys } from "./loops.mjs";
import { verifyStored } from "./values.mjs";

/** @typedef {import("./index.mjs").Scene} Scene */

const QUEUED = 20_000;
const FLUSHED = 100_000;

/** A queue that flushes only when it is told to. */
const PATIENT = { batchSize: 1_000_000, maxQueueSize: 1_000_000, flushInterval: 600_000 };

/**
 * Sets between two flushes: few enough that the predecessor, which writes a whole queue at once,
 * does not run out of open files.
 */
const BETWEEN_FLUSHES = 500;

async function setAndFlush(/** @type {Scene} */ { store, state: { keys, values } }) {
  for (let i = 0; i < keys.length; i++) {
    await store.set(keys[i], values[i]);
    if (i % BETWEEN_FLUSHES === BETWEEN_FLUSHES - 1) await store.flush();
  }
  await store.flush();
}

/** Reads what is being flushed, time and again, until the flush has ended. */
async function getWhileFlushing(/** @type {Scene} */ { store, state: { keys } }) {
  let flushing = true;
  const flushed = store.flush().then(() => {
    flushing = false;
  });
  let reads = 0;
  let time = 0;
  while (flushing) {
    const id = reads % keys.length;
    const before = performance.now();
    const value = await store.get(keys[id]);
    time += performance.now() - before;
    assert.equal(value.id, id);
    reads++;
    // Ready answers alone would never let the flush go on.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await flushed;
  return (time / reads) * MICROSECONDS_PER_MILLISECOND;
}
const MICROSECONDS_PER_MILLISECOND = 1000;

export const QUEUE = on("queue", QUEUED, [
  {
    name: "queue(fs) setItem, awaited, while it queues",
    needs: ["set"],
    queue: PATIENT,
    abandoned: true,
    prepare: planKeys,
    measure: setEach,
    check: verifyStored,
  },
  {
    name: "queue(fs) getItem, awaited, of queued keys",
    needs: ["get"],
    queue: PATIENT,
    abandoned: true,
    prepare: storeKeys,
    measure: getEach,
    answers: verifySum,
    check: verifyStored,
  },
  {
    name: "queue(fs) getItem, awaited, during a flush",
    needs: ["get", "flush"],
    // The predecessor answers null for what it is writing, which is no answer to time.
    only: ["stowage"],
    size: BETWEEN_FLUSHES,
    warm: BETWEEN_FLUSHES,
    queue: PATIENT,
    prepare: storeKeys,
    figure: getWhileFlushing,
    check: verifyStored,
  },
  {
    name: "queue(fs) setItem of 100k and flush",
    needs: ["set", "flush"],
    size: FLUSHED,
    warm: QUEUED / 10,
    prepare: planKeys,
    measure: setAndFlush,
    check: verifyStored,
  },
]);
