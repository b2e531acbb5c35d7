// Versions of what is stored.
"use strict";

const assert = require("node:assert").strict;
const { createStorage } = require("stowage");
const fs = require("stowage/drivers/fs");

module.exports = {
  async "steps run in order, once"(base) {
    const calls = [];
    const open = () =>
      createStorage({
        driver: fs({ base }),
        version: 2,
        migrations: {
          2: async (storage) => {
            calls.push(2);
            await storage.setItem("name", (await storage.getItem("nick")).toUpperCase());
          },
          1: async (storage) => {
            calls.push(1);
            await storage.setItem("nick", "ada");
          },
        },
        migrationHooks: { afterMigration: (from, to) => void calls.push(`${from}-${to}`) },
      });
    await open().migrate();
    const again = open();
    await again.migrate();
    assert.deepEqual(calls, [1, 2, "0-2"]);
    assert.equal(await again.getItem("name"), "ADA");
    assert.equal(await again.getStorageVersion(), 2);
  },

  async "a run that failed goes on where it stopped"(base) {
    const calls = [];
    const open = (fails) =>
      createStorage({
        driver: fs({ base }),
        version: 2,
        migrations: {
          1: () => void calls.push(1),
          2: () => {
            calls.push(2);
            if (fails) throw new Error("intended");
          },
        },
      });
    await assert.rejects(open(true).migrate(), /intended/);
    await open(false).migrate();
    assert.deepEqual(calls, [1, 2, 2]);
  },
};
