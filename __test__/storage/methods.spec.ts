import * as stowage from "stowage";
import { createStorage, type Storage } from "stowage";
import fs from "stowage/drivers/fs";
import fsLite from "stowage/drivers/fs-lite";
import memory from "stowage/drivers/memory";
import queue from "stowage/drivers/queue";
import * as utils from "stowage/drivers/utils";
import { describe, expect, it, vi } from "vitest";
import { temporaryDirectory } from "../tools/temporary.mjs";

const ASYNC = `hasItem getItem setItem getItems setItems getItemRaw setItemRaw removeItem getMeta setMeta
  removeMeta getKeys clear dispose watch unwatch flush mount unmount getMount getMounts migrate
  getStorageVersion get set has del remove keys _setItemInternal _setItemsInternal _getItemsInternal`;
const SYNC = `hasItemSync getItemSync setItemSync getItemsSync setItemsSync getItemRawSync setItemRawSync
  removeItemSync getMetaSync setMetaSync removeMetaSync getKeysSync clearSync flushSync getSync setSync
  hasSync delSync removeSync keysSync`;
const METHODS = `${ASYNC} ${SYNC}`.split(/\s+/);

describe("a storage", () => {
  it("has every documented method as its own enumerable property", () => {
    const storage = createStorage();
    for (const name of METHODS) {
      const property = Object.getOwnPropertyDescriptor(storage, name);
      expect(property, name).toMatchObject({ enumerable: true, value: expect.any(Function) });
    }
  });

  it("works unbound", async () => {
    const {
      setItem,
      getItem,
      hasItem,
      getKeys,
      removeItem,
      setMeta,
      getMeta,
      setItemSync,
      getItemSync,
    } = createStorage();
    await setItem("a", 1);
    expect(await getItem("a")).toBe(1);
    expect(await hasItem("a")).toBe(true);
    await setMeta("a", { owner: "ann" });
    expect(await getMeta("a")).toMatchObject({ owner: "ann" });
    setItemSync("b", 2);
    expect(getItemSync("b")).toBe(2);
    await removeItem("a");
    expect(await getKeys()).toEqual(["b"]);
  });

  it("works when it was spread into another object", async () => {
    const storage = createStorage();
    const log: string[] = [];
    const logged: Storage = {
      ...storage,
      getItem: ((key: string) => {
        log.push(key);
        return storage.getItem(key);
      }) as Storage["getItem"],
    };
    await logged.setItem("a", 1);
    expect(await logged.getItem("a")).toBe(1);
    expect(log).toEqual(["a"]);
    expect(storage.getItemSync("a")).toBe(1);
  });

  it("works through a Proxy that calls with apply", async () => {
    const seen: string[] = [];
    const proxy = new Proxy(createStorage(), {
      get(target, name, receiver) {
        const value = Reflect.get(target, name, receiver);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          seen.push(String(name));
          return value.apply(target, args);
        };
      },
    });
    await proxy.setItem("a", 1);
    expect(await proxy.getItem("a")).toBe(1);
    expect(proxy.getKeysSync()).toEqual(["a"]);
    expect(seen).toEqual(["setItem", "getItem", "getKeysSync"]);
  });

  it("has short names for the common methods", async () => {
    const storage = createStorage();
    await storage.set("a", 1);
    expect(await storage.get("a")).toBe(1);
    expect(await storage.has("a")).toBe(true);
    expect(await storage.keys()).toEqual(["a"]);
    await storage.del("a");
    await storage.set("b", 1);
    await storage.remove("b");
    expect(await storage.keys()).toEqual([]);

    storage.setSync("a", 1);
    expect(storage.getSync("a")).toBe(1);
    expect(storage.hasSync("a")).toBe(true);
    expect(storage.keysSync()).toEqual(["a"]);
    storage.delSync("a");
    storage.setSync("b", 1);
    storage.removeSync("b");
    expect(storage.keysSync()).toEqual([]);
  });

  it("gives promises from every asynchronous method, and rejects instead of throwing", async () => {
    const storage = createStorage();
    const calls = [
      storage.getItem("../x"),
      storage.setItem("../x", 1),
      storage.hasItem("../x"),
      storage.getItems(["../x"]),
      storage.setItems([{ key: "../x", value: 1 }]),
      storage.getItemRaw("../x"),
      storage.setItemRaw("../x", "1"),
      storage.removeItem("../x"),
      storage.getMeta("../x"),
      storage.setMeta("../x", {}),
      storage.removeMeta("../x"),
      storage.getKeys("../x"),
      storage.clear("../x"),
    ];
    for (const call of calls) {
      expect(call).toBeInstanceOf(Promise);
      await expect(call).rejects.toMatchObject({ code: "INVALID_KEY" });
    }
  });

  it("disposes each driver once and is not usable afterwards", async () => {
    const dispose = vi.fn();
    const driver = { hasItem: () => false, getItem: () => null, getKeys: () => [], dispose };
    const storage = createStorage({ driver });
    storage.mount("m", { ...driver, dispose });
    await storage.dispose();
    expect(dispose).toHaveBeenCalledTimes(2);
    await expect(storage.getItem("a")).rejects.toMatchObject({ code: "DISPOSED" });
    await expect(storage.setItem("a", 1)).rejects.toMatchObject({ code: "DISPOSED" });
    await expect(storage.getKeys()).rejects.toMatchObject({ code: "DISPOSED" });
    await expect(storage.watch(() => undefined)).rejects.toMatchObject({ code: "DISPOSED" });
    expect(() => storage.getItemSync("a")).toThrow(expect.objectContaining({ code: "DISPOSED" }));
    expect(() => storage.setItemSync("a", 1)).toThrow(
      expect.objectContaining({ code: "DISPOSED" }),
    );
  });

  it("may be disposed twice", async () => {
    const storage = createStorage({ driver: queue({ driver: memory() }) });
    await storage.dispose();
    await expect(storage.dispose()).resolves.toBeUndefined();
  });
});

