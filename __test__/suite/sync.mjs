import { describe, expect, it } from "vitest";

/**
 * The synchronous methods do what their asynchronous twins do.
 *
 * @param {import("./context.mjs").TestContext} context
 */
export function syncTests(context) {
  describe("synchronous calls", () => {
    it("write, read and remove", () => {
      const { storage } = context;
      storage.setItemSync("sync:a", { n: 1 });
      expect(storage.hasItemSync("sync:a")).toBe(true);
      expect(storage.getItemSync("sync:a")).toEqual({ n: 1 });
      expect(storage.getKeysSync("sync")).toEqual(["sync:a"]);
      storage.removeItemSync("sync:a");
      expect(storage.hasItemSync("sync:a")).toBe(false);
      expect(storage.getItemSync("sync:a")).toBeNull();
    });

    it("see asynchronous writes, and the other way round", async () => {
      await context.storage.setItem("x", "async");
      expect(context.storage.getItemSync("x")).toBe("async");
      context.storage.setItemSync("x", "sync");
      expect(await context.storage.getItem("x")).toBe("sync");
    });

    it("see an asynchronous write that was not waited for", async () => {
      const writing = context.storage.setItem("x", "async");
      context.storage.setItemSync("x", "sync");
      await writing;
      expect(await context.storage.getItem("x")).toBe("sync");
    });

    it("batch in the order asked", () => {
      context.storage.setItemsSync([
        { key: "b:1", value: 1 },
        { key: "b:2", value: new Date(2) },
      ]);
      expect(context.storage.getItemsSync(["b:2", "none", { key: "b:1" }])).toEqual([
        { key: "b:2", value: new Date(2) },
        { key: "none", value: null },
        { key: "b:1", value: 1 },
      ]);
    });

    it("handle raw values", () => {
      context.storage.setItemRawSync("raw", "text");
      expect(String(context.storage.getItemRawSync("raw"))).toBe("text");
      expect(context.storage.getItemRawSync("missing")).toBeNull();
    });

    it("handle metadata", () => {
      context.storage.setItemSync("doc", 1);
      context.storage.setMetaSync("doc", { owner: "ann" });
      expect(context.storage.getMetaSync("doc")).toMatchObject({ owner: "ann" });
      context.storage.removeMetaSync("doc");
      expect(context.storage.getMetaSync("doc")).not.toHaveProperty("owner");
    });

    it("clear below a base", () => {
      context.storage.setItemSync("a:1", 1);
      context.storage.setItemSync("b:1", 1);
      context.storage.clearSync("a");
      expect(context.storage.getKeysSync()).toEqual(["b:1"]);
      context.storage.clearSync();
      expect(context.storage.getKeysSync()).toEqual([]);
    });
  });
}

/**
 * A driver without synchronous methods says so instead of returning something wrong.
 *
 * @param {import("./context.mjs").TestContext} context
 */
export function withoutSyncTests(context) {
  it("throws for synchronous calls", () => {
    const { storage } = context;
    expect(() => storage.setItemSync("a", 1)).toThrow("ynchronous");
    expect(() => storage.getItemSync("a")).toThrow("ynchronous");
    expect(() => storage.hasItemSync("a")).toThrow("ynchronous");
    expect(() => storage.getKeysSync()).toThrow("ynchronous");
    expect(() => storage.removeItemSync("a")).toThrow("ynchronous");
  });
}
