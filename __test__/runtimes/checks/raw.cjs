// Bytes, stored and given back without encoding. Electron refuses buffers of foreign memory: bytes
// are copied, which shows when the caller's buffer changes or is collected.
"use strict";

const assert = require("node:assert").strict;
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { createStorage } = require("stowage");
const fs = require("stowage/drivers/fs");

const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, index) => index);

/** Enough that no runtime keeps it inside its heap. */
const MEGABYTE = 1024 * 1024;

async function bytesComeBack(storage) {
  await storage.setItemRaw("small", ALL_BYTES);
  assert.deepEqual(Buffer.from(await storage.getItemRaw("small")), Buffer.from(ALL_BYTES));
  const large = Buffer.alloc(4 * MEGABYTE, ALL_BYTES);
  storage.setItemRawSync("large", large);
  const kept = Buffer.from(large);
  large.fill(0);
  assert.ok(kept.equals(storage.getItemRawSync("large")));
  assert.ok(kept.equals(await storage.getItemRaw("large")));
}

module.exports = {
  "bytes through memory": () => bytesComeBack(createStorage()),

  async "bytes through files, and exactly those on disk"(base) {
    await bytesComeBack(createStorage({ driver: fs({ base }) }));
    assert.deepEqual(readFileSync(join(base, "small")), Buffer.from(ALL_BYTES));
  },

  async "empty bytes are not absence"(base) {
    const storage = createStorage({ driver: fs({ base }) });
    await storage.setItemRaw("empty", new Uint8Array(0));
    assert.equal((await storage.getItemRaw("empty")).length, 0);
    assert.equal(await storage.getItemRaw("absent"), null);
  },

  async "a reader may change the bytes it was given"(base) {
    const storage = createStorage({ driver: fs({ base }) });
    await storage.setItemRaw("a", ALL_BYTES);
    (await storage.getItemRaw("a")).fill(0);
    assert.deepEqual(Buffer.from(await storage.getItemRaw("a")), Buffer.from(ALL_BYTES));
  },

  async "many large reads at once"(base) {
    const storage = createStorage({ driver: fs({ base }) });
    await storage.setItemRaw("a", Buffer.alloc(MEGABYTE, 7));
    const reads = await Promise.all(Array.from({ length: 40 }, () => storage.getItemRaw("a")));
    for (const bytes of reads) assert.ok(bytes.length === MEGABYTE && bytes[MEGABYTE - 1] === 7);
  },

  async "a pooled buffer is stored as its own part alone"() {
    const storage = createStorage();
    await storage.setItemRaw("a", Buffer.from("xyz").subarray(1, 2));
    assert.equal(Buffer.from(await storage.getItemRaw("a")).toString(), "y");
  },
};
