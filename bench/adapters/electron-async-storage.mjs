import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createStorage } from "electron-async-storage";
import fs from "electron-async-storage/drivers/fs";
import memory from "electron-async-storage/drivers/memory";
import queue from "electron-async-storage/drivers/queue";

export { createStorage };
export const drivers = { memory, fs, queue };
export const version = installedVersion();

/** Its package.json is not exported, so it is found from the entry, which lies in `dist/`. */
function installedVersion() {
  const entry = createRequire(import.meta.url).resolve("electron-async-storage");
  return JSON.parse(readFileSync(join(entry, "..", "..", "package.json"), "utf8")).version;
}
