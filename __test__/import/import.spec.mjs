// What other libraries have stored comes over, with their own code as the witness.
import { createHash } from "node:crypto";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createStorage } from "stowage";
import memory from "stowage/drivers/memory";
import { describe, expect, test } from "vitest";
import { temporaryDirectory } from "../tools/temporary.mjs";

const require = createRequire(import.meta.url);
const { importFrom } = require("../../js/import/index.js");

/** The peers are installed for the benchmark only. */
const peers = createRequire(new URL("../../bench/package.json", import.meta.url));

/** @param {string} name */
async function peer(name) {
  try {
    return await import(pathToFileURL(peers.resolve(name)).href);
  } catch {
    return undefined;
  }
}

const conf = await peer("conf");
const nodePersist = await peer("node-persist");

/** @param {string} name */
function missing(name) {
  console.log(`SKIPPED: ${name} is not installed; run \`npm ci\` in bench/`);
  return true;
}

const VALUES = Object.freeze({
  text: "plain",
  number: 12.5,
  nothing: null,
  list: [1, "two", { three: 3 }],
  nested: { deep: { er: [true, "ünïcödé 🎉"] } },
});

/** A storage with an import into its driver. */
function target() {
  const driver = memory();
  const storage = createStorage({ driver });
  return { driver, storage, from: (/** @type {any[]} */ ...args) => importFrom(driver, ...args) };
}

/** @param {any} storage */
async function contents(storage) {
  const keys = await storage.getKeys();
  const items = await storage.getItems(keys);
  return Object.fromEntries(items.map(({ key, value }) => [key, value]));
}

