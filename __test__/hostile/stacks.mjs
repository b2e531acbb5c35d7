// Every driver and layer that maps keys to paths, on a folder that a test gives.
import { join } from "node:path";
import { createStorage, prefixStorage } from "stowage";
import fsDriver from "stowage/drivers/fs";
import fsLiteDriver from "stowage/drivers/fs-lite";
import queueDriver from "stowage/drivers/queue";
import sqliteDriver from "stowage/drivers/sqlite";
import { onTestFinished } from "vitest";

/**
 * @typedef {import("stowage").Storage} Storage
 *
 * @typedef {object} Stack
 * @property {Storage} storage What is attacked.
 * @property {() => Promise<unknown>} flush Brings everything to the disk.
 * @property {() => Promise<unknown>} dispose
 */

/**
 * The same stack; it is disposed when the running test ends.
 *
 * @param {Stack} stack
 * @returns {Stack}
 */
export function disposed(stack) {
  onTestFinished(async () => {
    await stack.dispose();
  });
  return stack;
}

/** @param {any} driver */
function plain(driver) {
  const storage = createStorage({ driver });
  return { storage, flush: async () => {}, dispose: () => storage.dispose() };
}

/** @param {any} driver */
function mounted(driver) {
  const storage = createStorage();
  storage.mount("m", driver);
  const view = prefixStorage(storage, "m");
  return { storage: view, flush: async () => {}, dispose: () => storage.dispose() };
}

/** @param {string} base */
function prefixed(base) {
  const storage = createStorage({ driver: fsDriver({ base }) });
  const view = prefixStorage(storage, "user");
  return { storage: view, flush: async () => {}, dispose: () => storage.dispose() };
}

/** @param {any} inner */
function queued(inner) {
  const driver = queueDriver({ driver: inner, batchSize: 10_000, maxQueueSize: 20_000 });
  const storage = createStorage({ driver });
  return { storage, flush: () => storage.flush(), dispose: () => storage.dispose() };
}

/**
 * By name, what makes a stack on a folder.
 *
 * @type {Record<string, (base: string) => Stack>}
 */
export const STACKS = {
  fs: (base) => plain(fsDriver({ base })),
  "fs, written in place": (base) => plain(fsDriver({ base, atomic: false })),
  "fs-lite": (base) => plain(fsLiteDriver({ base })),
  "a mount of fs": (base) => mounted(fsDriver({ base })),
  "a prefix on fs": prefixed,
  "a queue before fs": (base) => queued(fsDriver({ base })),
};

/** @param {string} base */
const inFile = (base) => sqliteDriver({ path: join(base, "data.db") });

/**
 * By name, what maps keys to rows of one file.
 *
 * @type {Record<string, (base: string) => Stack>}
 */
export const FILES = {
  sqlite: (base) => plain(inFile(base)),
  "a mount of sqlite": (base) => mounted(inFile(base)),
  "a queue before sqlite": (base) => queued(inFile(base)),
};
