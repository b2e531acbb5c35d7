// Keys that try to leave the folder: refused, or names like any other, and nothing around is touched.
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { makeYard, SECRET } from "./canaries.mjs";
import { CLIMBS_ALONE, TRAVERSALS } from "./corpus.mjs";
import { canonical, isRefused } from "./rules.mjs";
import { disposed, STACKS } from "./stacks.mjs";

/** What an operation with a key does, by its name. Each takes a storage and the key. */
const READS = {
  getItem: (storage, key) => storage.getItem(key),
  getItemSync: (storage, key) => storage.getItemSync(key),
  getItemRaw: (storage, key) => storage.getItemRaw(key),
  getItems: (storage, key) => storage.getItems(["harmless", key]),
  "getItems of objects": (storage, key) => storage.getItems([{ key, options: { a: 1 } }]),
  getItemsSync: (storage, key) => storage.getItemsSync([key, "harmless"]),
  hasItem: (storage, key) => storage.hasItem(key),
  hasItemSync: (storage, key) => storage.hasItemSync(key),
  getMeta: (storage, key) => storage.getMeta(key),
  getMetaSync: (storage, key) => storage.getMetaSync(key),
};

const WRITES = {
  setItem: (storage, key) => storage.setItem(key, "mine"),
  "setItem of a rich value": (storage, key) => storage.setItem(key, new Date(0)),
  setItemSync: (storage, key) => storage.setItemSync(key, "mine"),
  setItemRaw: (storage, key) => storage.setItemRaw(key, Buffer.from("mine")),
  setItems: (storage, key) => storage.setItems([{ key, value: "mine" }]),
  setItemsSync: (storage, key) => storage.setItemsSync([{ key, value: "mine" }]),
  "setItems of nothing": (storage, key) => storage.setItems([{ key, value: undefined }]),
  setMeta: (storage, key) => storage.setMeta(key, { mine: true }),
  setMetaSync: (storage, key) => storage.setMetaSync(key, { mine: true }),
  removeItem: (storage, key) => storage.removeItem(key),
  "removeItem with metadata": (storage, key) => storage.removeItem(key, true),
  removeItemSync: (storage, key) => storage.removeItemSync(key),
  removeMeta: (storage, key) => storage.removeMeta(key),
};

/** Operations on everything below a base. */
const BASES = {
  getKeys: (storage, base) => storage.getKeys(base),
  getKeysSync: (storage, base) => storage.getKeysSync(base),
  "getKeys with metadata": (storage, base) => storage.getKeys(base, { meta: true, maxDepth: 9 }),
  clear: (storage, base) => storage.clear(base),
  clearSync: (storage, base) => storage.clearSync(base),
};

/** What became of a call: the code of its failure, or undefined. */
async function codeOf(call) {
  try {
    await call();
  } catch (error) {
    return error.name === "StorageError" ? error.code : error;
  }
  return undefined;
}

/** Calls every operation with every key; the failures of those that did not end in `expected`. */
async function callAll(operations, storage, keys, expected) {
  const wrong = [];
  for (const [name, operation] of Object.entries(operations)) {
    for (const key of keys) {
      const code = await codeOf(() => operation(storage, key));
      if (code !== expected) wrong.push(`${name} ${JSON.stringify(key)}: ${code}`);
    }
  }
  return wrong;
}

for (const [name, open] of Object.entries(STACKS)) {
  describe(`keys that try to leave the folder, through ${name}`, () => {
    const corpus = name === "fs" ? TRAVERSALS : CLIMBS_ALONE;
    const REFUSED = corpus.filter(isRefused);
    const ACCEPTED = corpus.filter((key) => !isRefused(key) && canonical(key) !== "");

    it("are refused by every call if a segment climbs, is NUL or is half a character", async () => {
      const yard = makeYard();
      const { storage, flush } = disposed(open(yard.base));
      const operations = { ...READS, ...WRITES, ...BASES };
      expect(await callAll(operations, storage, REFUSED, "INVALID_KEY")).toEqual([]);
      await flush();
      expect(readdirSync(yard.base)).toEqual([]);
      yard.check();
    });

    it("are names like any other otherwise, each with its own value", async () => {
      const yard = makeYard();
      const { storage, flush } = disposed(open(yard.base));
      expect(await callAll(READS, storage, ACCEPTED, undefined)).toEqual([]);
      for (const [at, key] of ACCEPTED.entries()) {
        if (at % 2 === 0) await storage.setItem(key, canonical(key));
        else storage.setItemSync(key, canonical(key));
      }
      await flush();
      const wrong = [];
      for (const key of ACCEPTED) {
        const found = [await storage.getItem(key), storage.getItemSync(key)];
        if (found.some((value) => value !== canonical(key))) wrong.push([key, found]);
      }
      expect(wrong).toEqual([]);
      const expected = [...new Set(ACCEPTED.map(canonical))];
      expect((await storage.getKeys()).sort()).toEqual(
        expected.filter((key) => !key.endsWith("$")).sort(),
      );
      yard.check();
      expect(await callAll(WRITES, storage, ACCEPTED, undefined)).toEqual([]);
      expect(await callAll(BASES, storage, ACCEPTED, undefined)).toEqual([]);
      await flush();
      yard.check();
    });

    it("never read what is outside", async () => {
      const yard = makeYard();
      const { storage } = disposed(open(yard.base));
      for (const key of ACCEPTED) {
        expect(await storage.getItem(key), key).not.toEqual(SECRET);
        expect(storage.getItemRawSync(key), key).toBeNull();
        expect(await storage.getKeys(key), key).toEqual([]);
      }
      yard.check();
    });

    it("lead no watch outside", async () => {
      const yard = makeYard();
      const { storage } = disposed(open(yard.base));
      for (const key of REFUSED) {
        expect(await codeOf(() => storage.watch(key, () => undefined)), key).toBe("INVALID_KEY");
      }
      await storage.unwatch();
      yard.check();
    });
  });
}
