// The sqlite driver of the working copy, through the entries that users import.
import { join } from "node:path";
import sqlite from "../../drivers/sqlite.mjs";
import { createStorage } from "../../index.mjs";
import { storeOf } from "./store.mjs";

/**
 * @param {string} base
 * @param {{ durability?: "process" | "power" }} [options]
 */
export function open(base, options) {
  return storeOf(createStorage({ driver: sqlite({ path: join(base, "data.db"), ...options }) }));
}
