// The sqlite driver of the working copy, through the entries that users import.
import { join } from "node:path";
import queue from "../../drivers/queue.mjs";
import sqlite from "../../drivers/sqlite.mjs";
import { createStorage } from "../../index.mjs";
import { flushingStoreOf, storeOf } from "./store.mjs";

/**
 * @param {string} base
 * @param {{ durability?: "process" | "power", queued?: boolean }} [options]
 */
export function open(base, { durability = "process", queued = false } = {}) {
  const driver = sqlite({ path: join(base, "data.db"), durability });
  if (queued) return flushingStoreOf(createStorage({ driver: queue({ driver }) }));
  const storage = createStorage({ driver });
  return {
    ...storeOf(storage),
    transact: (/** @type {import("./store.mjs").Item[]} */ items) =>
      storage.transaction(async (tx) => {
        for (const { key, value } of items) await tx.setItem(key, value);
      }),
  };
}
