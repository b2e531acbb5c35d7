import { describe, expect, it } from "vitest";

/** One of each kind of value that can be stored. */
const VALUES = {
  string: "text with “quotes”, \n line ends and \u{1F600}",
  "empty string": "",
  number: 42.5,
  zero: 0,
  "not a number": Number.NaN,
  infinity: Number.NEGATIVE_INFINITY,
  boolean: false,
  null: null,
  bigint: 12345678901234567890n,
  object: { a: 1, b: { c: [1, "2", null] }, "d.e": true },
  array: [1, [2, [3]], {}],
  "empty object": {},
  "empty array": [],
  date: new Date("2024-02-29T12:34:56.789Z"),
  expression: /a\/b+/gi,
  set: new Set([1, "2", { three: 3 }]),
  map: new Map([["k", new Date(0)]]),
  url: new URL("https://example.org/path?q=1#hash"),
  nested: { when: new Date(1), seen: new Set(["x"]), none: undefined, list: [undefined, 1n] },
};

/**
 * Values come back equal and of the same type, whatever the driver keeps.
 *
 * @param {import("./context.mjs").TestContext} context
 */
export function valueTests(context) {
  describe("values", () => {
    for (const [name, value] of Object.entries(VALUES)) {
      it(`keeps ${name}`, async () => {
        await context.storage.setItem("value", value);
        expect(await context.storage.getItem("value")).toStrictEqual(value);
        expect((await context.storage.getItems(["value"]))[0]?.value).toStrictEqual(value);
      });
    }

    it("keeps errors with message and name", async () => {
      await context.storage.setItem("error", new RangeError("too far"));
      const error = await context.storage.getItem("error");
      expect(error).toBeInstanceOf(Error);
      expect(error).toMatchObject({ name: "RangeError", message: "too far" });
    });

    it("stores what toJSON gives", async () => {
      await context.storage.setItem("json", { toJSON: () => ({ from: "toJSON" }) });
      expect(await context.storage.getItem("json")).toEqual({ from: "toJSON" });
    });

    it("refuses what cannot be stored, and keeps the old value", async () => {
      await context.storage.setItem("value", "old");
      class Instance {}
      for (const value of [() => 1, new Instance(), Symbol("s"), { deep: [() => 1] }]) {
        await expect(context.storage.setItem("value", value)).rejects.toThrow("Cannot stringify");
      }
      expect(await context.storage.getItem("value")).toBe("old");
    });

    it("does not share objects with the caller", async () => {
      const value = { list: [1] };
      await context.storage.setItem("own", value);
      value.list.push(2);
      const read = /** @type {{ list: number[] }} */ (await context.storage.getItem("own"));
      read.list.push(3);
      expect(await context.storage.getItem("own")).toEqual({ list: [1] });
    });
  });
}
