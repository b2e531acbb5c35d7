// Which libraries can be measured here. One that cannot is named with its reason, never dropped.
import { join } from "node:path";
import { run } from "../scripts/process.mjs";
import { folderOf } from "./adapters/peers.mjs";

/** @typedef {import("./adapters/index.mjs").Adapter} Adapter */
/** @typedef {{ adapter: Adapter, reason: string }} LeftOut */

/**
 * @param {Adapter[]} adapters
 * @param {string} folder Each is tried in it.
 * @returns {Promise<{ able: Adapter[], leftOut: LeftOut[] }>}
 */
export async function availableOf(adapters, folder) {
  const able = [];
  const leftOut = [];
  for (const adapter of adapters) {
    const reason = await obstacle(adapter, folder);
    if (reason === undefined) able.push(adapter);
    else leftOut.push({ adapter, reason });
  }
  return { able, leftOut };
}

/**
 * A library is opened where a crash of it ends nothing else.
 *
 * @param {Adapter} adapter
 * @param {string} folder
 */
async function obstacle({ peer, file }, folder) {
  if (!peer) return undefined;
  if (folderOf(peer) === undefined) return `${peer} is not installed`;
  const program = `const { open } = await import(${JSON.stringify(adapterUrl(file))});
    const base = (await import("node:fs")).mkdtempSync(${JSON.stringify(join(folder, "probe-"))});
    await (await open({ stack: "fs", base })).close();
    process.exit();`;
  const args = ["--input-type=module", "--eval", program];
  const { code, stderr } = await run(process.execPath, args, { captureErrors: true });
  if (code === 0) return undefined;
  const line = stderr.split("\n").find((text) => /^\w*Error/.test(text));
  return `${peer} does not open: ${line?.replace(/[\s.:]+$/, "") ?? `its process ended with code ${code}`}`;
}

const adapterUrl = (/** @type {string} */ file) =>
  new URL(`adapters/${file}`, import.meta.url).href;
