// Writes that wait in memory, and where they go.
"use strict";

const assert = require("node:assert").strict;
const { createStorage } = require("stowage");
const fs = require("stowage/drivers/fs");
const queue = require("stowage/drivers/queue");

/** A time that no check waits for, in milliseconds. */
const LATER = 600_000;

const onDisk = (base) => createStorage({ driver: fs({ base }) });

function queued(base, options) {
  const driver = queue({ driver: fs({ base }), flushInterval: LATER, ...options });
  return { driver, storage: createStorage({ driver }) };
}

module.exports = {
  async "reads see what waits, and a flush brings it to disk"(base) {
    const { driver, storage } = queued(base);
    await storage.setItem("a", { n: 1 });
    assert.deepEqual(await storage.getItem("a"), { n: 1 });
    assert.equal(driver.getInstance().queue.size, 1);
    assert.equal(await onDisk(base).getItem("a"), null);
    await storage.flush();
    assert.deepEqual(await onDisk(base).getItem("a"), { n: 1 });
    await storage.dispose();
  },

  "a sync flush brings it to disk"(base) {
    const { storage } = queued(base);
    storage.setItemSync("a", 1);
    storage.removeItemSync("b");
    storage.flushSync();
    assert.equal(onDisk(base).getItemSync("a"), 1);
    return storage.dispose();
  },

  async "the timer flushes"(base) {
    const { driver, storage } = queued(base, { flushInterval: 5 });
    await storage.setItem("a", 1);
    while (driver.getInstance().queue.size > 0) await new Promise((then) => setTimeout(then, 5));
    assert.equal(await onDisk(base).getItem("a"), 1);
    await storage.dispose();
  },

  async "a full batch flushes, and writers wait for room"(base) {
    const { storage } = queued(base, { batchSize: 10, maxQueueSize: 20 });
    const numbers = Array.from({ length: 200 }, (_, index) => index);
    await Promise.all(numbers.map((index) => storage.setItem(`item:${index}`, index)));
    await storage.flush();
    assert.equal((await onDisk(base).getKeys()).length, numbers.length);
    await storage.dispose();
  },

  async "dispose flushes"(base) {
    const { storage } = queued(base);
    for (let index = 0; index < 50; index += 1) storage.setItem(`item:${index}`, index);
    await storage.dispose();
    assert.equal((await onDisk(base).getKeys()).length, 50);
  },

  async "a flush that fails says so, and keeps what it could not write"() {
    let refuse = true;
    const items = new Map();
    const driver = {
      name: "refusing",
      hasItem: (key) => items.has(key),
      getItem: (key) => items.get(key) ?? null,
      getKeys: () => [...items.keys()],
      setItem(key, value) {
        if (refuse) throw new Error("refused");
        items.set(key, value);
      },
    };
    const storage = createStorage({ driver: queue({ driver, flushInterval: LATER }) });
    await storage.setItem("a", 1);
    await assert.rejects(storage.flush(), /refused/);
    refuse = false;
    assert.equal(await storage.getItem("a"), 1);
    await storage.flush();
    assert.equal(items.get("a"), '{"json":1}');
    await storage.dispose();
  },
};
