// The benchmark, from a fresh clone: npm run bench [-- options]. See bench/options.mjs.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { folderOf } from "../bench/adapters/peers.mjs";
import { npm, ROOT, run, runAsProgram } from "./process.mjs";
import { setup } from "./setup.mjs";

const FOLDER = join(ROOT, "bench");

/** The one peer whose compiled part does not come with its package. */
const COMPILED = "better-sqlite3";

/**
 * Installs the libraries to compare with, unless all of them are found. They are optional
 * dependencies: npm goes on without one that a registry lacks, and the benchmark says so.
 *
 * @param {{ compile: boolean }} options Compiling takes a minute.
 */
async function installPeers({ compile }) {
  const manifest = await readFile(join(FOLDER, "package.json"), "utf8");
  const { dependencies, optionalDependencies } = JSON.parse(manifest);
  const names = Object.keys({ ...dependencies, ...optionalDependencies });
  const isMissing = (/** @type {string} */ name) =>
    !folderOf(name)?.startsWith(join(FOLDER, "node_modules"));
  // Not `ci`: it refuses a lock as soon as a registry lacks a package for some other platform.
  if (names.some(isMissing)) await npm(["install", ...ONLY_FILES], { cwd: FOLDER });
  if (compile && !(await opens(COMPILED))) await compilePeer();
}
const ONLY_FILES = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund"];

/** True if its compiled part loads. */
async function opens(/** @type {string} */ name) {
  const program = `new (require(${JSON.stringify(name)}))(":memory:").close()`;
  const args = ["--eval", program];
  const { code } = await run(process.execPath, args, { cwd: FOLDER, captureErrors: true });
  return code === 0;
}

/** Downloads what its makers compiled, or compiles it. The benchmark goes on if neither works. */
async function compilePeer() {
  console.error(`Compiling ${COMPILED}, once.`);
  try {
    await npm(["rebuild", COMPILED], { cwd: FOLDER });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  }
}

await runAsProgram(import.meta.url, async () => {
  const args = process.argv.slice(2);
  const quick = args.includes("--quick");
  if (!args.includes("--help") && !args.includes("--list")) {
    // What is measured is what is shipped: the slow, optimised build. A quick run measures nothing.
    await setup({ release: !quick });
    await installPeers({ compile: !quick });
  }
  const { code } = await run(process.execPath, [join(FOLDER, "run.mjs"), ...args]);
  process.exitCode = code;
});
