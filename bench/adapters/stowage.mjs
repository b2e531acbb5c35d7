// The working copy, through the entries that users import.
import { join } from "node:path";
import fs from "../../drivers/fs.mjs";
import memory from "../../drivers/memory.mjs";
import queue from "../../drivers/queue.mjs";
import sqlite from "../../drivers/sqlite.mjs";
import { createStorage } from "../../index.mjs";
import { storeOf } from "./store.mjs";

/**
 * @param {string} base
 * @param {object} [options]
 */
function databaseOf(base, options) {
  const storage = createStorage({ driver: sqlite({ path: join(base, "kv.sqlite"), ...options }) });
  const range = (/** @type {string} */ below, /** @type {number} */ limit) => [
    ...storage.entries({ base: below, limit }),
  ];
  return { ...storeOf(storage), range };
}

/** @param {import("./store.mjs").Place} place */
export function open({ stack, base, options, queue: settings }) {
  if (stack === "memory") return storeOf(createStorage({ driver: memory() }));
  if (stack === "database") return databaseOf(base, options);
  const files = fs({ base, ...options });
  const driver = stack === "fs" ? files : queue({ driver: files, ...settings });
  return storeOf(createStorage({ driver }));
}
