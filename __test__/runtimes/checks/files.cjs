// The file drivers: what they write is there, whole, and inside the folder.
"use strict";

const assert = require("node:assert").strict;
const { existsSync, readdirSync, readFileSync, statSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { createStorage } = require("stowage");
const fs = require("stowage/drivers/fs");
const fsLite = require("stowage/drivers/fs-lite");

const open = (base, options) => createStorage({ driver: fs({ base, ...options }) });

module.exports = {
  async "an item is a file"(base) {
    const storage = open(base);
    await storage.setItem("user:ada", { n: 1 });
    assert.equal(readFileSync(join(base, "user", "ada"), "utf8"), '{"json":{"n":1}}');
    assert.deepEqual(await storage.getItem("user:ada"), { n: 1 });
    await storage.removeItem("user:ada");
    assert.equal(existsSync(join(base, "user", "ada")), false);
    await storage.dispose();
  },

  "an item is a file, sync"(base) {
    const storage = open(base);
    storage.setItemSync("user:ada", { n: 1 });
    assert.deepEqual(storage.getItemSync("user:ada"), { n: 1 });
    assert.deepEqual(storage.getKeysSync(), ["user:ada"]);
    storage.clearSync();
    assert.deepEqual(storage.getKeysSync(), []);
  },

  async "another storage reads what one wrote, in both file drivers"(base) {
    await open(base).setItem("a:b", { when: new Date(5) });
    const lite = createStorage({ driver: fsLite({ base }) });
    assert.deepEqual(await lite.getItem("a:b"), { when: new Date(5) });
    lite.setItemSync("a:c", 2);
    assert.equal(open(base).getItemSync("a:c"), 2);
  },

  async "writes at once are all there, and leave no temporary file"(base) {
    const storage = open(base);
    const numbers = Array.from({ length: 300 }, (_, index) => index);
    await Promise.all(numbers.map((index) => storage.setItem(`item:${index}`, { index })));
    const read = await Promise.all(numbers.map((index) => storage.getItem(`item:${index}`)));
    assert.deepEqual(
      read,
      numbers.map((index) => ({ index })),
    );
    assert.equal(readdirSync(join(base, "item")).length, numbers.length);
  },

  async "of several writes to one key the last call wins"(base) {
    const storage = open(base);
    await Promise.all(Array.from({ length: 50 }, (_, index) => storage.setItem("a", index)));
    assert.equal(await storage.getItem("a"), 49);
  },

  async "a large value comes back whole, and durable writes too"(base) {
    const storage = open(base, { durability: "power" });
    const text = "ä€😀".repeat(300_000);
    await storage.setItem("large", text);
    assert.equal(await storage.getItem("large"), text);
    assert.equal(storage.getItemSync("large"), text);
  },

  async "files are for the user alone"(base) {
    if (process.platform === "win32") return;
    await open(join(base, "new")).setItem("a:b", 1);
    assert.equal(statSync(join(base, "new", "a", "b")).mode & 0o777, 0o600);
    assert.equal(statSync(join(base, "new", "a")).mode & 0o777, 0o700);
  },

  async "metadata of a file has dates and a size"(base) {
    const storage = open(base);
    await storage.setItemRaw("a", "12345");
    const meta = await storage.getMeta("a");
    assert.equal(meta.size, 5);
    assert.ok(meta.mtime instanceof Date);
    assert.equal(storage.getMetaSync("a").size, 5);
  },

  async "what another program writes is read"(base) {
    const storage = open(base);
    writeFileSync(join(base, "a"), "1");
    assert.equal(await storage.getItem("a"), 1);
    writeFileSync(join(base, "a"), "2");
    assert.equal(storage.getItemSync("a"), 2);
    assert.deepEqual(await storage.getKeys(), ["a"]);
  },
};
