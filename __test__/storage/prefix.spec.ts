import { createStorage, prefixStorage, type Storage } from "stowage";
import memory from "stowage/drivers/memory";
import { describe, expect, it } from "vitest";

/** Methods whose first argument is a key. */
const KEYED =
  `hasItem getItem setItem getItemRaw setItemRaw removeItem getMeta setMeta removeMeta get set has
  del remove hasItemSync getItemSync setItemSync getItemRawSync setItemRawSync removeItemSync getMetaSync
  setMetaSync removeMetaSync getSync setSync hasSync delSync removeSync _setItemInternal compareAndSet
  compareAndSetSync increment incrementSync update updateSync createReadStream
  createWriteStream`.split(/\s+/);
/** Methods whose first argument is a base. */
const BASED =
  `getKeys keys clear flush getKeysSync keysSync clearSync flushSync mount unmount getMount
  getMounts`.split(/\s+/);
/** Methods whose first argument is a list of keys or items. */
const BATCHED =
  `getItems setItems getItemsSync setItemsSync _getItemsInternal _setItemsInternal`.split(/\s+/);
/** Methods that report keys. */
const WATCHING = ["watch", "unwatch"];
/** Methods that give keys, or something that takes keys. */
const WALKING = ["entries", "transaction", "transactionSync"];
/** Methods that are about the storage as a whole, and have nothing to prefix. */
const WHOLE = ["dispose", "migrate", "getStorageVersion"];

