// How many bytes a package and everything that comes with it take.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { npm, ROOT } from "../../scripts/process.mjs";
import { folderOf, manifestOf } from "../adapters/peers.mjs";

/** @param {import("../adapters/index.mjs").Adapter} adapter */
export async function installedSize({ peer }) {
  if (!peer) return ownSize();
  const folders = new Set();
  collect(peer, undefined, folders);
  let bytes = 0;
  for (const folder of folders) bytes += await sizeOf(folder);
  return bytes;
}

/**
 * @param {string} name
 * @param {string | undefined} from The folder of who depends on it.
 * @param {Set<string>} folders Of what was found so far.
 */
function collect(name, from, folders) {
  const folder = folderOf(name, from);
  // An optional one that is not for this platform.
  if (folder === undefined || folders.has(folder)) return;
  folders.add(folder);
  const { dependencies, optionalDependencies } = manifestOf(folder) ?? {};
  for (const other of Object.keys({ ...dependencies, ...optionalDependencies }))
    collect(other, folder, folders);
}

/** What a compiler leaves, and packages inside the package, which are counted on their own. */
const NOT_COUNTED = ["node_modules", "obj", "obj.target", ".deps"];

/** @param {string} folder */
async function sizeOf(folder) {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !NOT_COUNTED.includes(entry.name)) bytes += await sizeOf(path);
    else if (entry.isFile()) bytes += (await stat(path)).size;
  }
  return bytes;
}

/** What npm would pack, and the compiled part for one platform, which is a package of its own. */
async function ownSize() {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const [{ unpackedSize }] = JSON.parse(await npm(args, { capture: true, captureErrors: true }));
  const binary = (await readdir(ROOT)).find((name) => name.endsWith(".node"));
  if (!binary) throw new Error("The compiled part is missing: npm run build -- --release");
  return unpackedSize + (await stat(join(ROOT, binary))).size;
}