describe("options of createStorage", () => {
  it("of a wrong type or an unknown name are refused by name", () => {
    const cases: Array<[string, object]> = [
      ["driver", { driver: 5 }],
      ["version", { version: "2" }],
      ["migrations", { migrations: "none" }],
      ["onCorrupt", { onCorrupt: "ignore" }],
      ["drivers", { drivers: [] }],
    ];
    for (const [name, options] of cases) {
      expect(() => createStorage(options), name).toThrow(
        expect.objectContaining({
          code: "INVALID_OPTION",
          message: expect.stringContaining(name),
        }),
      );
    }
  });

  it("may be left out", async () => {
    expect(await createStorage().getKeys()).toEqual([]);
    expect(await createStorage({}).getKeys()).toEqual([]);
    expect(await createStorage({ driver: undefined, version: undefined }).getKeys()).toEqual([]);
  });
});

describe("native driver objects", () => {
  const DRIVER =
    `hasItem getItem getItemRaw setItem setItemRaw removeItem getKeys clear dispose hasItemSync
    getItemSync getItemRawSync setItemSync setItemRawSync removeItemSync getKeysSync clearSync`.split(
      /\s+/,
    );

  it("have the documented methods as own enumerable functions", () => {
    const drivers = [
      memory(),
      fs({ base: temporaryDirectory() }),
      fsLite({ base: temporaryDirectory() }),
      queue({ driver: memory() }),
    ];
    for (const driver of drivers) {
      for (const name of DRIVER) {
        const property = Object.getOwnPropertyDescriptor(driver, name);
        const label = `${driver.name}.${name}`;
        expect(property?.enumerable, label).toBe(true);
        expect(typeof (driver as unknown as Record<string, unknown>)[name], label).toBe("function");
      }
    }
  });

  it("answer DISPOSED after dispose", async () => {
    for (const driver of [
      memory(),
      fs({ base: temporaryDirectory() }),
      queue({ driver: memory() }),
    ]) {
      await driver.dispose?.();
      const call = (async () => driver.getItem("a"))();
      await expect(call, driver.name).rejects.toMatchObject({ code: "DISPOSED" });
    }
  });
});

describe("the module", () => {
  it("exports every documented name", () => {
    const names = `createStorage prefixStorage snapshot restoreSnapshot defineDriver builtinDrivers
      normalizeKey joinKeys normalizeBaseKey filterKeyByDepth filterKeyByBase`.split(/\s+/);
    for (const name of names) expect(stowage, name).toHaveProperty(name);
  });

  it("names the built-in drivers", () => {
    const { builtinDrivers } = stowage;
    expect(Object.keys(builtinDrivers).sort()).toEqual(
      expect.arrayContaining(["fs", "fs-lite", "fsLite", "memory", "queue"]),
    );
    expect(builtinDrivers.fs).toMatch(/\/drivers\/fs$/);
    expect(builtinDrivers.fsLite).toBe(builtinDrivers["fs-lite"]);
  });

  it("has what driver authors need in drivers/utils", () => {
    const factory = () => ({ hasItem: () => false, getItem: () => null, getKeys: () => [] });
    expect(utils.defineDriver(factory)).toBe(factory);
    const error = utils.createError("mine", "broke", { cause: "why" });
    expect(error).toBeInstanceOf(Error);
    expect(error.message).toContain("[mine] broke");
    expect(error.cause).toBe("why");
    expect(utils.createRequiredError("mine", "url").message).toContain(
      "[mine] Missing required option `url`.",
    );
    expect(utils.createRequiredError("mine", ["url", "db"]).message).toContain(
      "Missing some of the required options `url`, `db`",
    );
    expect(utils.normalizeKey("/a/b\\c")).toBe("a:b:c");
    expect(utils.normalizeKey("a:b", "/" as ":")).toBe("a/b");
    expect(utils.joinKeys("a", "", "/b/")).toBe("a:b");
  });
});
