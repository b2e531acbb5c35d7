// The worst day, from a fresh clone: npm run torture [-- options]. See torture/options.mjs.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { folderOf } from "../bench/adapters/peers.mjs";
import { npm, ROOT, run, runAsProgram } from "./process.mjs";
import { setup } from "./setup.mjs";

const FOLDER = join(ROOT, "torture");

/** Installs the libraries to compare with, unless all of them are found. */
async function installPeers() {
  const manifest = await readFile(join(FOLDER, "package.json"), "utf8");
  const names = Object.keys(JSON.parse(manifest).optionalDependencies);
  const isMissing = (/** @type {string} */ name) =>
    !folderOf(name, FOLDER)?.startsWith(join(FOLDER, "node_modules"));
  const flags = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund"];
  if (names.some(isMissing)) await npm(["install", ...flags], { cwd: FOLDER });
}

await runAsProgram(import.meta.url, async () => {
  const args = process.argv.slice(2);
  if (!args.includes("--help") && !args.includes("--list")) {
    await setup();
    // A quick run is about Stowage alone.
    if (!args.includes("--quick")) await installPeers();
  }
  const { code } = await run(process.execPath, [join(FOLDER, "run.mjs"), ...args]);
  process.exitCode = code;
});
