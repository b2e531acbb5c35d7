// The working copy, through the entries that users import.
import fs from "../../drivers/fs.mjs";
import queue from "../../drivers/queue.mjs";
import { createStorage } from "../../index.mjs";
import { flushingStoreOf, storeOf } from "./store.mjs";

/**
 * @param {string} base
 * @param {{ durability?: "process" | "power", queued?: boolean }} [options]
 */
export function open(base, { durability = "process", queued = false } = {}) {
  const files = fs({ base, durability });
  if (!queued) return storeOf(createStorage({ driver: files }));
  return flushingStoreOf(createStorage({ driver: queue({ driver: files }) }));
}
