import { createStorage, type Storage } from "stowage";
import memory from "stowage/drivers/memory";
import { afterEach, describe, expect, it, vi } from "vitest";

afterEach(() => vi.restoreAllMocks());

/** How many texts `use` decoded. */
async function parsed(use: () => unknown): Promise<number> {
  const spy = vi.spyOn(JSON, "parse");
  await use();
  const count = spy.mock.calls.length;
  spy.mockRestore();
  return count;
}

/** Reads twice, which is when a value is kept. */
function warm(storage: Storage, key: string): void {
  storage.getItemSync(key);
  storage.getItemSync(key);
}

describe("a value that is read again and again", () => {
  it("is not decoded again, in either form", async () => {
    const storage = createStorage();
    await storage.setItem("a", { list: [1, { b: 2 }] });
    warm(storage, "a");
    const read = async () => {
      expect(storage.getItemSync("a")).toEqual({ list: [1, { b: 2 }] });
      expect(await storage.getItem("a")).toEqual({ list: [1, { b: 2 }] });
    };
    expect(await parsed(read)).toBe(0);
  });

  it("is another copy each time, all the way down", async () => {
    const storage = createStorage();
    await storage.setItem("a", { list: [[1], { b: {} }] });
    type Value = { list: [number[], { b: object }] };
    const copies = [1, 2, 3, 4].map(() => storage.getItemSync("a") as unknown as Value);
    const reachable = copies.flatMap((copy) => [
      copy,
      copy.list,
      copy.list[0],
      copy.list[1],
      copy.list[1].b,
    ]);
    expect(new Set(reachable).size).toBe(reachable.length);
  });

  it.each([
    ["text", "plain"],
    ["number", 1.5],
    ["boolean", false],
    ["null", null],
    ["empty object", {}],
    ["empty array", []],
    ["members named like indices", { 1: "a", x: "b", 0: "c" }],
  ])("keeps its kind: %s", async (_kind, value) => {
    const storage = createStorage();
    await storage.setItem("a", value);
    warm(storage, "a");
    expect(await parsed(() => expect(storage.getItemSync("a")).toStrictEqual(value))).toBe(0);
  });

  it("is decoded again after its own change only", async () => {
    const storage = createStorage();
    for (const key of ["a", "b:c"]) {
      await storage.setItem(key, { key });
      warm(storage, key);
    }
    storage.setItemSync("b/c", { key: "new" });
    expect(await parsed(() => storage.getItemSync("a"))).toBe(0);
    expect(storage.getItemSync("b:c")).toEqual({ key: "new" });
  });

  it("is decoded each time once a driver is mounted", async () => {
    const storage = createStorage();
    await storage.setItem("a", {});
    warm(storage, "a");
    storage.mount("m", memory());
    expect(await parsed(() => warm(storage, "a"))).toBe(2);
  });

  it("is refused after dispose, also by another storage over the driver", async () => {
    const driver = memory();
    const [one, two] = [createStorage({ driver }), createStorage({ driver })];
    await one.setItem("a", 1);
    warm(one, "a");
    warm(two, "a");
    const disposed = one.dispose();
    expect(() => one.getItemSync("a")).toThrow(expect.objectContaining({ code: "DISPOSED" }));
    await disposed;
    expect(() => two.getItemSync("a")).toThrow(expect.objectContaining({ code: "DISPOSED" }));
  });
});

describe("a value that a copy could not restore, or only at a high price", () => {
  const shared = { x: 1 };
  it.each([
    ["rich", { at: new Date(5) }],
    ["shared", { one: shared, two: shared }],
    ["named __proto__", JSON.parse('{"__proto__":{"a":1}}')],
    ["more than 16 members", Object.fromEntries([..."abcdefghijklmnopq"].map((at) => [at, 1]))],
    ["deep", [[[[[1]]]]]],
    ["long", "x".repeat(5000)],
  ])("is decoded each time: %s", async (_kind, value) => {
    const storage = createStorage();
    await storage.setItem("a", value);
    warm(storage, "a");
    expect(await parsed(() => expect(storage.getItemSync("a")).toEqual(value))).toBe(1);
    const [one, two] = [1, 2].map(() => storage.getItemSync("a"));
    expect(one).toEqual(two);
  });

  it("keeps the identity of its parts", async () => {
    const storage = createStorage();
    await storage.setItem("a", { one: shared, two: shared });
    warm(storage, "a");
    const value = storage.getItemSync("a") as unknown as { one: object; two: object };
    expect(value.one).toBe(value.two);
  });
});
