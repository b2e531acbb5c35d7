// Which libraries can be measured here. One that cannot is named with its reason, never dropped.
import { run } from "../scripts/process.mjs";
import { folderOf } from "./adapters/peers.mjs";

/** @typedef {import("./adapters/index.mjs").Adapter} Adapter */
/** @typedef {{ adapter: Adapter, reason: string }} LeftOut */

/**
 * @param {Adapter[]} adapters
 * @returns {Promise<{ able: Adapter[], leftOut: LeftOut[] }>}
 */
export async function availableOf(adapters) {
  const able = [];
  const leftOut = [];
  for (const adapter of adapters) {
    const reason = await obstacle(adapter);
    if (reason === undefined) able.push(adapter);
    else leftOut.push({ adapter, reason });
  }
  return { able, leftOut };
}

/** A library is opened where a crash of it ends nothing else. */
async function obstacle(/** @type {Adapter} */ { peer, file }) {
  if (!peer) return undefined;
  if (folderOf(peer) === undefined) return `${peer} is not installed`;
  const program = `const { open } = await import(${JSON.stringify(adapterUrl(file))});
    const { mkdtempSync, rmSync } = await import("node:fs");
    const base = mkdtempSync((await import("node:os")).tmpdir() + "/stowage-bench-");
    await (await open({ stack: "fs", base })).close();
    rmSync(base, { recursive: true });
    process.exit();`;
  const args = ["--input-type=module", "--eval", program];
  const { code, stderr } = await run(process.execPath, args, { captureErrors: true });
  if (code === 0) return undefined;
  const line = stderr.split("\n").find((text) => /^\w*Error/.test(text));
  return `${peer} does not open: ${line ?? `its process ended with code ${code}`}`;
}

const adapterUrl = (/** @type {string} */ file) =>
  new URL(`adapters/${file}`, import.meta.url).href;
