// Writes without end, in every way at once, and says which writes were acknowledged.
"use strict";

const { createStorage } = require("stowage");
const fs = require("stowage/drivers/fs");
const queue = require("stowage/drivers/queue");

/** Writes that are on their way at the same time, beside the acknowledged one. */
const BESIDE = 8;

/**
 * Works until `stop()` is called or the process ends.
 *
 * @param {string} folder
 * @param {(line: string) => void} say Is told `acknowledged <key>` after each awaited write.
 */
async function work(folder, say) {
  const storage = createStorage({ driver: fs({ base: `${folder}/data` }) });
  await storage.watch(() => {});
  for (let index = 0; ; index += 1) {
    for (let other = 0; other < BESIDE; other += 1) {
      storage.setItem(`beside:${other}`, "x".repeat(50_000 + index)).catch(() => {});
    }
    const key = `item:${index}`;
    await storage.setItem(key, { key });
    say(`acknowledged ${key}`);
  }
}

/** A queue of writes that only a flush brings to the disk. */
function openQueue(folder) {
  const driver = fs({ base: `${folder}/queued` });
  const storage = createStorage({ driver: queue({ driver, flushInterval: 600_000 }) });
  for (let index = 0; index < 50; index += 1) storage.setItem(`item:${index}`, index);
  return storage;
}

module.exports = { openQueue, work };
