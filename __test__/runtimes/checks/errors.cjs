// Failures: coded errors, in promises and thrown, never values.
"use strict";

const assert = require("node:assert").strict;
const { mkdirSync, symlinkSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { createStorage, StorageError } = require("stowage");
const fs = require("stowage/drivers/fs");

/** Checks both forms of a failure. */
async function fails(code, fields, later, now) {
  const right = (error) => {
    assert.ok(error instanceof StorageError, String(error));
    assert.ok(error instanceof Error);
    assert.equal(error.code, code);
    for (const [name, value] of Object.entries(fields)) assert.equal(error[name], value);
    return true;
  };
  await assert.rejects(later, right);
  assert.throws(now, right);
}

module.exports = {
  async "a key that leads out is refused"() {
    const storage = createStorage();
    await fails(
      "INVALID_KEY",
      {},
      async () => storage.getItem("a:..:b"),
      () => storage.getItemSync("a:..:b"),
    );
  },

  async "a value that cannot be stored is refused"() {
    const storage = createStorage();
    const value = { run: () => 1 };
    await fails(
      "UNSERIALIZABLE",
      { key: "a" },
      async () => storage.setItem("a", value),
      () => storage.setItemSync("a", value),
    );
  },

  async "corruption is not absence"(base) {
    const storage = createStorage({ driver: fs({ base }) });
    writeFileSync(join(base, "a"), '{"json":{"n":');
    await fails(
      "CORRUPT",
      { key: "a" },
      async () => storage.getItem("a"),
      () => storage.getItemSync("a"),
    );
  },

  async "a link that leads out is refused"(base) {
    if (process.platform === "win32") return;
    const inside = join(base, "inside");
    mkdirSync(inside);
    writeFileSync(join(base, "secret"), "secret");
    symlinkSync(join(base, "secret"), join(inside, "a"));
    const storage = createStorage({ driver: fs({ base: inside }) });
    await fails(
      "OUTSIDE_BASE",
      { key: "a", driver: "fs" },
      async () => storage.getItem("a"),
      () => storage.getItemSync("a"),
    );
  },

  async "what the system refuses keeps its name"(base) {
    writeFileSync(join(base, "file"), "");
    const storage = createStorage({ driver: fs({ base: join(base, "file") }) });
    await assert.rejects(storage.setItem("a", 1), (error) => {
      assert.ok(error instanceof StorageError);
      assert.match(error.code, /^(ENOTDIR|EEXIST)$/);
      return true;
    });
  },

  "a wrong option is refused"() {
    assert.throws(() => fs({}), { code: "MISSING_OPTION" });
    assert.throws(() => fs({ base: "x", atomic: "yes" }), { code: "INVALID_OPTION" });
    const storage = createStorage().mount("a", createStorage());
    assert.throws(() => storage.mount("a", createStorage()), { code: "ALREADY_MOUNTED" });
  },

  async "a disposed storage says so"() {
    const storage = createStorage();
    await storage.dispose();
    await fails(
      "DISPOSED",
      {},
      async () => storage.getItem("a"),
      () => storage.getItemSync("a"),
    );
  },
};
