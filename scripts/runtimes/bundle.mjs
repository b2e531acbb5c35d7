// The tests of Electron and the library in one file each, for an Electron whose Node is too old
// for `node:` and for the language of today. An app for it is built in the same way.
import { cp } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { build } from "esbuild";
import { ROOT } from "../process.mjs";

const require = createRequire(import.meta.url);

/** What the oldest Electron understands: Chrome 83 and Node 12. */
const TARGET = ["chrome83", "node12"];

/** @type {import("esbuild").Plugin} */
const oldModules = {
  name: "old modules",
  setup({ onResolve }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path: path.slice(5), external: true }));
    onResolve({ filter: /\.node$/ }, ({ path }) => ({ path: join(ROOT, path), external: true }));
    onResolve({ filter: /^stowage($|\/)/ }, ({ path }) => ({ path: require.resolve(path) }));
  },
};

/**
 * @param {string} folder Is written to.
 * @returns {Promise<string>} The file for the main process.
 */
export async function bundle(folder) {
  const tests = join(ROOT, "__test__");
  const page = join("electron", "renderer.html");
  await build({
    entryPoints: {
      "electron/main": join(tests, "electron", "main.cjs"),
      "electron/renderer": join(tests, "electron", "renderer.cjs"),
      "electron/worker": join(tests, "electron", "worker.cjs"),
      // Beside the folder of the entry, where the checks look for it.
      worker: join(tests, "runtimes", "worker.cjs"),
    },
    outdir: folder,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    target: TARGET,
    external: ["electron"],
    plugins: [oldModules],
    logLevel: "error",
  });
  await cp(join(tests, page), join(folder, page));
  return join(folder, "electron", "main.cjs");
}