describe("prefixStorage", () => {
  it("is known to this test method by method", () => {
    const classified = [...KEYED, ...BASED, ...BATCHED, ...WATCHING, ...WALKING, ...WHOLE].sort();
    const methods = Object.entries(createStorage())
      .filter(([, value]) => typeof value === "function")
      .map(([name]) => name);
    expect(methods.sort()).toEqual(classified);
    expect(Object.keys(prefixStorage(createStorage(), "p")).sort()).toEqual(classified);
  });

  it("wraps every method that takes or gives keys", () => {
    const storage = createStorage() as unknown as Record<string, unknown>;
    const prefixed = prefixStorage(createStorage(), "p") as unknown as Record<string, unknown>;
    for (const name of [...KEYED, ...BASED, ...BATCHED, ...WATCHING, ...WALKING]) {
      expect(prefixed[name], name).toBeTypeOf("function");
      expect(prefixed[name], name).not.toBe(storage[name]);
    }
  });

  it("reads and writes below its base only, by every keyed method", async () => {
    const storage = createStorage();
    const user = prefixStorage(storage, "user");
    for (const set of ["setItem", "set", "setItemSync", "setSync", "_setItemInternal"] as const) {
      await (user[set] as Storage["setItem"])("k", set);
      expect(storage.getItemSync("user:k"), set).toBe(set);
      expect(storage.hasItemSync("k"), set).toBe(false);
    }
    storage.setItemSync("user:k", "inside");
    storage.setItemSync("k", "outside");
    for (const get of ["getItem", "get", "getItemSync", "getSync"] as const) {
      expect(await (user[get] as Storage["getItem"])("k"), get).toBe("inside");
    }
    storage.removeItemSync("k");
    for (const has of ["hasItem", "has", "hasItemSync", "hasSync"] as const) {
      expect(await user[has]("k"), has).toBe(true);
    }
    for (const remove of [
      "removeItem",
      "del",
      "remove",
      "removeItemSync",
      "delSync",
      "removeSync",
    ] as const) {
      storage.setItemSync("k", "outside");
      storage.setItemSync("user:k", "inside");
      await user[remove]("k");
      expect(storage.getKeysSync(), remove).toEqual(["k"]);
    }
  });

  it("keeps raw values and metadata below its base", async () => {
    const storage = createStorage();
    const user = prefixStorage(storage, "user");
    await user.setItemRaw("raw", "text");
    expect(await storage.getItemRaw("user:raw")).toBe("text");
    user.setItemRawSync("raw", "sync");
    expect(user.getItemRawSync("raw")).toBe("sync");
    expect(await user.getItemRaw("raw")).toBe("sync");

    await user.setMeta("raw", { owner: "ann" });
    expect(await storage.getMeta("user:raw")).toMatchObject({ owner: "ann" });
    expect(user.getMetaSync("raw")).toMatchObject({ owner: "ann" });
    user.setMetaSync("raw", { owner: "ben" });
    expect(await user.getMeta("raw")).toMatchObject({ owner: "ben" });
    await user.removeMeta("raw");
    expect(await storage.getMeta("user:raw")).not.toHaveProperty("owner");
    user.setMetaSync("raw", { owner: "cat" });
    user.removeMetaSync("raw");
    expect(storage.getKeysSync("", { meta: true })).toEqual(["user:raw"]);
  });

  it("lists keys without the prefix", async () => {
    const storage = createStorage();
    const user = prefixStorage(storage, "user");
    for (const key of ["user:a", "user:b:c", "users:x", "z"]) storage.setItemSync(key, 1);
    for (const list of ["getKeys", "keys", "getKeysSync", "keysSync"] as const) {
      expect([...(await user[list]())].sort(), list).toEqual(["a", "b:c"]);
      expect(await user[list]("b"), list).toEqual(["b:c"]);
    }
    expect(await user.getKeys("", { maxDepth: 1 })).toEqual(["a"]);
  });

  it("batches below its base, and names keys without the prefix", async () => {
    const storage = createStorage();
    const user = prefixStorage(storage, "user");
    for (const set of ["setItems", "setItemsSync", "_setItemsInternal"] as const) {
      await (user[set] as Storage["setItems"])([{ key: "k", value: set }]);
      expect(storage.getItemSync("user:k")).toBe(set);
    }
    storage.setItemSync("user:k", 1);
    for (const get of ["getItems", "getItemsSync", "_getItemsInternal"] as const) {
      expect(await (user[get] as Storage["getItems"])(["none", { key: "k" }]), get).toEqual([
        { key: "none", value: null },
        { key: "k", value: 1 },
      ]);
    }
    expect(storage.getKeysSync()).toEqual(["user:k"]);
  });

  it("clears below its base only", async () => {
    const storage = createStorage();
    const user = prefixStorage(storage, "user");
    for (const clear of ["clear", "clearSync"] as const) {
      for (const key of ["user:a", "user:b:c", "other"]) storage.setItemSync(key, 1);
      await user[clear]("b");
      expect(storage.getKeysSync().sort(), clear).toEqual(["other", "user:a"]);
      await user[clear]();
      expect(storage.getKeysSync(), clear).toEqual(["other"]);
    }
  });

  it("mounts below its base", async () => {
    const storage = createStorage();
    const user = prefixStorage(storage, "user");
    const driver = memory();
    user.mount("m", driver);
    expect(storage.getMount("user:m").driver).toBe(driver);
    expect(user.getMount("m").driver).toBe(driver);
    expect(user.getMounts("m")[0]?.driver).toBe(driver);
    await user.unmount("m");
    expect(storage.getMount("user:m").base).toBe("");
  });

  it("reports changes below its base, without the prefix", async () => {
    const storage = createStorage();
    const user = prefixStorage(storage, "user");
    const events: string[] = [];
    const stop = await user.watch((event, key) => events.push(`${event} ${key}`));
    await storage.setItem("user:a", 1);
    await storage.setItem("other", 1);
    user.removeItemSync("a");
    expect(events).toEqual(["update a", "remove a"]);
    await stop();
    await user.setItem("a", 1);
    expect(events).toHaveLength(2);
  });

  it("unwatches its own listeners only", async () => {
    const storage = createStorage();
    const user = prefixStorage(storage, "user");
    const events: string[] = [];
    await storage.watch((_event, key) => events.push(`root ${key}`));
    await user.watch((_event, key) => events.push(`user ${key}`));
    await user.unwatch();
    await storage.setItem("user:a", 1);
    expect(events).toEqual(["root user:a"]);
    await storage.unwatch();
  });

  it("nests, and is the storage itself for an empty base", async () => {
    const storage = createStorage();
    const deep = prefixStorage(prefixStorage(storage, "a"), "b");
    await deep.setItem("c", 1);
    expect(await storage.getKeys()).toEqual(["a:b:c"]);
    expect(await deep.getKeys()).toEqual(["c"]);
    expect(prefixStorage(storage, "")).toBe(storage);
  });

  it("cannot be left by dots", async () => {
    const storage = createStorage();
    storage.setItemSync("secret", 1);
    const user = prefixStorage(storage, "user");
    await expect(user.getItem("../secret")).rejects.toMatchObject({ code: "INVALID_KEY" });
    expect(() => user.getItemSync("..:secret")).toThrow("Invalid key");
  });

  it("keeps the types of values", async () => {
    const user = prefixStorage(createStorage(), "user");
    await user.setItem("when", new Date(5));
    expect(await user.getItem("when")).toEqual(new Date(5));
  });
});
