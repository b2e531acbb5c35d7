// One JSON file, written beside and renamed.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { readJson } from "./json-file.mjs";
import { peer } from "./peers.mjs";
import { oneFileStore } from "./store.mjs";

const { writeFile, writeFileSync } = await peer("atomically");

/** @param {string} base */
export function open(base) {
  mkdirSync(base, { recursive: true });
  const file = join(base, "items.json");
  return oneFileStore({
    read: () => readJson(file),
    write: (text) => writeFile(file, text),
    writeSync: (text) => writeFileSync(file, text),
  });
}
