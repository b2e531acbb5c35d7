// The memory driver, which is the default, with and without promises.
"use strict";

const assert = require("node:assert").strict;
const { createStorage, prefixStorage, restoreSnapshot, snapshot } = require("stowage");
const memory = require("stowage/drivers/memory");

module.exports = {
  async "an item comes and goes"() {
    const storage = createStorage();
    assert.equal(await storage.getItem("a"), null);
    await storage.setItem("a", { n: 1 });
    assert.deepEqual(await storage.getItem("a"), { n: 1 });
    assert.equal(await storage.hasItem("a"), true);
    await storage.removeItem("a");
    assert.equal(await storage.hasItem("a"), false);
  },

  "an item comes and goes, sync"() {
    const storage = createStorage({ driver: memory() });
    storage.setItemSync("a", [1, 2]);
    assert.deepEqual(storage.getItemSync("a"), [1, 2]);
    assert.equal(storage.hasItemSync("a"), true);
    storage.removeItemSync("a");
    assert.equal(storage.getItemSync("a"), null);
  },

  async "each reader has a copy of its own"() {
    const storage = createStorage();
    await storage.setItem("a", { list: [1] });
    for (let read = 0; read < 4; read += 1) {
      const value = await storage.getItem("a");
      assert.deepEqual(value, { list: [1] });
      value.list.push(2);
    }
  },

  async "keys are normalised and listed by base"() {
    const storage = createStorage();
    await storage.setItem("users/ada/", 1);
    await storage.setItem("users:bob", 2);
    await storage.setItem("other", 3);
    assert.deepEqual(await storage.getKeys("users"), ["users:ada", "users:bob"]);
    assert.deepEqual(await storage.getKeys("", { maxDepth: 0 }), ["other"]);
    await storage.clear("users");
    assert.deepEqual(storage.getKeysSync(), ["other"]);
  },

  async "metadata goes with its item"() {
    const storage = createStorage();
    await storage.setItem("a", 1);
    await storage.setMeta("a", { colour: "red" });
    assert.equal((await storage.getMeta("a")).colour, "red");
    assert.deepEqual(await storage.getKeys(), ["a"]);
    await storage.removeItem("a", true);
    assert.deepEqual(Object.keys(storage.getMetaSync("a")), []);
  },

  async "a prefixed view, a snapshot, and its restoration"() {
    const storage = createStorage();
    const view = prefixStorage(storage, "user");
    await view.setItem("name", "Ada");
    assert.deepEqual(await storage.getKeys(), ["user:name"]);
    const taken = await snapshot(storage, "user");
    assert.deepEqual(taken, { name: "Ada" });
    await view.clear();
    await restoreSnapshot(storage, taken, "user");
    assert.equal(view.getItemSync("name"), "Ada");
  },

  async "a thousand items survive garbage being collected"() {
    const storage = createStorage();
    for (let index = 0; index < 1000; index += 1) {
      storage.setItemSync(`key:${index}`, { index, text: "x".repeat(index) });
    }
    const items = await Promise.all(
      Array.from({ length: 1000 }, (_, index) => storage.getItem(`key:${index}`)),
    );
    for (const [index, item] of items.entries()) {
      assert.deepEqual(item, { index, text: "x".repeat(index) });
    }
  },
};
