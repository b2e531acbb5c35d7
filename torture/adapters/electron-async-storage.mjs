import { peer } from "./peers.mjs";
import { storeOf } from "./store.mjs";

const { createStorage } = await peer("electron-async-storage");
const { default: fs } = await peer("electron-async-storage/drivers/fs");

/** @param {string} base */
export const open = (base) => storeOf(createStorage({ driver: fs({ base }) }));
