// Drivers at places of one storage.
"use strict";

const assert = require("node:assert").strict;
const { createStorage } = require("stowage");
const fs = require("stowage/drivers/fs");
const memory = require("stowage/drivers/memory");

module.exports = {
  async "a key belongs to the longest base"(base) {
    const storage = createStorage().mount("files", fs({ base })).mount("files:cache", memory());
    await storage.setItem("files:a", 1);
    await storage.setItem("files:cache:b", 2);
    assert.deepEqual(await createStorage({ driver: fs({ base }) }).getKeys(), ["a"]);
    assert.deepEqual((await storage.getKeys()).sort(), ["files:a", "files:cache:b"]);
    assert.equal(storage.getMount("files:cache:b").base, "files:cache:");
    assert.deepEqual(
      storage
        .getMounts()
        .map((mount) => mount.base)
        .sort(),
      ["", "files:", "files:cache:"],
    );
    await storage.dispose();
  },

  async "what was unmounted is gone, and its folder is not"(base) {
    const storage = createStorage().mount("files", fs({ base }));
    await storage.setItem("files:a", 1);
    await storage.unmount("files");
    assert.equal(await storage.getItem("files:a"), null);
    storage.mount("files", fs({ base }));
    assert.equal(storage.getItemSync("files:a"), 1);
  },

  async "mounted and unmounted again and again"(base) {
    const storage = createStorage();
    for (let round = 0; round < 50; round += 1) {
      storage.mount("files", fs({ base }));
      const write = storage.setItem("files:round", round);
      const away = storage.unmount("files");
      // The write was called first, so it is done, or it says that the driver went away.
      await write.catch((error) => assert.equal(error.code, "DISPOSED"));
      await away;
    }
    assert.deepEqual(storage.getMounts().length, 1);
  },

  async "a storage is mounted in a storage"() {
    const inner = createStorage();
    await inner.setItem("a", 1);
    const outer = createStorage().mount("inner", inner);
    assert.equal(await outer.getItem("inner:a"), 1);
    outer.setItemSync("inner:b", 2);
    assert.equal(await outer.getItem("inner:b"), 2);
    assert.equal(await inner.hasItem("b"), true);
  },
};
