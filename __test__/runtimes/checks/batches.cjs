// Several items in one call.
"use strict";

const assert = require("node:assert").strict;
const { createStorage } = require("stowage");
const fs = require("stowage/drivers/fs");

const ITEMS = Array.from({ length: 500 }, (_, index) => ({
  key: `group:${index % 7}:item${index}`,
  value: { index, list: [index, null, "ä"] },
}));
const KEYS = ITEMS.map(({ key }) => key);

async function batches(storage) {
  await storage.setItems(ITEMS);
  assert.deepEqual(await storage.getItems(KEYS), ITEMS);
  assert.deepEqual(storage.getItemsSync([...KEYS].reverse()), [...ITEMS].reverse());
  assert.deepEqual([...(await storage.getKeys())].sort(), [...KEYS].sort());
  const absent = await storage.getItems(["group:0:item0", "absent"]);
  assert.deepEqual(
    absent.map(({ value }) => value),
    [ITEMS[0].value, null],
  );
}

module.exports = {
  "through memory": () => batches(createStorage()),

  "through files": (base) => batches(createStorage({ driver: fs({ base }) })),

  "sync, over several mounts"(base) {
    const storage = createStorage().mount("group:1", fs({ base }));
    storage.setItemsSync(ITEMS);
    assert.deepEqual(storage.getItemsSync(KEYS), ITEMS);
  },

  async "an empty batch is done at once"() {
    const storage = createStorage();
    await storage.setItems([]);
    assert.deepEqual(await storage.getItems([]), []);
  },
};
