import { createStorage, type Driver } from "stowage";
import fs from "stowage/drivers/fs";
import memory from "stowage/drivers/memory";
import { describe, expect, it, vi } from "vitest";
import { temporaryDirectory } from "../tools/temporary.mjs";

const bases = (mounts: Array<{ base: string }>) => mounts.map((mount) => mount.base);

describe("mounts", () => {
  it("route a key to the mount with the longest base", async () => {
    const [root, cache, routes] = [memory(), memory(), memory()];
    const storage = createStorage({ driver: root });
    expect(storage.mount("/cache", cache)).toBe(storage);
    storage.mount("cache:routes", routes);

    await storage.setItem("a", "root");
    await storage.setItem("cache:a", "cache");
    await storage.setItem("cache:routes:a", "routes");
    await storage.setItem("cached", "root too");
    const stored = (driver: Driver) => [
      ...(driver.getInstance as () => Map<string, unknown>)().keys(),
    ];
    expect(stored(root)).toEqual(["a", "cached"]);
    expect(stored(cache)).toEqual(["a"]);
    expect(stored(routes)).toEqual(["a"]);
    expect(await storage.getItem("cache:routes:a")).toBe("routes");
    expect(storage.getItemSync("cache/a")).toBe("cache");
  });

  it("hide the keys of the parent below their base", async () => {
    const storage = createStorage();
    await storage.setItem("m:hidden", 1);
    await storage.setItem("seen", 1);
    storage.mount("m", memory());
    await storage.setItem("m:own", 2);
    expect((await storage.getKeys()).sort()).toEqual(["m:own", "seen"]);
    expect(storage.getKeysSync("m")).toEqual(["m:own"]);
    expect(await storage.getItem("m:hidden")).toBeNull();
    await storage.unmount("m");
    expect((await storage.getKeys()).sort()).toEqual(["m:hidden", "seen"]);
  });

  it("do not own the key that is their base without the separator", async () => {
    const storage = createStorage();
    storage.mount("m", memory());
    await storage.setItem("m", "in the root");
    await storage.setItem("m:a", "in the mount");
    expect(await storage.getItem("m")).toBe("in the root");
    expect((await storage.getKeys()).sort()).toEqual(["m", "m:a"]);
  });

  it("are found by getMount", () => {
    const [root, cache] = [memory(), memory()];
    const storage = createStorage({ driver: root });
    storage.mount("cache", cache).mount("cache:routes", memory());
    expect(storage.getMount()).toEqual({ base: "", driver: root });
    expect(storage.getMount().driver).toBe(root);
    expect(storage.getMount("/").base).toBe("");
    expect(storage.getMount("cache").driver).toBe(cache);
    expect(storage.getMount("/cache").base).toBe("cache:");
    expect(storage.getMount("cache:other").base).toBe("cache:");
    expect(storage.getMount("cache:routes:x").base).toBe("cache:routes:");
    expect(storage.getMount("cached").base).toBe("");
  });

  it("are listed by getMounts, the longest base first", () => {
    const storage = createStorage();
    storage.mount("cache", memory()).mount("cache:routes", memory()).mount("z", memory());
    expect(bases(storage.getMounts()).sort()).toEqual(["", "cache:", "cache:routes:", "z:"]);
    expect(bases(storage.getMounts("/cache"))).toEqual(["cache:routes:", "cache:"]);
    expect(bases(storage.getMounts("cache:routes"))).toEqual(["cache:routes:"]);
    expect(bases(storage.getMounts("cache:routes", { parents: true }))).toEqual([
      "cache:routes:",
      "cache:",
      "",
    ]);
    const { driver } = storage.getMount("z");
    expect(storage.getMounts("z")[0]?.driver).toBe(driver);
  });

  it("cannot share a base", async () => {
    const storage = createStorage();
    storage.mount("a", memory());
    expect(() => storage.mount("/a/", memory())).toThrow("already mounted at a:");
    expect(() => storage.mount("a", memory())).toThrow(
      expect.objectContaining({ code: "ALREADY_MOUNTED" }),
    );
    await storage.unmount("a");
    storage.mount("a", memory());
    expect(storage.getMount("a").base).toBe("a:");
  });

  it("are disposed when unmounted, unless told not to", async () => {
    const dispose = vi.fn();
    const driver: Driver = {
      hasItem: () => false,
      getItem: () => null,
      getKeys: () => [],
      dispose,
    };
    const storage = createStorage();
    storage.mount("kept", driver);
    await storage.unmount("kept", false);
    expect(dispose).not.toHaveBeenCalled();
    storage.mount("gone", driver);
    await storage.unmount("gone");
    expect(dispose).toHaveBeenCalledOnce();
  });

  it("keep a driver usable that was unmounted without disposal", async () => {
    const driver = memory();
    const storage = createStorage();
    storage.mount("m", driver);
    await storage.setItem("m:a", 1);
    await storage.unmount("m", false);
    storage.mount("n", driver);
    expect(await storage.getItem("n:a")).toBe(1);
  });

  it("ignore the removal of what is not mounted, and of the root", async () => {
    const storage = createStorage();
    await storage.setItem("a", 1);
    await storage.unmount("nothing");
    await storage.unmount("");
    expect(await storage.getItem("a")).toBe(1);
  });

  it("count depth from the root of the storage", async () => {
    const storage = createStorage();
    storage.mount("fs", fs({ base: temporaryDirectory() })).mount("mem", memory());
    for (const key of ["top", "fs:a", "fs:a2:b", "mem:a", "mem:a2:b"])
      await storage.setItem(key, 1);
    const upTo = async (maxDepth: number) => (await storage.getKeys("", { maxDepth })).sort();
    expect(await upTo(0)).toEqual(["top"]);
    expect(await upTo(1)).toEqual(["fs:a", "mem:a", "top"]);
    expect(await upTo(2)).toHaveLength(5);
    expect(storage.getKeysSync("fs", { maxDepth: 1 })).toEqual(["fs:a"]);
  });

  it("are cleared below a base only, across mounts", async () => {
    const storage = createStorage();
    storage.mount("a:m", memory()).mount("b", memory());
    for (const key of ["a:1", "a:m:1", "b:1", "c"]) await storage.setItem(key, 1);
    await storage.clear("a");
    expect((await storage.getKeys()).sort()).toEqual(["b:1", "c"]);
    await storage.clear();
    expect(await storage.getKeys()).toEqual([]);
  });

  it("keep what they hide when the parent is cleared", async () => {
    const storage = createStorage();
    await storage.setItem("m:hidden", 1);
    await storage.setItem("seen", 1);
    storage.mount("m", memory());
    await storage.clear();
    await storage.unmount("m");
    expect(await storage.getKeys()).toEqual(["m:hidden"]);
  });

  it("hold a Storage as a driver, with its own mounts", async () => {
    const inner = createStorage();
    inner.mount("deep", memory());
    const outer = createStorage();
    outer.mount("inner", inner as object as Driver);
    await outer.setItem("inner:deep:a", { when: new Date(5) });
    expect(await inner.hasItem("deep:a")).toBe(true);
    expect(await outer.getItem("inner:deep:a")).toEqual({ when: new Date(5) });
    expect(outer.getItemSync("inner:deep:a")).toEqual({ when: new Date(5) });
    expect(await outer.getKeys("inner")).toEqual(["inner:deep:a"]);
    expect(outer.getMount("inner").driver).toBe(inner);
  });

  it("with an invalid base are refused", () => {
    expect(() => createStorage().mount("a:..:b", memory())).toThrow("Invalid key");
  });
});
