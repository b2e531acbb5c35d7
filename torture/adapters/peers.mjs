// Reaching the packages in torture/node_modules. They are named at run time, so that type checks do
// not need them installed.
import { fileURLToPath } from "node:url";
import { folderOf, manifestOf } from "../../bench/adapters/peers.mjs";

const HERE = fileURLToPath(new URL("..", import.meta.url));

/**
 * @param {string} name
 * @returns {Promise<any>}
 */
export const peer = (name) => import(name);

/**
 * @param {string} name
 * @returns {string | undefined} Nothing when it is not installed for these tests: one that lies
 *   further up may be another version.
 */
export function versionOfPeer(name) {
  const folder = folderOf(name, HERE);
  return folder?.startsWith(HERE) ? manifestOf(folder)?.version : undefined;
}
