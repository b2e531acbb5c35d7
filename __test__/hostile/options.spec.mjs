// Options that lie, throw, or come from where nobody put them: refused with a code, or what was meant.
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createStorage, prefixStorage } from "stowage";
import fsDriver from "stowage/drivers/fs";
import fsLiteDriver from "stowage/drivers/fs-lite";
import queueDriver from "stowage/drivers/queue";
import { describe, expect, it } from "vitest";
import { jsonOf, run } from "../tools/child.mjs";
import { temporaryDirectory } from "../tools/temporary.mjs";

const POLLUTED = new URL("fixtures/polluted.mjs", import.meta.url);

/** Values of every type that no option takes as a whole. */
const WRONG = [
  null,
  true,
  0,
  -1,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 53,
  1e308,
  10n,
  "",
  "nonsense",
  "\0",
  Symbol("option"),
  [],
  [null],
  {},
  () => {
    throw new Error("called");
  },
  new Date(Number.NaN),
  Promise.resolve(),
];

/** Options that take each of these values; all others are refused. */
const TAKEN = {
  base: (value) => typeof value === "string" && value !== "" && !value.includes("\0"),
  ignore: (value) => typeof value === "function" || (Array.isArray(value) && value[0] !== null),
  readOnly: (value) => typeof value === "boolean",
  noClear: (value) => typeof value === "boolean",
  atomic: (value) => typeof value === "boolean",
  durability: () => false,
  fileMode: () => false,
  directoryMode: () => false,
  batchSize: () => false,
  flushInterval: (value) => value === 0,
  maxQueueSize: () => false,
  mergeUpdates: (value) => typeof value === "boolean",
  onError: (value) => typeof value === "function",
  onCorrupt: () => false,
  onDowngrade: () => false,
  version: (value) => Number.isFinite(value) && value >= 0,
};

/** @param {() => unknown} make */
function codeOf(make) {
  try {
    make();
  } catch (error) {
    return error.name === "StorageError" ? error.code : `no StorageError: ${error.stack}`;
  }
  return undefined;
}

/** What is wrong with how options of these names are taken. */
function mistakes(names, make) {
  return names.flatMap((name) =>
    WRONG.flatMap((value) => {
      const code = codeOf(() => make({ [name]: value }));
      const fine = TAKEN[name](value)
        ? code === undefined
        : code === "INVALID_OPTION" || (name === "base" && code === "MISSING_OPTION");
      return fine ? [] : [`${name}: ${String(value)} gave ${code}`];
    }),
  );
}

describe("options of a wrong type or size", () => {
  it("are refused by every factory, by name", () => {
    const base = temporaryDirectory();
    const files = [
      "base",
      "readOnly",
      "noClear",
      "atomic",
      "durability",
      "fileMode",
      "directoryMode",
    ];
    const driver = fsDriver({ base });
    const wrong = [
      ...mistakes([...files, "ignore"], (options) => fsDriver({ base, ...options })),
      ...mistakes(files, (options) => fsLiteDriver({ base, ...options })),
      ...mistakes(
        ["batchSize", "flushInterval", "maxQueueSize", "mergeUpdates", "onError"],
        (options) => queueDriver({ driver, ...options }),
      ),
      ...mistakes(["onCorrupt", "onDowngrade", "version"], (options) => createStorage(options)),
    ];
    expect(wrong).toEqual([]);
  });

  it("of a call are refused or have no effect", async () => {
    const storage = createStorage({ driver: fsDriver({ base: temporaryDirectory() }) });
    await storage.setItem("k", 1);
    for (const value of WRONG) {
      for (const options of [value, { maxDepth: value }, { meta: value }, { removeMeta: value }]) {
        for (const call of [
          () => storage.getKeys("", /** @type {any} */ (options)),
          () => storage.getItem("k", /** @type {any} */ (options)),
          () => storage.setItem("k", 1, /** @type {any} */ (options)),
          () => storage.getItems(["k"], /** @type {any} */ (options)),
          () => storage.getMeta("k", /** @type {any} */ (options)),
          () => storage.clear("nothing", /** @type {any} */ (options)),
        ]) {
          await call().catch((error) => expect(error.name, error.stack).toBe("StorageError"));
        }
      }
    }
    expect(await storage.getItem("k")).toBe(1);
    await storage.dispose();
  });

  it("a version without an end made migrate() count for ever", async () => {
    for (const version of [Number.POSITIVE_INFINITY, Number.NaN, -1]) {
      expect(() => createStorage({ version, migrations: {} })).toThrow(
        expect.objectContaining({ code: "INVALID_OPTION" }),
      );
    }
    const steps = [];
    const migrations = {
      1: () => steps.push(1),
      1e15: () => steps.push(1e15),
      3: () => steps.push(3),
    };
    const storage = createStorage({ version: 1e15, migrations: /** @type {any} */ (migrations) });
    await storage.migrate();
    expect(steps).toEqual([1, 3, 1e15]);
    expect(await storage.getStorageVersion()).toBe(1e15);
  });

  it("a damaged stored version ran the wrong steps, or counted for ever", async () => {
    for (const version of [-1e15, "5", {}, true, [1], Number.NaN, Number.NEGATIVE_INFINITY]) {
      const migrations = { 1: () => expect.unreachable("a step ran") };
      const storage = createStorage({ version: 2, migrations });
      await storage.setItem("__storage_version__", version);
      await expect(storage.migrate()).rejects.toMatchObject({
        code: "CORRUPT",
        key: "__storage_version__",
      });
    }
  });
});

