// The two libraries under comparison, as one table each.
import * as predecessor from "electron-async-storage";
import oldFs from "electron-async-storage/drivers/fs";
import oldFsLite from "electron-async-storage/drivers/fs-lite";
import oldMemory from "electron-async-storage/drivers/memory";
import oldQueue from "electron-async-storage/drivers/queue";
import * as stowage from "stowage";
import fs from "stowage/drivers/fs";
import fsLite from "stowage/drivers/fs-lite";
import memory from "stowage/drivers/memory";
import queue from "stowage/drivers/queue";

/** Ours. */
export const NEW = { ...stowage, fs, fsLite, memory, queue };

/** The one we replace. */
export const OLD = {
  ...predecessor,
  fs: oldFs,
  fsLite: oldFsLite,
  memory: oldMemory,
  queue: oldQueue,
};
