import { createStorage, type EntriesOptions, prefixStorage, type Storage } from "stowage";
import memory from "stowage/drivers/memory";
import { describe, expect, it } from "vitest";
import { asyncMapDriver } from "../tools/map-driver.js";
import { ALL_STORES, STORES, TRANSACTIONAL } from "./stores.js";

const failure = (code: string) => expect.objectContaining({ name: "StorageError", code });
/** In the order of their UTF-8 bytes, which is another one than that of `sort`. */
const KEYS = ["a", "a:b", "a:c", "a:c:d", "b", "ä", "\uffee", "😀"];

async function keysOf(storage: Storage, options: EntriesOptions = {}) {
  const keys: string[] = [];
  for await (const key of storage.entries({ ...options, keysOnly: true })) keys.push(key);
  return keys;
}

async function filled(storage: Storage) {
  await storage.setItems([...KEYS].reverse().map((key) => ({ key, value: { key } })));
  return storage;
}

describe.each(ALL_STORES)("entries of %s", (_name, make) => {
  it("come in the order of their keys", async () => {
    const storage = await filled(createStorage({ driver: make() }));
    expect(await keysOf(storage)).toEqual(KEYS);
    expect(await keysOf(storage, { reverse: true })).toEqual([...KEYS].reverse());
    const items = [];
    for await (const item of storage.entries()) items.push(item);
    expect(items).toEqual(KEYS.map((key) => [key, { key }]));
  });

  it("come from where they are asked for", async () => {
    const storage = await filled(createStorage({ driver: make() }));
    expect(await keysOf(storage, { base: "a" })).toEqual(["a:b", "a:c", "a:c:d"]);
    expect(await keysOf(storage, { start: "a:c", end: "b" })).toEqual(["a:c", "a:c:d"]);
    expect(await keysOf(storage, { start: "a:b:z", limit: 2 })).toEqual(["a:c", "a:c:d"]);
    expect(await keysOf(storage, { start: "a:b", end: "b", reverse: true, limit: 1 })).toEqual([
      "a:c:d",
    ]);
    expect(await keysOf(storage, { base: "a", start: "a:c" })).toEqual(["a:c", "a:c:d"]);
    expect(await keysOf(storage, { base: "nothing" })).toEqual([]);
    expect(await keysOf(storage, { start: "b", end: "a" })).toEqual([]);
    expect(await keysOf(storage, { limit: 0 })).toEqual([]);
  });

  it("leave metadata out unless they are asked for it", async () => {
    const storage = createStorage({ driver: make() });
    await storage.setItem("a", 1);
    await storage.setMeta("a", { owner: "ann" });
    expect(await keysOf(storage)).toEqual(["a"]);
    expect(await keysOf(storage, { meta: true })).toEqual(["a", "a$"]);
  });

  it("come page by page, each once", async () => {
    const storage = createStorage({ driver: make() });
    const keys = Array.from({ length: 2500 }, (_, n) => `k${String(n).padStart(5, "0")}`);
    await storage.setItems(keys.map((key, n) => ({ key, value: n % 700 === 0 ? new Date(n) : n })));
    const items: [string, unknown][] = [];
    for await (const item of storage.entries()) items.push(item);
    expect(items).toEqual(keys.map((key, n) => [key, n % 700 === 0 ? new Date(n) : n]));
    expect(await keysOf(storage, { reverse: true, limit: 2000 })).toEqual(
      [...keys].reverse().slice(0, 2000),
    );
  });

  it("can be left early", async () => {
    const storage = await filled(createStorage({ driver: make() }));
    for await (const [key] of storage.entries()) {
      expect(key).toBe("a");
      break;
    }
    const walk = storage.entries()[Symbol.asyncIterator]();
    expect((await walk.next()).value).toEqual(["a", { key: "a" }]);
    expect(await walk.return?.()).toEqual({ done: true, value: undefined });
    expect((await walk.next()).done).toBe(true);
  });

  it("come one after the other also to who asks for many at once", async () => {
    const storage = await filled(createStorage({ driver: make() }));
    const walk = storage.entries({ keysOnly: true })[Symbol.asyncIterator]();
    const asked = await Promise.all(KEYS.map(() => walk.next()));
    expect(asked.map(({ value }) => value)).toEqual(KEYS);
  });

  it("are listed as keys in pages", async () => {
    const storage = await filled(createStorage({ driver: make() }));
    const pages: string[][] = [];
    for (let after = ""; ; after = pages.at(-1)?.at(-1) ?? "") {
      const page = await storage.getKeys("", { limit: 3, after });
      if (page.length === 0) break;
      pages.push(page);
    }
    expect(pages).toEqual([KEYS.slice(0, 3), KEYS.slice(3, 6), KEYS.slice(6)]);
    expect(await storage.getKeys("a", { after: "a:b" })).toEqual(["a:c", "a:c:d"]);
    expect(await storage.getKeys("", { maxDepth: 0, limit: 2 })).toEqual(["a", "b"]);
    expect(await storage.getKeys("", { limit: 0 })).toEqual([]);
  });

  it("stay below the prefix of a view", async () => {
    const storage = await filled(createStorage({ driver: make() }));
    const view = prefixStorage(storage, "a");
    expect(await keysOf(view)).toEqual(["b", "c", "c:d"]);
    expect(await keysOf(view, { base: "c" })).toEqual(["c:d"]);
    expect(await keysOf(view, { start: "c", end: "d", reverse: true })).toEqual(["c:d", "c"]);
    const items = [];
    for await (const item of view.entries({ limit: 1 })) items.push(item);
    expect(items).toEqual([["b", { key: "a:b" }]]);
    expect(await view.getKeys("", { after: "b", limit: 1 })).toEqual(["c"]);
  });

  it("end at what is corrupt, or pass over it", async () => {
    const driver = make();
    const storage = createStorage({ driver });
    await storage.setItems(["a", "b", "c"].map((key) => ({ key, value: key })));
    await storage.setItemRaw("b", '{"json":');
    const found: unknown[] = [];
    const walk = async () => {
      for await (const item of storage.entries()) found.push(item);
    };
    await expect(walk()).rejects.toEqual(
      expect.objectContaining({ code: "CORRUPT", key: "b", operation: "entries" }),
    );
    expect(found).toEqual([["a", "a"]]);
    const lenient = createStorage({ driver, onCorrupt: "null" });
    const all = [];
    for await (const item of lenient.entries()) all.push(item);
    expect(all).toEqual([
      ["a", "a"],
      ["b", null],
      ["c", "c"],
    ]);
  });
});

