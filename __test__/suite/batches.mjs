import { describe, expect, it } from "vitest";

/**
 * Many values in one call.
 *
 * @param {import("./context.mjs").TestContext} context
 */
export function batchTests(context) {
  describe("batches", () => {
    it("reads in the order asked, with null for missing keys", async () => {
      await context.storage.setItem("b:1", "one");
      await context.storage.setItem("b:2", "two");
      const items = await context.storage.getItems(["b:2", "missing", { key: "b:1" }, "b:2"]);
      expect(items).toEqual([
        { key: "b:2", value: "two" },
        { key: "missing", value: null },
        { key: "b:1", value: "one" },
        { key: "b:2", value: "two" },
      ]);
    });

    it("writes every item", async () => {
      const items = Array.from({ length: 250 }, (_, n) => ({
        key: `batch:${n % 7}:${n}`,
        value: { n },
      }));
      await context.storage.setItems(items);
      expect(await context.storage.getItems(items.map((item) => item.key))).toEqual(items);
      expect(await context.storage.getKeys("batch")).toHaveLength(250);
    });

    it("lets the last of several values for one key win", async () => {
      await context.storage.setItems([
        { key: "same", value: 1 },
        { key: "other", value: "x" },
        { key: "same", value: 2 },
      ]);
      expect(await context.storage.getItem("same")).toBe(2);
      expect(await context.storage.getItem("other")).toBe("x");
    });

    it("takes undefined for a removal", async () => {
      await context.storage.setItem("key", 1);
      await context.storage.setItems([{ key: "key", value: undefined }]);
      expect(await context.storage.hasItem("key")).toBe(false);
    });

    it("does nothing for an empty batch", async () => {
      await context.storage.setItems([]);
      expect(await context.storage.getItems([])).toEqual([]);
    });
  });
}
