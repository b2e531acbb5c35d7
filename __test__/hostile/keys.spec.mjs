// Unusual keys: each has its own value, comes back from listings as it was, and goes alone.
import { createStorage, restoreSnapshot, snapshot } from "stowage";
import fsDriver from "stowage/drivers/fs";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../tools/temporary.mjs";
import { KEYS } from "./corpus.mjs";
import { disposed, FILES, STACKS } from "./stacks.mjs";

const ALL = {
  memory: () => {
    const storage = createStorage();
    return { storage, flush: async () => {}, dispose: () => storage.dispose() };
  },
  ...STACKS,
  ...FILES,
};

/** The longest key, in bytes, and the most segments. */
const MAX_BYTES = 64 * 1024;
const MAX_SEGMENTS = 1024;

const sorted = (keys) => [...keys].sort();

/** The keys whose value is not the one they were given. */
async function wrongValues(storage, keys) {
  const one = await Promise.all(keys.map((key) => storage.getItem(key)));
  const all = await storage.getItems(keys);
  return keys.filter((key, at) => {
    const found = [one[at], all[at].value, storage.getItemSync(key)];
    return found.some((value) => value !== `value of ${key}`) || !storage.hasItemSync(key);
  });
}

for (const [name, open] of Object.entries(ALL)) {
  describe(`unusual keys on ${name}`, () => {
    it("never share a value, and are listed as they were set", async () => {
      const { storage, flush } = disposed(open(temporaryDirectory()));
      const [first, second] = [
        KEYS.filter((_, at) => at % 2 === 0),
        KEYS.filter((_, at) => at % 2),
      ];
      for (const key of first) await storage.setItem(key, `value of ${key}`);
      await storage.setItems(second.map((key) => ({ key, value: `value of ${key}` })));
      expect(await wrongValues(storage, KEYS)).toEqual([]);
      expect(sorted(await storage.getKeys())).toEqual(sorted(KEYS));
      await flush();
      expect(await wrongValues(storage, KEYS)).toEqual([]);
      expect(sorted(storage.getKeysSync())).toEqual(sorted(KEYS));

      for (const key of first) await storage.removeItem(key);
      expect(await wrongValues(storage, second)).toEqual([]);
      await flush();
      expect(sorted(await storage.getKeys())).toEqual(sorted(second));
      for (const key of first) expect(storage.hasItemSync(key), key).toBe(false);
      await storage.clear();
      await flush();
      expect(await storage.getKeys("", { meta: true })).toEqual([]);
    });

    it("have metadata of their own", async () => {
      const { storage, flush } = disposed(open(temporaryDirectory()));
      const some = KEYS.filter((_, at) => at % 3 === 0);
      for (const key of some) storage.setItemSync(key, 1);
      for (const key of some) storage.setMetaSync(key, { of: key });
      await flush();
      for (const key of some) expect((await storage.getMeta(key)).of, key).toBe(key);
      for (const key of some) await storage.removeItem(key, true);
      await flush();
      expect(await storage.getKeys("", { meta: true })).toEqual([]);
    });

    it("of any length up to the limit can be stored, and beyond it are refused", async () => {
      const { storage, flush } = disposed(open(temporaryDirectory()));
      // A mount or a prefix is part of the key.
      const room = MAX_BYTES - "user:".length;
      const keys = [1, 100, room].flatMap((bytes) => [
        "k".repeat(bytes),
        "ab:"
          .repeat(bytes)
          .slice(0, Math.min(bytes, 3 * (MAX_SEGMENTS - 2)))
          .replace(/:$/, ""),
        "long-segment:".repeat(bytes).slice(0, Math.min(bytes, 13 * (MAX_SEGMENTS - 2))),
      ]);
      const distinct = [...new Set(keys.map((key) => key.replace(/:$/, "")))];
      for (const key of distinct) await storage.setItem(key, `value of ${key}`);
      await flush();
      expect(await wrongValues(storage, distinct)).toEqual([]);
      expect(sorted(await storage.getKeys())).toEqual(sorted(distinct));
      for (const key of [
        "k".repeat(MAX_BYTES + 1),
        "k".repeat(1024 * 1024),
        "\u00e9".repeat(MAX_BYTES),
      ]) {
        const refusal = { code: "INVALID_KEY", message: expect.stringContaining(`${MAX_BYTES}`) };
        await expect(storage.setItem(key, 1)).rejects.toMatchObject(refusal);
        await expect(storage.getItems([key])).rejects.toMatchObject(refusal);
        expect(() => storage.getKeysSync(key)).toThrow(expect.objectContaining(refusal));
      }
      await storage.clear();
    });

    it("of more segments than a walk can bear are refused", async () => {
      const { storage } = disposed(open(temporaryDirectory()));
      const deep = (segments) => Array.from({ length: segments }, () => "d").join(":");
      const refusal = { code: "INVALID_KEY", message: expect.stringContaining(`${MAX_SEGMENTS}`) };
      for (const segments of [MAX_SEGMENTS + 1, MAX_BYTES / 2 - 4]) {
        await expect(storage.setItem(deep(segments), 1)).rejects.toMatchObject(refusal);
        await expect(storage.getKeys(deep(segments))).rejects.toMatchObject(refusal);
        expect(() => storage.clearSync(deep(segments))).toThrow(expect.objectContaining(refusal));
      }
      const deepest = deep(MAX_SEGMENTS - 1);
      await storage.setItem(deepest, 1);
      expect(await storage.getKeys(deep(MAX_SEGMENTS - 2))).toEqual([deepest]);
      await storage.clear();
      expect(await storage.getKeys()).toEqual([]);
    });
  });
}

