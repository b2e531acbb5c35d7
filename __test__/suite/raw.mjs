import { describe, expect, it } from "vitest";

/**
 * Raw values: no encoding, bytes stay bytes.
 *
 * @param {import("./context.mjs").TestContext} context
 */
export function rawTests(context) {
  describe("raw values", () => {
    it("keeps text", async () => {
      await context.storage.setItemRaw("text", "plain text");
      expect(await context.storage.hasItem("text")).toBe(true);
      expect(asText(await context.storage.getItemRaw("text"))).toBe("plain text");
    });

    it.runIf(context.features.binary)("keeps every byte", async () => {
      const bytes = Uint8Array.from({ length: 1024 }, (_, n) => (n * 7) % 256);
      await context.storage.setItemRaw("bytes", bytes);
      const read = await context.storage.getItemRaw("bytes");
      expect(read).toBeInstanceOf(Uint8Array);
      expect(Buffer.compare(read, bytes)).toBe(0);
    });

    it.runIf(context.features.binary)("keeps its own copy of bytes", async () => {
      const bytes = Buffer.from([1, 2, 3]);
      const done = context.storage.setItemRaw("bytes", bytes);
      bytes.fill(9);
      await done;
      expect([...(await context.storage.getItemRaw("bytes"))]).toEqual([1, 2, 3]);
    });

    it.runIf(context.features.emptyRaw)("tells empty from missing", async () => {
      await context.storage.setItemRaw("empty", "");
      expect(await context.storage.hasItem("empty")).toBe(true);
      expect(asText(await context.storage.getItemRaw("empty"))).toBe("");
      await context.storage.setItemRaw("braces", "{}");
      expect(asText(await context.storage.getItemRaw("braces"))).toBe("{}");
    });

    it("removes when undefined is set", async () => {
      await context.storage.setItemRaw("key", "x");
      await context.storage.setItemRaw("key", undefined);
      expect(await context.storage.hasItem("key")).toBe(false);
    });

    it("lists and clears raw values like others", async () => {
      await context.storage.setItemRaw("raw:a", "x");
      expect(await context.storage.getKeys("raw")).toEqual(["raw:a"]);
      await context.storage.clear("raw");
      expect(await context.storage.getItemRaw("raw:a")).toBeNull();
    });
  });
}

/**
 * Stores that cannot tell text from bytes give bytes.
 *
 * @param {unknown} value
 */
function asText(value) {
  return value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : value;
}
