import { readdirSync } from "node:fs";
import { createStorage, type Driver, prefixStorage } from "stowage";
import fs from "stowage/drivers/fs";
import memory from "stowage/drivers/memory";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../tools/temporary.mjs";

const STORES: Array<[string, () => Driver]> = [
  ["memory", () => memory()],
  ["fs", () => fs({ base: temporaryDirectory() })],
];

describe("keys", () => {
  it("kept: all after a question mark is dropped, so that such keys are one", async () => {
    const storage = createStorage();
    await storage.setItem("q?a", 1);
    await storage.setItem("q?b", 2);
    expect(await storage.getItem("q?a")).toBe(2);
    expect(await storage.getKeys()).toEqual(["q"]);
  });

  it("kept: a key that ends in a dollar sign is not listed, unless asked for", async () => {
    const storage = createStorage();
    await storage.setItem("price$", 1);
    expect(await storage.getKeys()).toEqual([]);
    expect(await storage.getKeys("", { meta: true })).toEqual(["price$"]);
  });

  it("a key that ends in dots was refused", async () => {
    const base = temporaryDirectory();
    const storage = createStorage({ driver: fs({ base }) });
    for (const key of ["notes:v1..", "...", "a:..b", "..a:b"]) {
      await storage.setItem(key, key);
      expect(await storage.getItem(key)).toBe(key);
    }
    expect((await storage.getKeys()).sort()).toEqual(
      ["...", "..a:b", "a:..b", "notes:v1.."].sort(),
    );
    expect(readdirSync(base).length).toBeGreaterThan(0);
  });
});

for (const [name, makeDriver] of STORES) {
  describe(`clear below a base on ${name}`, () => {
    it("cleared nothing, or everything, on the root", async () => {
      for (const clear of ["clear", "clearSync"] as const) {
        const storage = createStorage({ driver: makeDriver() });
        await storage.setItem("a:1", 1);
        await storage.setItem("b:1", 1);
        await storage[clear]("a");
        expect(await storage.getKeys()).toEqual(["b:1"]);
      }
    });

    it("cleared nothing, or everything, under a mount", async () => {
      for (const clear of ["clear", "clearSync"] as const) {
        const storage = createStorage();
        storage.mount("m", makeDriver());
        await storage.setItem("m:a:1", 1);
        await storage.setItem("m:b:1", 1);
        await storage[clear]("m:a");
        expect(await storage.getKeys()).toEqual(["m:b:1"]);
      }
    });
  });
}

describe("prefixes", () => {
  it("synchronous methods ignored the prefix, and clearSync emptied the store", async () => {
    const storage = createStorage();
    storage.setItemSync("other", 1);
    const user = prefixStorage(storage, "user");
    user.setItemSync("k", 2);
    expect(storage.getKeysSync()).toEqual(["other", "user:k"]);
    expect(user.getItemSync("k")).toBe(2);
    expect(user.getKeysSync()).toEqual(["k"]);
    user.clearSync();
    expect(storage.getKeysSync()).toEqual(["other"]);
  });

  it("clear cleared nothing", async () => {
    const storage = createStorage();
    const user = prefixStorage(storage, "user");
    await storage.setItem("other", 1);
    await user.setItem("k", 1);
    await user.clear();
    expect(await storage.getKeys()).toEqual(["other"]);
  });
});

describe("watching", () => {
  it("reported nothing for batches and for clear", async () => {
    const storage = createStorage();
    const events: string[] = [];
    await storage.watch((event, key) => events.push(`${event} ${key}`));
    await storage.setItems(["a", "b", "c"].map((key) => ({ key, value: 1 })));
    await storage.clear();
    expect(events).toEqual([
      "update a",
      "update b",
      "update c",
      "remove a",
      "remove b",
      "remove c",
    ]);
  });

  it("a batch stored undefined instead of removing", async () => {
    const storage = createStorage();
    await storage.setItem("k", 1);
    await storage.setItems([{ key: "k", value: undefined as unknown as null }]);
    expect(await storage.hasItem("k")).toBe(false);
    storage.setItemSync("k", 1);
    storage.setItemsSync([{ key: "k", value: undefined as unknown as null }]);
    expect(storage.hasItemSync("k")).toBe(false);
  });
});
