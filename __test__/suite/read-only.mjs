import { describe, expect, it } from "vitest";

/**
 * A driver without writes ignores them without an error, and never pretends to have stored anything.
 *
 * @param {import("./context.mjs").TestContext} context
 */
export function readOnlyTests(context) {
  describe("read-only", () => {
    it("has nothing under a missing key", async () => {
      expect(await context.storage.hasItem("missing")).toBe(false);
      expect(await context.storage.getItem("missing")).toBeNull();
      expect(await context.storage.getItems(["missing"])).toEqual([
        { key: "missing", value: null },
      ]);
    });

    it("ignores writes", async () => {
      const before = await context.storage.getKeys();
      await context.storage.setItem("new", 1);
      await context.storage.setItems([{ key: "new", value: 1 }]);
      await context.storage.setItemRaw("new", "x");
      await context.storage.removeItem("new");
      await context.storage.clear();
      expect(await context.storage.getItem("new")).toBeNull();
      expect(await context.storage.getKeys()).toEqual(before);
    });
  });
}
