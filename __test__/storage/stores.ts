import type { Driver } from "stowage";
import fs from "stowage/drivers/fs";
import memory from "stowage/drivers/memory";
import sqlite from "stowage/drivers/sqlite";
import { asyncMapDriver, syncMapDriver } from "../tools/map-driver.js";
import { temporaryDirectory } from "../tools/temporary.mjs";

/** Drivers by name; each call makes an empty one. */
type Stores = [name: string, make: () => Driver][];

/** Drivers with transactions, snapshots and items that end. */
export const TRANSACTIONAL: Stores = [
  ["memory", () => memory()],
  ["sqlite", () => sqlite({ path: `${temporaryDirectory()}/kv.sqlite` })],
];

/** Drivers without them, in which the storage does what it can. */
export const PLAIN: Stores = [
  ["fs", () => fs({ base: temporaryDirectory() })],
  ["a driver of JavaScript", () => syncMapDriver()],
];

/** Those that answer synchronous calls, too. */
export const STORES: Stores = [...TRANSACTIONAL, ...PLAIN];

/** Every kind of driver. */
export const ALL_STORES: Stores = [
  ...STORES,
  ["an asynchronous driver of JavaScript", () => asyncMapDriver()],
];
