// Runs code blocks as a reader would: a file of its own, in an empty folder, beside an installed
// package named `stowage`.
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { ROOT, run } from "../process.mjs";

/** @typedef {import("./extract.mjs").Block} Block */

const FAKE_ELECTRON = fileURLToPath(new URL("electron", import.meta.url));

/** The longest that a block may run, in milliseconds. */
const DEADLINE = 20_000;

const TYPESCRIPT = ["ts", "typescript"];
const JAVASCRIPT = ["js", "javascript"];

/** @param {Block} block */
export const isCode = ({ language }) =>
  TYPESCRIPT.includes(language) || JAVASCRIPT.includes(language);

/** @param {Block} block */
export const isTypeScript = ({ language }) => TYPESCRIPT.includes(language);

/**
 * A folder inside the repository, where `stowage` resolves to the working copy and `electron` to a
 * small fake.
 *
 * @returns {Promise<string>}
 */
export async function makeWorkshop() {
  const parent = join(ROOT, ".tmp");
  await mkdir(parent, { recursive: true });
  const workshop = await mkdtemp(join(parent, "docs-"));
  await cp(FAKE_ELECTRON, join(workshop, "node_modules", "electron"), { recursive: true });
  return workshop;
}

/** @param {string} workshop */
export const removeWorkshop = (workshop) => rm(workshop, { recursive: true, force: true });

/**
 * Runs one block.
 *
 * @param {string} workshop
 * @param {Block} block
 * @returns {Promise<{ code: number, output: string[], errors: string }>}
 */
export async function runBlock(workshop, block) {
  const folder = await mkdtemp(join(workshop, "block-"));
  const script = join(folder, `example.${extensionOf(block)}`);
  await writeFile(script, await scriptOf(block));
  return runScript(script, folder);
}

/** @param {Block} block */
function extensionOf(block) {
  return !isTypeScript(block) && /\brequire\(/.test(block.code) ? "cjs" : "mjs";
}

/** @param {Block} block */
async function scriptOf(block) {
  if (!isTypeScript(block)) return block.code;
  const { code } = await transform(block.code, { loader: "ts", format: "esm", target: "node18" });
  return code;
}

/**
 * @param {string} script
 * @param {string} folder Where it runs.
 * @returns {Promise<{ code: number, output: string[], errors: string }>}
 */
export async function runScript(script, folder) {
  const options = { cwd: folder, capture: true, captureErrors: true, deadline: DEADLINE };
  const { code, stdout, stderr } = await run(process.execPath, [script], options);
  return { code, output: stdout.split("\n").slice(0, -1), errors: stderr };
}

/** What the TypeScript blocks are checked with: as strict as it gets. */
const TSCONFIG = {
  compilerOptions: {
    target: "ES2022",
    lib: ["ES2022"],
    module: "Node16",
    types: ["node"],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
  },
  include: ["*.mts"],
};

/**
 * Checks the types of several blocks in one run of the compiler.
 *
 * @param {string} workshop
 * @param {Block[]} blocks
 * @returns {Promise<string[]>} What the compiler complains of; nothing, if all is well.
 */
export async function checkTypes(workshop, blocks) {
  const folder = join(workshop, "types");
  await mkdir(folder);
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(TSCONFIG));
  for (const block of blocks)
    await writeFile(join(folder, nameOf(block)), `${block.code}\nexport {};\n`);
  const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const options = { cwd: workshop, capture: true };
  const { stdout } = await run(process.execPath, [compiler, "-p", folder], options);
  return stdout.split("\n").filter((line) => line !== "");
}

/** @param {Block} block */
function nameOf({ file, line }) {
  return `${file.replace(/\W+/g, "-")}-line-${line}.mts`;
}
