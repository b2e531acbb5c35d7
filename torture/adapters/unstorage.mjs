import { peer } from "./peers.mjs";
import { storeOf } from "./store.mjs";

const { createStorage } = await peer("unstorage");
const { default: fs } = await peer("unstorage/drivers/fs");

/** @param {string} base */
export const open = (base) => storeOf(createStorage({ driver: fs({ base }) }));