describe("a folder with one file per key", () => {
  test.each(["electron-async-storage", "unstorage", "stowage"])("of %s", async (library) => {
    const base = temporaryDirectory();
    const { createStorage: create } = await import(library);
    const { default: fs } = await import(`${library}/drivers/fs`);
    const source = create({ driver: fs({ base }) });
    for (const [key, value] of Object.entries(VALUES)) {
      await source.setItem(`a:${key}`, value);
    }
    await source.setItemRaw("bytes", Buffer.from([0, 255, 254, 1]));
    await source.dispose();

    const { storage, from } = target();
    const report = await from(base);
    expect(report).toEqual({ type: "fs", imported: 6, skippedItems: 0, skipped: [] });
    expect(Buffer.from(await storage.getItemRaw("bytes"))).toEqual(Buffer.from([0, 255, 254, 1]));
    await storage.removeItem("bytes");
    const expected = Object.entries(VALUES).map(([key, value]) => [`a:${key}`, value]);
    expect(await contents(storage)).toEqual(Object.fromEntries(expected));
  });

  test("keeps what superjson can hold", async () => {
    const base = temporaryDirectory();
    const { createStorage: create } = await import("electron-async-storage");
    const { default: fs } = await import("electron-async-storage/drivers/fs");
    const source = create({ driver: fs({ base }) });
    const value = { when: new Date(5), set: new Set([1]), big: 12345678901234567890n };
    await source.setItem("rich", value);
    await source.dispose();
    const { storage, from } = target();
    await from({ type: "fs", path: base }, { base: "old:" });
    expect(await storage.getItem("old:rich")).toEqual(value);
  });

  test("does not follow links out of it, nor stop at them", async () => {
    const [base, elsewhere] = [temporaryDirectory(), temporaryDirectory()];
    writeFileSync(join(elsewhere, "secret"), '"secret"');
    writeFileSync(join(base, "fine"), '"fine"');
    symlinkSync(join(elsewhere, "secret"), join(base, "link"));
    const { storage, from } = target();
    const report = await from(base);
    expect(report.imported).toBe(1);
    expect(await contents(storage)).toEqual({ fine: "fine" });
  });

  test("is missing", async () => {
    const path = join(temporaryDirectory(), "nowhere");
    await expect(target().from(path)).rejects.toMatchObject({ code: "ENOENT" });
    await expect(target().from({ type: "fs", path })).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("a JSON file", () => {
  test.skipIf(conf === undefined && missing("conf"))("of conf", async () => {
    const cwd = temporaryDirectory();
    const store = new conf.default({ cwd, projectName: "fixture", projectVersion: "1.0.0" });
    store.set(VALUES);
    const { storage, from } = target();
    const report = await from(store.path);
    expect(report).toMatchObject({ type: "conf", imported: 5, skippedItems: 0 });
    expect(await contents(storage)).toEqual(VALUES);
  });

  test("with hostile names gives items, or says why not", async () => {
    const path = join(temporaryDirectory(), "config.json");
    const members = ['"__proto__": {"polluted": true}', '"constructor": 1', '"": 2', '"a/b": 3'];
    members.push('"a:b": 4', '"__internal__": {"migrations": {}}', '"toString": 5');
    writeFileSync(path, `{${members.join(",")}}`);
    const { storage, from } = target();
    const report = await from(path);
    expect(/** @type {any} */ ({}).polluted).toBeUndefined();
    expect(report.imported).toBe(4);
    expect(report.skipped.map(({ key }) => key)).toEqual(["__internal__", "", "a:b"]);
    expect(await storage.getItem("a:b")).toBe(3);
    expect(await storage.getItem("__proto__")).toEqual({ polluted: true });
  });

  test("with a value that is nested too deep leaves that one out", async () => {
    const path = join(temporaryDirectory(), "config.json");
    const deep = `${"[".repeat(5_000)}${"]".repeat(5_000)}`;
    writeFileSync(path, `{"deep": ${deep}, "fine": 1}`);
    const { storage, from } = target();
    const report = await from(path);
    expect(report.imported + report.skippedItems).toBe(2);
    expect(await storage.getItem("fine")).toBe(1);
  });

  test.each([
    ["[1, 2]", "CORRUPT"],
    ["{", "CORRUPT"],
    ["", "CORRUPT"],
    ["\u0000\u0001encrypted", "CORRUPT"],
  ])("%j is none", async (content, code) => {
    const path = join(temporaryDirectory(), "config.json");
    writeFileSync(path, content);
    await expect(target().from(path)).rejects.toMatchObject({ code });
  });

  test("keeps what is there, unless told otherwise", async () => {
    const path = join(temporaryDirectory(), "config.json");
    writeFileSync(path, '\ufeff{"old": "theirs", "new": 1}');
    const { storage, from } = target();
    await storage.setItem("old", "mine");
    const report = await from(path);
    expect(report).toMatchObject({ imported: 1, skipped: [{ key: "old" }] });
    expect(await storage.getItem("old")).toBe("mine");
    expect(await from(path, { overwrite: true })).toMatchObject({ imported: 2 });
    expect(await storage.getItem("old")).toBe("theirs");
  });

  test("of many items comes in batches", async () => {
    const path = join(temporaryDirectory(), "config.json");
    const many = Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`key-${i}`, i]));
    writeFileSync(path, JSON.stringify(many));
    const { storage, from } = target();
    expect((await from(path)).imported).toBe(3_000);
    expect(await contents(storage)).toEqual(many);
  });
});

describe("a folder of node-persist", () => {
  test.skipIf(nodePersist === undefined && missing("node-persist"))("as it makes it", async () => {
    const dir = temporaryDirectory();
    const source = nodePersist.default.create({ dir, writeQueue: false });
    await source.init();
    for (const [key, value] of Object.entries(VALUES)) {
      await source.setItem(key, value);
    }
    source.stopExpiredKeysInterval();
    source.stopWriteQueueInterval();
    const { storage, from } = target();
    const report = await from(dir);
    expect(report).toMatchObject({ type: "node-persist", imported: 5, skippedItems: 0 });
    expect(await contents(storage)).toEqual(VALUES);
  });

  /**
   * @param {string} dir
   * @param {object} datum
   * @param {string} [name]
   */
  function write(dir, datum, name = createHash("md5").update(JSON.stringify(datum)).digest("hex")) {
    writeFileSync(join(dir, name), JSON.stringify(datum));
  }

  test("hands on when items end, and leaves out those that have", async () => {
    const dir = temporaryDirectory();
    write(dir, { key: "lasting", value: 1, ttl: Date.now() + 60_000 });
    write(dir, { key: "over", value: 2, ttl: Date.now() - 1 });
    write(dir, { key: "for ever", value: 3 });
    /** @type {any[]} */
    const items = [];
    const driver = {
      name: "recorder",
      hasItem: async () => false,
      setItems: async (/** @type {any[]} */ some) => void items.push(...some),
    };
    const report = await importFrom(driver, dir);
    expect(report).toMatchObject({ imported: 2, skipped: [{ key: "over" }] });
    const ttls = Object.fromEntries(items.map(({ key, options }) => [key, options?.ttl]));
    expect(ttls["for ever"]).toBeUndefined();
    expect(ttls.lasting).toBeGreaterThan(50_000);
    expect(ttls.lasting).toBeLessThanOrEqual(60_000);
  });

  test("with foreign things in it names them", async () => {
    const dir = temporaryDirectory();
    write(dir, { key: "fine", value: 1 });
    write(dir, { key: 5, value: 1 }, "number");
    write(dir, { key: "without" }, "without");
    writeFileSync(join(dir, "torn"), '{"key": "to');
    mkdirSync(join(dir, "folder"));
    symlinkSync("/dev/zero", join(dir, "link"));
    const { from } = target();
    const report = await from({ type: "node-persist", path: dir });
    expect(report).toMatchObject({ imported: 1, skippedItems: 5 });
    const names = report.skipped.map(({ key, file }) => key ?? file).sort();
    expect(names).toEqual(["folder", "link", "number", "torn", "without"]);
  });
});

test("options and sources are checked", async () => {
  const { from } = target();
  const wrong = { code: "INVALID_OPTION" };
  await expect(from({ type: "redis", path: "x" })).rejects.toMatchObject(wrong);
  await expect(from({ path: "x", other: 1 })).rejects.toMatchObject(wrong);
  await expect(from("x", { replace: true })).rejects.toMatchObject(wrong);
  await expect(from(undefined)).rejects.toMatchObject(wrong);
  await expect(from({ type: "fs" })).rejects.toMatchObject({ code: "MISSING_OPTION" });
});