describe("unusual keys", () => {
  it("survive a snapshot, and `__proto__` in it is a key like any other", async () => {
    const [from, to] = [createStorage(), createStorage()];
    for (const key of KEYS) await from.setItem(key, `value of ${key}`);
    const items = await snapshot(from, "");
    expect(Object.getPrototypeOf(items)).toBe(Object.prototype);
    await restoreSnapshot(to, items);
    expect(sorted(await to.getKeys())).toEqual(sorted(KEYS));
    expect(await wrongValues(to, KEYS)).toEqual([]);
  });

  it("are found by another driver on the same folder", async () => {
    const base = temporaryDirectory();
    const writer = createStorage({ driver: fsDriver({ base }) });
    for (const key of KEYS) writer.setItemSync(key, `value of ${key}`);
    const reader = createStorage({ driver: fsDriver({ base }) });
    expect(await wrongValues(reader, KEYS)).toEqual([]);
    expect(sorted(await reader.getKeys())).toEqual(sorted(KEYS));
    await writer.clear();
    await Promise.all([writer.dispose(), reader.dispose()]);
  });

  it("of a wrong type are refused, also for metadata", async () => {
    const storage = createStorage();
    for (const key of [undefined, null, 5, {}, [], () => "k", Symbol("k"), new Date(0)]) {
      for (const method of [
        "getItem",
        "setItem",
        "removeItem",
        "getMeta",
        "setMeta",
        "removeMeta",
      ]) {
        await expect(storage[method](/** @type {any} */ (key), {}), method).rejects.toMatchObject({
          code: "INVALID_KEY",
        });
      }
    }
  });

  it("that cannot be a base clear nothing, though they would be another in UTF-8", async () => {
    const storage = createStorage({ driver: fsDriver({ base: temporaryDirectory() }) });
    await storage.setItem("\ufffd:kept", 1);
    const refusal = { code: "INVALID_KEY" };
    await expect(storage.clear("\ud800")).rejects.toMatchObject(refusal);
    expect(() => storage.mount("\ud800", fsDriver({ base: temporaryDirectory() }))).toThrow(
      expect.objectContaining(refusal),
    );
    await expect(storage.unmount("\ud800")).rejects.toMatchObject(refusal);
    await expect(storage.flush("\ud800")).rejects.toMatchObject(refusal);
    expect(() => storage.mount("..", fsDriver({ base: temporaryDirectory() }))).toThrow(
      expect.objectContaining(refusal),
    );
    expect(await storage.getKeys()).toEqual(["\ufffd:kept"]);
  });

  it("with a path longer than the system takes end no watch", async () => {
    const base = temporaryDirectory();
    const [watched, other] = [base, base].map((path) =>
      createStorage({ driver: fsDriver({ base: path }) }),
    );
    const long = Array.from({ length: 30 }, () => "e".repeat(250)).join(":");
    await watched.setItem(long, 1);
    const seen = new Promise((resolve) => {
      watched
        .watch((event, key) => key === "short" && resolve(event))
        .then(() => other.setItem("short", 1));
    });
    expect(await seen).toBe("update");
    await other.clear();
    await Promise.all([watched.dispose(), other.dispose()]);
  });
});
