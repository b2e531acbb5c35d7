import { describe, expect, it } from "vitest";

/**
 * Single values: what is set is read, replaced as a whole, and gone once removed.
 *
 * @param {import("./context.mjs").TestContext} context
 */
export function itemTests(context) {
  describe("items", () => {
    it("has no value under a missing key", async () => {
      expect(await context.storage.hasItem("missing")).toBe(false);
      expect(await context.storage.getItem("missing")).toBeNull();
      expect(await context.storage.getItemRaw("missing")).toBeNull();
    });

    it("reads what was set", async () => {
      await context.storage.setItem("s1:a", "test_data");
      expect(await context.storage.hasItem("s1:a")).toBe(true);
      expect(await context.storage.getItem("s1:a")).toBe("test_data");
      expect(await context.storage.getItem("/s1/a")).toBe("test_data");
    });

    it("replaces a value as a whole, by longer and by shorter ones", async () => {
      for (const length of [10, 5000, 3, 100_000, 1]) {
        await context.storage.setItem("replaced", "x".repeat(length));
        expect(await context.storage.getItem("replaced")).toBe("x".repeat(length));
      }
    });

    it("removes a value", async () => {
      await context.storage.setItem("gone", 1);
      await context.storage.removeItem("gone");
      expect(await context.storage.hasItem("gone")).toBe(false);
      expect(await context.storage.getItem("gone")).toBeNull();
      expect(await context.storage.getKeys()).toEqual([]);
    });

    it("takes the removal of a missing key for done", async () => {
      await expect(context.storage.removeItem("never-set")).resolves.toBeUndefined();
    });

    it("removes when undefined is set", async () => {
      await context.storage.setItem("key", 1);
      await context.storage.setItem("key", undefined);
      expect(await context.storage.hasItem("key")).toBe(false);
    });

    it("clears everything", async () => {
      await context.storage.setItem("s1:a", 1);
      await context.storage.setItem("s2:a:b", 2);
      await context.storage.clear();
      expect(await context.storage.getKeys()).toEqual([]);
      expect(await context.storage.getItem("s1:a")).toBeNull();
    });

    it("clears below a base only", async () => {
      await context.storage.setItem("a:1", 1);
      await context.storage.setItem("a:2:x", 2);
      await context.storage.setItem("ab:1", 3);
      await context.storage.clear("a");
      expect(await context.storage.getKeys()).toEqual(["ab:1"]);
    });

    it("can be used again after clear", async () => {
      await context.storage.setItem("a:1", 1);
      await context.storage.clear();
      await context.storage.setItem("a:1", 2);
      expect(await context.storage.getItem("a:1")).toBe(2);
    });

    it.runIf(context.features.persistent)("keeps values for the next driver", async () => {
      await context.storage.setItem("kept:a", { deep: [1, 2, 3] });
      const reopened = await context.reopen();
      expect(await reopened.getItem("kept:a")).toEqual({ deep: [1, 2, 3] });
    });
  });
}
