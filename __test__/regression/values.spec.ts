import { createStorage, type StorageValue } from "stowage";
import memory from "stowage/drivers/memory";
import { describe, expect, it } from "vitest";

/** Stores and reads back. */
async function roundTrip<T>(value: T): Promise<T> {
  const storage = createStorage();
  await storage.setItem("v", value as StorageValue);
  return (await storage.getItem("v")) as T;
}

/** The predecessor refused, changed or shared values in each of these. */
describe("values", () => {
  it("bytes at the top came back as an object, or threw", async () => {
    const buffer = await roundTrip(Buffer.from([1, 2, 255]));
    expect(Buffer.isBuffer(buffer)).toBe(true);
    expect([...buffer]).toEqual([1, 2, 255]);
    const bytes = await roundTrip(new Uint8Array([1, 2, 255]));
    expect(Buffer.isBuffer(bytes)).toBe(false);
    expect(bytes).toEqual(new Uint8Array([1, 2, 255]));
    const whole = await roundTrip(new Uint8Array([4, 5]).buffer);
    expect(whole).toBeInstanceOf(ArrayBuffer);
    expect([...new Uint8Array(whole)]).toEqual([4, 5]);
  });

  it("bytes inside a value did not come back", async () => {
    const value = await roundTrip({ deep: [Buffer.from("b"), new Uint8Array([7])] });
    expect(Buffer.isBuffer(value.deep[0])).toBe(true);
    expect(value.deep[1]).toEqual(new Uint8Array([7]));
  });

  it("keys named constructor, prototype or __proto__ threw", async () => {
    const text = '{"constructor":1,"prototype":{"x":2},"__proto__":{"polluted":3},"when":4}';
    const value = await roundTrip(JSON.parse(text));
    expect(Object.keys(value)).toEqual(["constructor", "prototype", "__proto__", "when"]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.getOwnPropertyDescriptor(value, "__proto__")?.value).toEqual({ polluted: 3 });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    const rich = await roundTrip({ ...JSON.parse(text), date: new Date(1) });
    expect(rich.constructor).toBe(1);
    expect(rich.date).toEqual(new Date(1));
  });

  it("a class instance threw at the top and was flattened inside", async () => {
    class Session {
      id = 1;
    }
    for (const [value, path] of [
      [new Session(), ""],
      [{ user: { session: new Session() } }, "user.session"],
      [[1, [new Session()]], "1"],
      [new Map([["k", new Session()]]), ""],
    ] as const) {
      const failure = await roundTrip(value).catch((error: Error) => error);
      expect(failure).toMatchObject({ code: "UNSERIALIZABLE" });
      expect((failure as Error).message).toContain("Cannot stringify value!");
      expect((failure as Error).message).toContain(path);
    }
  });

  it("kept: an object without a prototype comes back as a plain object", async () => {
    const bare = Object.assign(Object.create(null), { a: 1 });
    const value = await roundTrip(bare);
    expect(value).toEqual({ a: 1 });
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it("kept: cycles and shared references, with their identity", async () => {
    interface Node {
      name: string;
      self?: Node;
    }
    const node: Node = { name: "n" };
    node.self = node;
    const cyclic = await roundTrip(node);
    expect(cyclic.self).toBe(cyclic);
    const shared = { n: 1 };
    const twice = await roundTrip({ a: shared, b: [shared], c: new Set([shared]) });
    expect(twice.b[0]).toBe(twice.a);
    expect([...twice.c][0]).toEqual(twice.a);
  });

  it("an error lost its cause and code", async () => {
    const cause = new TypeError("inner");
    const error = Object.assign(new RangeError("outer", { cause }), { code: "E_RANGE" });
    const read = await roundTrip(error);
    expect(read).toBeInstanceOf(Error);
    expect(read).toMatchObject({ name: "RangeError", message: "outer", code: "E_RANGE" });
    expect(read.cause).toMatchObject({ name: "TypeError", message: "inner" });
  });

  it("kept: numbers that JSON does not know, and undefined in arrays", async () => {
    const value = await roundTrip([Number.NaN, -0, 0, Infinity, -Infinity, undefined, null]);
    expect(value).toStrictEqual([Number.NaN, -0, 0, Infinity, -Infinity, undefined, null]);
    expect(Object.is(value[1], -0)).toBe(true);
    expect(Object.is(await roundTrip(-0), -0)).toBe(true);
  });

  it("a hole in an array became null", async () => {
    // biome-ignore lint/suspicious/noSparseArray: the hole is what is tested.
    const value = await roundTrip([1, , 3]);
    expect(value).toHaveLength(3);
    expect(value[1]).toBeUndefined();
    expect(value[2]).toBe(3);
  });

  it("kept: keys with dots and backslashes beside rich values", async () => {
    const value = { "a.b": new Date(1), "c\\d": new Set([1]), "e\\.f": { "g.h": 1n }, "": /x/ };
    expect(await roundTrip(value)).toStrictEqual(value);
  });

  it("a change of raw bytes by the caller changed the stored value", async () => {
    const storage = createStorage({ driver: memory() });
    const bytes = new Uint8Array([1, 2, 3]);
    storage.setItemRawSync("sync", bytes);
    const writing = storage.setItemRaw("async", bytes);
    bytes.fill(0);
    await writing;
    expect([...storage.getItemRawSync("sync")]).toEqual([1, 2, 3]);
    expect([...(await storage.getItemRaw("async"))]).toEqual([1, 2, 3]);
  });

  it("text that is no JSON read as missing", async () => {
    const storage = createStorage();
    await storage.setItemRaw("k", "plain");
    await expect(storage.getItem("k")).rejects.toMatchObject({ code: "CORRUPT", key: "k" });
    await storage.setItemRaw("json", '{"a":1}');
    expect(await storage.getItem("json")).toEqual({ a: 1 });
    await storage.setItemRaw("number", "7");
    expect(await storage.getItem("number")).toBe(7);
  });

  it("a short text could claim gigabytes", async () => {
    const storage = createStorage();
    const claim = '{"json":1000000000,"meta":{"values":[["typed-array","Float64Array"]]}}';
    await storage.setItemRaw("claim", claim);
    const before = process.memoryUsage().arrayBuffers;
    await expect(storage.getItem("claim")).rejects.toMatchObject({ code: "CORRUPT" });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000_000);
  });

  it("a bigint of millions of digits blocked the thread", async () => {
    const storage = createStorage();
    const digits = "9".repeat(2_000_000);
    await storage.setItemRaw("big", `{"json":"${digits}","meta":{"values":["bigint"]}}`);
    const failure = await storage.getItem("big").catch((error: { code: string }) => error);
    expect(["CORRUPT", "LIMIT_EXCEEDED"]).toContain((failure as { code: string }).code);
  });

  it("kept: a bigint of ordinary size", async () => {
    expect(await roundTrip(2n ** 256n)).toBe(2n ** 256n);
    expect(await roundTrip(-1n)).toBe(-1n);
  });

  it("empty text and braces stored raw read as missing", async () => {
    const storage = createStorage();
    for (const text of ["", "{}"]) {
      await storage.setItemRaw("k", text);
      expect(await storage.getItemRaw("k")).toBe(text);
      expect(storage.getItemRawSync("k")).toBe(text);
      expect(await storage.hasItem("k")).toBe(true);
    }
  });
});
