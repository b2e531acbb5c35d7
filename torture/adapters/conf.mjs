// One JSON file, read anew at every access and written anew at every change, always synchronously.
import { peer } from "./peers.mjs";

const { default: Conf } = await peer("conf");

/**
 * @param {string} base
 * @returns {import("./store.mjs").Store}
 */
export function open(base) {
  const conf = new Conf({ cwd: base, accessPropertiesByDotNotation: false });
  return {
    setSync: (key, value) => conf.set(key, value),
    setMany: async (items) =>
      conf.set(Object.fromEntries(items.map(({ key, value }) => [key, value]))),
    remove: async (key) => conf.delete(key),
    get: async (key) => conf.get(key),
    keys: async () => Object.keys(conf.store),
    close: async () => {},
  };
}
