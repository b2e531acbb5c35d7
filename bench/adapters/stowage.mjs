// The working copy, through the entries that users import.
import { readFileSync } from "node:fs";
import fs from "../../drivers/fs.mjs";
import memory from "../../drivers/memory.mjs";
import queue from "../../drivers/queue.mjs";
import { createStorage } from "../../index.mjs";

export { createStorage };
export const drivers = { memory, fs, queue };
export const version = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
).version;
