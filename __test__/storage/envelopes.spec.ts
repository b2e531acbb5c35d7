import { createStorage } from "stowage";
import { describe, expect, it } from "vitest";

/** Plain values cross the border without their envelope, so a text may look like what it is not. */
const READABLE: [what: string, text: string, value: unknown][] = [
  ["an envelope", '{"json":{"a":1}}', { a: 1 }],
  ["an envelope after spaces", '  {"json":1}', 1],
  ["bare JSON after a space", " 5", 5],
  ["a value that looks like an envelope", '{"json":{"json":1}}', { json: 1 }],
  ["a value that looks like one with a space", '{"json":{ "json":1}}', { json: 1 }],
  ["a value that looks like one with an escape", '{"json":{"\\u006ason":1}}', { json: 1 }],
  ["a value with space before it", '{"json": [1]}', [1]],
  ["an object with one member more", '{"json":1,"x":2}', { json: 1, x: 2 }],
  ["a text that speaks of annotations", '{"json":"\\"meta\\":"}', '"meta":'],
  ["letters beyond ASCII", '{"json":"é ☃ 𝄞"}', "é ☃ 𝄞"],
];

const CORRUPT = ['{"json":1}2}', '{"json":}', '{"json":1,}', " ", '{"json":', '{"json":[1}}'];

describe("stored texts", () => {
  it.each(READABLE)("read: %s", async (_what, text, value) => {
    const storage = createStorage();
    await storage.setItemRaw("k", text);
    expect(storage.getItemSync("k")).toEqual(value);
    expect(await storage.getItem("k")).toEqual(value);
    expect(await storage.getItemRaw("k")).toBe(text);
    expect(await storage.getItems(["k", "k"])).toEqual([
      { key: "k", value },
      { key: "k", value },
    ]);
  });

  it.each(CORRUPT)("refused: %s", async (text) => {
    const storage = createStorage();
    await storage.setItemRaw("k", text);
    await storage.setItem("good", 1);
    const error = { code: "CORRUPT", key: "k", driver: "memory" };
    expect(() => storage.getItemSync("k")).toThrow(expect.objectContaining(error));
    await expect(storage.getItem("k")).rejects.toMatchObject(error);
    await expect(storage.getItems(["good", "k", "good"])).rejects.toMatchObject(error);
  });
});

describe("a batch of several chunks", () => {
  const keys = Array.from({ length: 1500 }, (_, index) => `k:${index}`);
  const plain = (index: number) => ({ index, text: `},"[${index}]\\`, list: [[], {}, "é"] });
  const rich = (index: number) => ({ index, when: new Date(index) });
  const valueAt = (index: number) => (index === 700 ? rich(index) : plain(index));
  const items = keys.map((key, index) => ({ key, value: valueAt(index) }));

  it("comes back in order, also if one of its values is rich", async () => {
    const storage = createStorage();
    await storage.setItems(items);
    expect(await storage.getItems(keys)).toEqual(items);
    expect(await storage.getItem("k:3")).toEqual(plain(3));
    expect(await storage.getItemRaw("k:3")).toBe(`{"json":${JSON.stringify(plain(3))}}`);
  });

  it("names the key that is corrupt, and is lenient if asked to be", async () => {
    const strict = createStorage();
    const lenient = createStorage({ onCorrupt: "null" });
    for (const storage of [strict, lenient]) {
      await storage.setItems(items);
      await storage.setItemRaw("k:1200", '{"json":[}');
      await storage.removeItem("k:1201");
    }
    await expect(strict.getItems(keys)).rejects.toMatchObject({ code: "CORRUPT", key: "k:1200" });
    const values = (await lenient.getItems(keys)).map(({ value }) => value);
    expect(values[1200]).toBeNull();
    expect(values[1201]).toBeNull();
    expect(values[1499]).toEqual(plain(1499));
  });

  it("names the key that cannot be stored, and stores nothing", async () => {
    const storage = createStorage();
    const wrong = items.map((item, index) => (index === 900 ? { ...item, value: () => 1 } : item));
    await expect(storage.setItems(wrong as typeof items)).rejects.toMatchObject({
      code: "UNSERIALIZABLE",
      key: "k:900",
    });
    expect(await storage.getKeys()).toEqual([]);
  });
});
