// Reaching the packages in bench/node_modules. They are named at run time, so that type checks and
// the other scripts do not need them installed.
import { readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/**
 * @param {string} name
 * @returns {Promise<any>}
 */
export const peer = (name) => import(name);

/**
 * The folder that a package is installed in, as seen from `from`. Many hide their manifest from
 * `require`, so the folders are searched as Node does it.
 *
 * @param {string} name
 * @param {string} [from]
 * @returns {string | undefined} Nothing when it is not installed.
 */
export function folderOf(name, from = HERE) {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = join(folder, "node_modules", name);
    if (manifestOf(found)) return realpathSync(found);
    if (dirname(folder) === folder) return undefined;
  }
}

/**
 * @param {string} folder
 * @returns {{ version: string, dependencies?: object, optionalDependencies?: object } | undefined}
 */
export function manifestOf(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT") return undefined;
    throw error;
  }
}
