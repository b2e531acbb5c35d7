import { peer } from "./peers.mjs";
import { storeOf } from "./store.mjs";

const { createStorage } = await peer("unstorage");
const { default: fs } = await peer("unstorage/drivers/fs");
const { default: memory } = await peer("unstorage/drivers/memory");

/** @param {import("./store.mjs").Place} place */
export function open({ stack, base }) {
  return storeOf(createStorage({ driver: stack === "memory" ? memory() : fs({ base }) }));
}
