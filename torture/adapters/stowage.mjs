// The working copy, through the entries that users import.
import fs from "../../drivers/fs.mjs";
import queue from "../../drivers/queue.mjs";
import { createStorage } from "../../index.mjs";
import { storeOf } from "./store.mjs";

/**
 * @param {string} base
 * @param {{ durability?: "process" | "power", queued?: boolean }} [options]
 */
export function open(base, { durability = "process", queued = false } = {}) {
  const files = fs({ base, durability });
  if (!queued) return storeOf(createStorage({ driver: files }));
  return flushing(createStorage({ driver: queue({ driver: files }) }));
}

/**
 * A queue acknowledges nothing by itself: an acknowledged write is one that was flushed.
 *
 * @param {any} storage
 * @returns {import("./store.mjs").Store}
 */
function flushing(storage) {
  const { setSync: _, ...store } = storeOf(storage);
  const flushed = async (/** @type {Promise<unknown> | undefined} */ queued) => {
    await queued;
    await storage.flush();
  };
  return {
    ...store,
    set: (key, value) => flushed(store.set?.(key, value)),
    setMany: (items) => flushed(store.setMany?.(items)),
    remove: (key) => flushed(store.remove(key)),
  };
}
