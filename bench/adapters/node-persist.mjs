import { peer } from "./peers.mjs";

const { default: persist } = await peer("node-persist");

/**
 * @param {import("./store.mjs").Place} place
 * @returns {Promise<Partial<import("./store.mjs").Store>>}
 */
export async function open({ base }) {
  const storage = persist.create({ dir: base });
  await storage.init();
  return {
    set: (key, value) => storage.setItem(key, value),
    get: (key) => storage.getItem(key),
    remove: (key) => storage.removeItem(key),
    keys: () => storage.keys(),
    close: () => storage.stopWriteQueueInterval(),
  };
}
