// One folder, two libraries: what either wrote, the other reads.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import * as predecessor from "electron-async-storage";
import oldFs from "electron-async-storage/drivers/fs";
import oldFsLite from "electron-async-storage/drivers/fs-lite";
import * as stowage from "stowage";
import fs from "stowage/drivers/fs";
import fsLite from "stowage/drivers/fs-lite";
import { describe, expect, test } from "vitest";
import { print } from "../differential/print.mjs";
import { temporaryDirectory } from "../tools/temporary.mjs";
import { AWKWARD_KEYS, PORTABLE_KEYS, SPELLINGS } from "./keys.mjs";
import { expected, VALUES } from "./values.mjs";

const OLD = {
  fs: (base) => predecessor.createStorage({ driver: oldFs({ base }) }),
  "fs-lite": (base) => predecessor.createStorage({ driver: oldFsLite({ base }) }),
};
const NEW = {
  fs: (base) => stowage.createStorage({ driver: fs({ base }) }),
  "fs-lite": (base) => stowage.createStorage({ driver: fsLite({ base }) }),
};

const BYTES = Buffer.from(Array.from({ length: 256 }, (_, index) => index));

/** Writes everything that both libraries can hold. */
async function fill(storage) {
  for (const [name, value] of Object.entries(VALUES))
    await storage.setItem(`values:${name}`, value);
  await storage.setItems(PORTABLE_KEYS.map((key) => ({ key: `keys:${key}`, value: { key } })));
  for (const [spelling, key] of Object.entries(SPELLINGS)) await storage.setItem(spelling, key);
  await storage.setItem("described", 1);
  await storage.setMeta("described", { owner: "me", mtime: "2020-01-02T03:04:05.000Z" });
  await storage.setItemRaw("raw:bytes", BYTES);
  await storage.setItemRaw("raw:array", new Uint8Array([3, 2, 1]));
  await storage.setItemRaw("raw:text", "text as it is ü");
}

/** Every file below `base`, by its path within. */
function files(base, folder = "") {
  const found = new Map();
  for (const entry of readdirSync(join(base, folder), { withFileTypes: true })) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) for (const [name, text] of files(base, path)) found.set(name, text);
    else found.set(path, readFileSync(join(base, path)));
  }
  return found;
}

/** Says where two trees differ, by file name and content. */
function compareTrees(left, right) {
  expect([...left.keys()].sort()).toEqual([...right.keys()].sort());
  for (const [path, content] of left) {
    expect(content.toString("latin1"), path).toBe(right.get(path).toString("latin1"));
  }
}

const PAIRS = [
  { writer: "the predecessor", reader: "stowage", write: OLD, read: NEW },
  { writer: "stowage", reader: "the predecessor", write: NEW, read: OLD },
];

describe.each(PAIRS)("a tree written by $writer, read by $reader", ({ write, read }) => {
  describe.each(["fs", "fs-lite"])("%s", (driver) => {
    async function written() {
      const base = temporaryDirectory();
      const storage = write[driver](base);
      await fill(storage);
      await storage.dispose();
      return read[driver](base);
    }

    test("every value, async, sync and in a batch", async () => {
      const storage = await written();
      const keys = Object.keys(VALUES).map((name) => `values:${name}`);
      const batch = new Map((await storage.getItems(keys)).map(({ key, value }) => [key, value]));
      for (const name of Object.keys(VALUES)) {
        const text = print(expected(name));
        expect(print(await storage.getItem(`values:${name}`)), name).toBe(text);
        expect(print(storage.getItemSync(`values:${name}`)), name).toBe(text);
        expect(print(batch.get(`values:${name}`)), name).toBe(text);
      }
    });

    test("identity within a value", async () => {
      const storage = await written();
      const twice = await storage.getItem("values:object-twice");
      expect(twice.first).toBe(twice.second);
      const cyclic = await storage.getItem("values:cyclic");
      expect(cyclic.list[0]).toBe(cyclic);
    });

    test("every key, in listings and alone", async () => {
      const storage = await written();
      const keys = [
        ...Object.keys(VALUES).map((name) => `values:${name}`),
        ...PORTABLE_KEYS.map((key) => `keys:${key}`),
        ...Object.values(SPELLINGS),
        ...["described", "raw:bytes", "raw:array", "raw:text"],
      ];
      expect((await storage.getKeys()).sort()).toEqual([...keys].sort());
      expect(storage.getKeysSync().sort()).toEqual(keys.sort());
      for (const key of PORTABLE_KEYS) {
        expect(await storage.getItem(`keys:${key}`), key).toEqual({ key });
        expect(await storage.hasItem(`keys:${key}`), key).toBe(true);
      }
      for (const [spelling, key] of Object.entries(SPELLINGS)) {
        expect(await storage.getItem(spelling), spelling).toBe(key);
      }
    });

    test("metadata, stored and native", async () => {
      const storage = await written();
      const meta = await storage.getMeta("described");
      expect(meta).toMatchObject({ owner: "me", mtime: new Date("2020-01-02T03:04:05.000Z") });
      const native = await storage.getMeta("described", { nativeOnly: true });
      expect(native.size).toBe('{"json":1}'.length);
      expect(native.mtime).toBeInstanceOf(Date);
      expect(native).not.toHaveProperty("owner");
    });

    test("raw bytes and text", async () => {
      const storage = await written();
      expect(Buffer.compare(await storage.getItemRaw("raw:bytes"), BYTES)).toBe(0);
      expect([...storage.getItemRawSync("raw:array")]).toEqual([3, 2, 1]);
      expect(String(await storage.getItemRaw("raw:text"))).toBe("text as it is ü");
    });

    test("a snapshot of one is restored into the other", async () => {
      const storage = await written();
      const library = read === NEW ? stowage : predecessor;
      const taken = await library.snapshot(storage, "values");
      const target = write[driver](temporaryDirectory());
      await (write === NEW ? stowage : predecessor).restoreSnapshot(target, taken, "copy");
      for (const name of Object.keys(VALUES)) {
        expect(print(await target.getItem(`copy:${name}`)), name).toBe(print(expected(name)));
      }
    });
  });
});

