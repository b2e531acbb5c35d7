import { peer } from "./peers.mjs";
import { storeOf } from "./store.mjs";

const { createStorage } = await peer("electron-async-storage");
const { default: fs } = await peer("electron-async-storage/drivers/fs");
const { default: memory } = await peer("electron-async-storage/drivers/memory");
const { default: queue } = await peer("electron-async-storage/drivers/queue");

/** @param {import("./store.mjs").Place} place */
export function open({ stack, base, queue: settings }) {
  if (stack === "memory") return storeOf(createStorage({ driver: memory() }));
  const files = fs({ base });
  if (stack === "fs" || stack === "database") return storeOf(createStorage({ driver: files }));
  const driver = queue({ driver: files, ...settings });
  // One flush waits for the batch that is being written; only the next one takes what came since.
  const flush = async () => {
    await driver.flush();
    await driver.flush();
  };
  return { ...storeOf(createStorage({ driver })), flush };
}
