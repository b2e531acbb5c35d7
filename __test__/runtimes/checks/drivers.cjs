// Drivers written in JavaScript: native code calls them, now and with promises.
"use strict";

const assert = require("node:assert").strict;
const { createStorage, defineDriver } = require("stowage");

const mapDriver = (later) =>
  defineDriver(() => {
    const items = new Map();
    const answer = (value) => (later ? new Promise((then) => setTimeout(then, 1, value)) : value);
    return {
      name: "map",
      hasItem: (key) => answer(items.has(key)),
      getItem: (key) => answer(items.get(key) ?? null),
      getKeys: () => answer([...items.keys()]),
      setItem: (key, value) => answer(void items.set(key, value)),
      removeItem: (key) => answer(void items.delete(key)),
      getItemSync: (key) => items.get(key) ?? null,
    };
  })();

async function works(storage) {
  await storage.setItem("a:b", { when: new Date(5) });
  await storage.setItem("c", 2);
  assert.deepEqual(await storage.getItem("a:b"), { when: new Date(5) });
  assert.deepEqual((await storage.getKeys()).sort(), ["a:b", "c"]);
  await storage.clear("a");
  assert.equal(await storage.hasItem("a:b"), false);
  assert.equal(storage.getItemSync("c"), 2);
}

module.exports = {
  "one that answers now": () => works(createStorage({ driver: mapDriver(false) })),

  "one that answers later": () => works(createStorage({ driver: mapDriver(true) })),

  "a missing sync method says so"() {
    const storage = createStorage({ driver: mapDriver(false) });
    assert.throws(() => storage.setItemSync("a", 1), { code: "SYNC_UNSUPPORTED" });
  },

  async "what it throws reaches the caller as it is"() {
    const failure = new Error("mine");
    const driver = { ...mapDriver(false), getItem: () => Promise.reject(failure) };
    await assert.rejects(createStorage({ driver }).getItem("a"), (error) => error === failure);
  },
};
