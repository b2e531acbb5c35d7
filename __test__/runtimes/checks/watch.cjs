// Changes, made by this storage and by others.
"use strict";

const assert = require("node:assert").strict;
const { unlinkSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { createStorage } = require("stowage");
const fs = require("stowage/drivers/fs");

/** Collects events, and resolves `heard(event)` once that event was reported. */
function listener() {
  const events = [];
  const waiting = [];
  const call = (event, key) => {
    events.push(`${event} ${key}`);
    for (const look of waiting) look();
  };
  const heard = (event) =>
    new Promise((resolve) => {
      const look = () => events.includes(event) && resolve();
      waiting.push(look);
      look();
    });
  return { events, call, heard };
}

const hearsOthers = (options) => async (base) => {
  const storage = createStorage({ driver: fs({ base, watchOptions: options }) });
  const { call, heard } = listener();
  await storage.watch(call);
  writeFileSync(join(base, "outside"), "1");
  await heard("update outside");
  unlinkSync(join(base, "outside"));
  await heard("remove outside");
  await storage.dispose();
};

module.exports = {
  async "own changes are reported once, before the promise resolves"() {
    const storage = createStorage();
    const { events, call } = listener();
    const unwatch = await storage.watch(call);
    await storage.setItem("a", 1);
    storage.setItemSync("b", 2);
    await storage.setItems([{ key: "c", value: 3 }]);
    await storage.removeItem("a");
    assert.deepEqual(events, ["update a", "update b", "update c", "remove a"]);
    await unwatch();
    await storage.setItem("d", 4);
    assert.equal(events.length, 4);
  },

  async "own changes of files are reported once"(base) {
    const storage = createStorage({ driver: fs({ base }) });
    const { events, call } = listener();
    await storage.watch("a", call);
    await storage.setItem("a:b", 1);
    await storage.setItem("other", 1);
    storage.removeItemSync("a:b");
    assert.deepEqual(events, ["update a:b", "remove a:b"]);
    await storage.dispose();
  },

  "changes by others are reported": hearsOthers({}),

  "changes by others are reported when polling": hearsOthers({ usePolling: true, interval: 10 }),

  async "changes in new folders are reported"(base) {
    const storage = createStorage({ driver: fs({ base }) });
    const { call, heard } = listener();
    await storage.watch(call);
    await createStorage({ driver: fs({ base }) }).setItem("new:folder:a", 1);
    await heard("update new:folder:a");
    await storage.dispose();
  },

  async "watched and left again and again"(base) {
    for (let round = 0; round < 30; round += 1) {
      const storage = createStorage({ driver: fs({ base }) });
      const watching = [storage.watch(() => {}), storage.watch("a", () => {})];
      if (round % 2 === 0) await Promise.all(watching);
      for (const promise of watching) promise.catch(() => {});
      await storage.dispose();
    }
  },
};
