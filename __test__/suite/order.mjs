import { describe, expect, it } from "vitest";

/**
 * Calls that are made without waiting take effect in the order of the calls.
 *
 * @param {import("./context.mjs").TestContext} context
 */
export function orderTests(context) {
  describe("order", () => {
    it("lets the last of several writes at once win", async () => {
      for (let round = 0; round < 10; round++) {
        const writes = Array.from({ length: 8 }, (_, n) =>
          context.storage.setItem("contended", `${n}:`.padEnd((8 - n) * 300, "x")),
        );
        await Promise.all(writes);
        expect(await context.storage.getItem("contended")).toBe("7:".padEnd(300, "x"));
      }
    });

    it("keeps the order of writes and removals of one key", async () => {
      await Promise.all([context.storage.setItem("key", 1), context.storage.removeItem("key")]);
      expect(await context.storage.hasItem("key")).toBe(false);
      await Promise.all([context.storage.removeItem("key"), context.storage.setItem("key", 2)]);
      expect(await context.storage.getItem("key")).toBe(2);
    });

    it("never shows a value half written", async () => {
      const [a, b] = ["a".repeat(50_000), "b".repeat(70_000)];
      await context.storage.setItem("big", a);
      for (let round = 0; round < 20; round++) {
        const writing = context.storage.setItem("big", round % 2 ? a : b);
        const seen = await context.storage.getItem("big");
        expect(seen === a || seen === b).toBe(true);
        await writing;
      }
    });
  });
}
