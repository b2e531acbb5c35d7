// What a library costs before it has done anything.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { on } from "./define.mjs";
import { installedSize } from "./installed-size.mjs";

const START_UP = fileURLToPath(new URL("start-up.cjs", import.meta.url));
const BYTES_PER_MEGABYTE = 1_000_000;

/** Starts a process that does nothing else; the time is its own, from the first `require`. */
function startUp(/** @type {import("./index.mjs").Scene} */ { adapter, base }, stack = "memory") {
  return Number(execFileSync(process.execPath, [START_UP, adapter.name, stack, base]));
}

export const PACKAGES = [
  ...on("memory", 1, [
    {
      name: "start-up: require to the first value in memory",
      unit: "ms",
      needs: [],
      warm: 0,
      figure: (scene) => startUp(scene),
    },
  ]),
  ...on("fs", 1, [
    {
      name: "start-up: require to the first value in files",
      unit: "ms",
      needs: [],
      warm: 0,
      figure: (scene) => startUp(scene, "fs"),
    },
    {
      name: "size on disk, with all dependencies",
      unit: "MB",
      needs: [],
      warm: 0,
      rounds: 1,
      only: [
        "electron-async-storage",
        "stowage",
        "unstorage",
        "better-sqlite3",
        "lmdb",
        "classic-level",
        "conf",
        "node-persist",
      ],
      figure: async ({ adapter }) => (await installedSize(adapter)) / BYTES_PER_MEGABYTE,
    },
  ]),
];
