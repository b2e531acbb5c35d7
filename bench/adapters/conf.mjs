// One JSON file, written anew and synced at every change.
import { peer } from "./peers.mjs";

const { default: Conf } = await peer("conf");

/**
 * @param {import("./store.mjs").Place} place
 * @returns {Partial<import("./store.mjs").Store>}
 */
export function open({ base }) {
  const conf = new Conf({ cwd: base, accessPropertiesByDotNotation: false });
  return {
    setSync: (key, value) => conf.set(key, value),
    getSync: (key) => conf.get(key),
    hasSync: (key) => conf.has(key),
    setMany: (items) => conf.set(Object.fromEntries(items.map(({ key, value }) => [key, value]))),
    close() {},
  };
}
