// The working copy, through the entries that users import.
import fs from "../../drivers/fs.mjs";
import memory from "../../drivers/memory.mjs";
import queue from "../../drivers/queue.mjs";
import { createStorage } from "../../index.mjs";
import { storeOf } from "./store.mjs";

/** @param {import("./store.mjs").Place} place */
export function open({ stack, base, options, queue: settings }) {
  if (stack === "memory") return storeOf(createStorage({ driver: memory() }));
  const files = fs({ base, ...options });
  const driver = stack === "fs" ? files : queue({ driver: files, ...settings });
  return storeOf(createStorage({ driver }));
}