describe.each(["fs", "fs-lite"])("%s: the same bytes on disk", (driver) => {
  test("for the same values and keys", async () => {
    const [left, right] = [temporaryDirectory(), temporaryDirectory()];
    await fill(OLD[driver](left));
    await fill(NEW[driver](right));
    compareTrees(files(left), files(right));
  });

  test("written through the sync methods and in batches", async () => {
    const [left, right] = [temporaryDirectory(), temporaryDirectory()];
    const items = Object.entries(VALUES).map(([name, value]) => ({ key: `v:${name}`, value }));
    for (const storage of [OLD[driver](left), NEW[driver](right)]) {
      await storage.setItems(items);
      storage.setItemsSync(items.map(({ key, value }) => ({ key: `sync:${key}`, value })));
      storage.setItemRawSync("raw", BYTES);
      storage.setMetaSync("raw", { kind: "bytes" });
    }
    compareTrees(files(left), files(right));
  });

  test("through a queue", async () => {
    const [left, right] = [temporaryDirectory(), temporaryDirectory()];
    const oldQueue = (await import("electron-async-storage/drivers/queue")).default;
    const queue = (await import("stowage/drivers/queue")).default;
    const inner = { fs: [oldFs, fs], "fs-lite": [oldFsLite, fsLite] }[driver];
    const pair = [
      predecessor.createStorage({ driver: oldQueue({ driver: inner[0]({ base: left }) }) }),
      stowage.createStorage({ driver: queue({ driver: inner[1]({ base: right }) }) }),
    ];
    for (const storage of pair) {
      for (const [name, value] of Object.entries(VALUES)) await storage.setItem(`v:${name}`, value);
      await storage.setItemRaw("raw", BYTES);
      await storage.flush();
    }
    compareTrees(files(left), files(right));
  });

  test("also when an item is overwritten by a shorter one", async () => {
    const base = temporaryDirectory();
    await OLD[driver](base).setItem("a:b", "x".repeat(10_000));
    await NEW[driver](base).setItem("a:b", 1);
    expect(readFileSync(join(base, "a", "b"), "utf8")).toBe('{"json":1}');
    expect(statSync(join(base, "a", "b")).size).toBe(10);
  });
});

// Names that this platform may refuse are another matter on Windows and macOS.
describe.runIf(process.platform === "linux")("awkward names that the predecessor wrote", () => {
  test.each(AWKWARD_KEYS)("%j is read, listed, overwritten and removed", async (key) => {
    const base = temporaryDirectory();
    await OLD.fs(base).setItem(`dir:${key}`, { key });
    const storage = NEW.fs(base);
    expect(await storage.getItem(`dir:${key}`)).toEqual({ key });
    expect(storage.getItemSync(`dir:${key}`)).toEqual({ key });
    expect(await storage.hasItem(`dir:${key}`)).toBe(true);
    expect(await storage.getItems([`dir:${key}`])).toEqual([{ key: `dir:${key}`, value: { key } }]);
    expect(await storage.getKeys()).toEqual([`dir:${key}`]);
    await storage.setItem(`dir:${key}`, "new");
    expect(await storage.getItem(`dir:${key}`)).toBe("new");
    expect(await storage.getKeys()).toEqual([`dir:${key}`]);
    await storage.removeItem(`dir:${key}`);
    expect(await storage.getItem(`dir:${key}`)).toBeNull();
    expect(await storage.getKeys()).toEqual([]);
  });

  test("all of them side by side", async () => {
    const base = temporaryDirectory();
    const old = OLD.fs(base);
    for (const key of AWKWARD_KEYS) await old.setItem(key, key);
    const storage = NEW.fs(base);
    expect((await storage.getKeys()).sort()).toEqual([...AWKWARD_KEYS].sort());
    for (const key of AWKWARD_KEYS) expect(await storage.getItem(key), key).toBe(key);
  });
});
