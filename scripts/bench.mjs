// The benchmark, from a fresh clone: npm run bench [-- options]. See bench/options.mjs.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { npm, ROOT, run, runAsProgram } from "./process.mjs";
import { setup } from "./setup.mjs";

const FOLDER = join(ROOT, "bench");

/** Installs the libraries to compare with, unless all of them are found. */
async function installPeers() {
  const manifest = join(FOLDER, "package.json");
  const { dependencies } = JSON.parse(await readFile(manifest, "utf8"));
  const { resolve } = createRequire(manifest);
  const isMissing = (/** @type {string} */ name) => {
    try {
      resolve(name);
      return false;
    } catch {
      // Whatever the reason: installing puts it right or says what is wrong.
      return true;
    }
  };
  if (!Object.keys(dependencies).some(isMissing)) return;
  await npm(["install", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: FOLDER });
}

await runAsProgram(import.meta.url, async () => {
  const args = process.argv.slice(2);
  if (!args.includes("--help") && !args.includes("--list")) {
    // What is measured is what is shipped: the slow, optimised build.
    await setup({ release: true });
    await installPeers();
  }
  const { code } = await run(process.execPath, [join(FOLDER, "run.mjs"), ...args]);
  process.exitCode = code;
});