describe.each(STORES)("entries of %s, without promises", (_name, make) => {
  it("are the same", async () => {
    const storage = await filled(createStorage({ driver: make() }));
    expect([...storage.entries()]).toEqual(KEYS.map((key) => [key, { key }]));
    expect([...storage.entries({ base: "a", reverse: true, keysOnly: true })]).toEqual([
      "a:c:d",
      "a:c",
      "a:b",
    ]);
    expect(storage.getKeysSync("", { after: "b", limit: 2 })).toEqual(["ä", "\uffee"]);
    const view = prefixStorage(storage, "a");
    expect([...view.entries({ keysOnly: true })]).toEqual(["b", "c", "c:d"]);
    expect(view.keysSync("", { limit: 1 })).toEqual(["b"]);
    for (const [key] of storage.entries()) if (key === "a:b") break;
    const twice = storage.entries({ keysOnly: true, limit: 2 });
    expect([[...twice], [...twice]]).toEqual([
      ["a", "a:b"],
      ["a", "a:b"],
    ]);
  });
});

describe.each(TRANSACTIONAL)("entries of %s with its snapshots", (_name, make) => {
  it("are those that were there at the first step", async () => {
    const storage = createStorage({ driver: make() });
    const keys = Array.from({ length: 300 }, (_, n) => `k${String(n).padStart(3, "0")}`);
    await storage.setItems(keys.map((key) => ({ key, value: 1 })));
    const found: unknown[] = [];
    for await (const item of storage.entries()) {
      if (found.length === 0) {
        await storage.setItem("k299", 2);
        await storage.setItem("k2000", 2);
        await storage.removeItem("k150");
      }
      found.push(item);
    }
    expect(found).toEqual(keys.map((key) => [key, 1]));
  });
});

describe("entries", () => {
  it("go across mounts", async () => {
    const storage = createStorage({ driver: memory() });
    storage.mount("b", memory());
    storage.mount("b:c", asyncMapDriver());
    const keys = ["a", "b:a", "b:b", "b:c:a", "b:d", "c"];
    await storage.setItems([...keys].reverse().map((key) => ({ key, value: key })));
    expect(await keysOf(storage)).toEqual(keys);
    expect(await keysOf(storage, { reverse: true })).toEqual([...keys].reverse());
    expect(await keysOf(storage, { base: "b", start: "b:b", limit: 2 })).toEqual(["b:b", "b:c:a"]);
    expect(() => [...storage.entries()]).toThrow(failure("SYNC_UNSUPPORTED"));
  });

  it("refuse options that make no sense", async () => {
    const storage = createStorage();
    for (const options of [{ limit: -1 }, { limit: 1.5 }, { base: 1 }, { from: "a" }, null]) {
      expect(() => storage.entries(options as object)).toThrow(failure("INVALID_OPTION"));
    }
    for (const options of [{ limit: -1 }, { limit: "1" }, { after: 1 }]) {
      await expect(storage.getKeys("", options as object)).rejects.toEqual(
        failure("INVALID_OPTION"),
      );
    }
    expect(() => [...storage.entries({ start: "a:..:b" })]).toThrow(failure("INVALID_KEY"));
  });

  it("are not there any more after dispose", async () => {
    const storage = createStorage();
    await storage.dispose();
    expect(() => [...storage.entries()]).toThrow(failure("DISPOSED"));
  });
});
