import { describe, expect, it } from "vitest";

/**
 * Metadata that the user sets. Native metadata (sizes, times) differs by driver.
 *
 * @param {import("./context.mjs").TestContext} context
 */
export function metaTests(context) {
  describe("metadata", () => {
    it("reads what was set, and not as an item", async () => {
      await context.storage.setItem("doc", 1);
      await context.storage.setMeta("doc", { owner: "ann", ttl: 60 });
      expect(await context.storage.getMeta("doc")).toMatchObject({ owner: "ann", ttl: 60 });
      expect(await context.storage.getKeys()).toEqual(["doc"]);
      expect((await context.storage.getKeys("", { meta: true })).sort()).toEqual(["doc", "doc$"]);
    });

    it("leaves out what was set when asked for native metadata only", async () => {
      await context.storage.setItem("doc", 1);
      await context.storage.setMeta("doc", { owner: "ann" });
      expect(await context.storage.getMeta("doc", { nativeOnly: true })).not.toHaveProperty(
        "owner",
      );
      expect(await context.storage.getMeta("doc", true)).not.toHaveProperty("owner");
    });

    it("is removed by removeMeta, and with the item when asked", async () => {
      await context.storage.setItem("doc", 1);
      await context.storage.setMeta("doc", { owner: "ann" });
      await context.storage.removeMeta("doc");
      expect(await context.storage.getMeta("doc")).not.toHaveProperty("owner");

      await context.storage.setMeta("doc", { owner: "ben" });
      await context.storage.removeItem("doc");
      expect(await context.storage.getMeta("doc")).toHaveProperty("owner", "ben");
      await context.storage.removeItem("doc", { removeMeta: true });
      expect(await context.storage.getMeta("doc")).not.toHaveProperty("owner");
    });

    it("is nothing for a missing key", async () => {
      expect({ ...(await context.storage.getMeta("missing")) }).toEqual({});
    });

    it("is cleared with the items below a base", async () => {
      await context.storage.setItem("a:doc", 1);
      await context.storage.setMeta("a:doc", { owner: "ann" });
      await context.storage.clear("a");
      expect(await context.storage.getKeys("", { meta: true })).toEqual([]);
    });
  });
}