describe("options that answer differently each time", () => {
  it("are read once, so that what was checked is what is used", () => {
    const base = temporaryDirectory();
    let reads = 0;
    const options = {
      get base() {
        reads += 1;
        return reads === 1 ? base : /** @type {any} */ ({});
      },
    };
    expect(codeOf(() => fsDriver(options))).toBeUndefined();
    expect(reads).toBe(1);
  });

  it("pass on what a getter throws, and leave nothing behind", () => {
    const mine = new Error("mine");
    const thrower = (name) => ({
      get [name]() {
        throw mine;
      },
    });
    const base = temporaryDirectory();
    expect(() => fsDriver(thrower("base"))).toThrow(mine);
    expect(() =>
      fsDriver({ base, ...Object.create(null), watchOptions: thrower("depth") }),
    ).toThrow(mine);
    expect(() => createStorage(thrower("driver"))).toThrow(mine);
    expect(() => createStorage(new Proxy({}, { ownKeys: () => expect.unreachable() }))).toThrow();
    expect(readdirSync(base)).toEqual([]);
  });

  it("may come from a class or from defaults behind the object, and are checked there, too", async () => {
    const base = temporaryDirectory();
    writeFileSync(join(base, "k"), '{"json":1}');
    class Config {
      get base() {
        return base;
      }
      get readOnly() {
        return true;
      }
    }
    const storage = createStorage({ driver: fsDriver(new Config()) });
    await storage.setItem("k", 2);
    expect(await storage.getItem("k")).toBe(1);
    expect(codeOf(() => fsDriver(Object.create({ base, readOnly: "yes" })))).toBe("INVALID_OPTION");
    await storage.dispose();
  });
});

describe("a polluted Object.prototype", () => {
  it("sets no option, and changes no value", async () => {
    const base = temporaryDirectory();
    mkdirSync(join(base, "elsewhere"));
    const result = jsonOf(await run(POLLUTED, [base]));
    expect(result).toEqual({ failures: [], elsewhere: [], kept: true });
  });
});

describe("hostile calls", () => {
  it("fail with a code, or as the caller's own error", async () => {
    const storage = createStorage({ driver: fsDriver({ base: temporaryDirectory() }) });
    const mine = new Error("mine");
    const hostile = new Proxy(
      {},
      {
        get() {
          throw mine;
        },
      },
    );
    // It has no options of its own, and asks for none.
    expect(await storage.getItem("k", hostile)).toBeNull();
    await expect(storage.getKeys("", hostile)).rejects.toBe(mine);
    await expect(storage.setItem("k", hostile)).rejects.toMatchObject({ code: "UNSERIALIZABLE" });
    await expect(storage.setItemRaw("k", hostile)).rejects.toMatchObject({ code: "INVALID_VALUE" });
    await expect(storage.getItems([hostile])).rejects.toBe(mine);
    await expect(storage.setItems([hostile])).rejects.toBe(mine);
    for (const items of [null, undefined, "k", 5, {}, [null], [5], [{}], [{ key: 5 }]]) {
      await expect(storage.getItems(/** @type {any} */ (items))).rejects.toMatchObject({
        name: "StorageError",
      });
      await expect(storage.setItems(/** @type {any} */ (items))).rejects.toMatchObject({
        name: "StorageError",
      });
    }
    const view = prefixStorage(storage, "user");
    await expect(view.getItem("../admin")).rejects.toMatchObject({ code: "INVALID_KEY" });
    expect(await storage.getKeys()).toEqual([]);
    await storage.dispose();
  });
});
