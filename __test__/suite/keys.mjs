import { describe, expect, it } from "vitest";

/** Keys that some file system, URL or shell treats specially. */
const UNUSUAL_KEYS = [
  "with space",
  "dots.in.name",
  "v1..",
  ".hidden",
  "trailing.",
  "UPPER",
  "upper",
  "ÄÖÜ-ß",
  "日本語",
  "CON",
  "nul.txt",
  "percent%20",
  "star*",
  "__proto__",
  "constructor",
  "x".repeat(300),
];

/**
 * Keys: how they are normalised, listed and told apart.
 *
 * @param {import("./context.mjs").TestContext} context
 */
export function keyTests(context) {
  /** @param {string[]} keys */
  async function fill(keys) {
    for (const key of keys) await context.storage.setItem(key, key);
  }

  describe("keys", () => {
    it("lists every key, below a base if there is one", async () => {
      await fill(["s1:a", "s2:a", "s1:b:c"]);
      expect((await context.storage.getKeys()).sort()).toEqual(["s1:a", "s1:b:c", "s2:a"]);
      expect((await context.storage.getKeys("s1")).sort()).toEqual(["s1:a", "s1:b:c"]);
      expect((await context.storage.getKeys("s1:")).sort()).toEqual(["s1:a", "s1:b:c"]);
      expect(await context.storage.getKeys("s1:b")).toEqual(["s1:b:c"]);
      expect(await context.storage.getKeys("s")).toEqual([]);
    });

    it("lists down to maxDepth separators", async () => {
      await fill(["file0", "depth1:file1", "depth1:depth2:file2"]);
      // Depth counts from the root of the storage, wherever the driver is mounted.
      const above = context.base === "" ? 0 : context.base.split(":").length;
      const upTo = async (/** @type {number} */ below) =>
        (await context.storage.getKeys(undefined, { maxDepth: above + below })).sort();
      expect(await upTo(0)).toEqual(["file0"]);
      expect(await upTo(1)).toEqual(["depth1:file1", "file0"]);
      expect(await upTo(2)).toEqual(["depth1:depth2:file2", "depth1:file1", "file0"]);
    });

    it("takes slashes and backslashes for separators and drops empty segments", async () => {
      await context.storage.setItem("/a//b\\c/", 1);
      expect(await context.storage.getKeys()).toEqual(["a:b:c"]);
      expect(await context.storage.getItem("a:b:c")).toBe(1);
      expect(await context.storage.getItem("a/b/c?query")).toBe(1);
    });

    it("refuses keys that could leave a folder", async () => {
      for (const key of ["..", "../etc", "a:..:b", "..\\b", "nul\0byte"]) {
        await expect(context.storage.setItem(key, 1), key).rejects.toThrow("Invalid key");
        await expect(context.storage.getItem(key), key).rejects.toThrow("Invalid key");
      }
      expect(await context.storage.getKeys()).toEqual([]);
    });

    it.runIf(context.features.hierarchy)(
      "keeps a value above and below the same name",
      async () => {
        await fill(["a", "a:b", "a:b:c"]);
        expect((await context.storage.getKeys()).sort()).toEqual(["a", "a:b", "a:b:c"]);
        await context.storage.removeItem("a:b");
        expect(await context.storage.getItem("a")).toBe("a");
        expect(await context.storage.getItem("a:b")).toBeNull();
        expect(await context.storage.getItem("a:b:c")).toBe("a:b:c");
      },
    );

    it("has no value at a key that only has keys below it", async () => {
      await context.storage.setItem("folder:file", 1);
      expect(await context.storage.hasItem("folder")).toBe(false);
      expect(await context.storage.getItem("folder")).toBeNull();
    });

    it.runIf(context.features.anyKey)("tells unusual keys apart", async () => {
      await fill(UNUSUAL_KEYS);
      expect((await context.storage.getKeys()).sort()).toEqual([...UNUSUAL_KEYS].sort());
      for (const key of UNUSUAL_KEYS) expect(await context.storage.getItem(key), key).toBe(key);
    });
  });
}
