import { createStorage } from "stowage";
import memory from "stowage/drivers/memory";
import { testDriver } from "stowage/suite";
import { describe, expect, it } from "vitest";

testDriver({
  name: "memory",
  driver: () => memory(),
  additionalTests(context) {
    it("is named and used by default", () => {
      expect(context.driver.name).toBe("memory");
      expect(createStorage().getMount().driver.name).toBe("memory");
    });

    it("lists in the order of insertion; replacing keeps the place", async () => {
      for (const key of ["z", "b:1", "a", "b:0"]) context.storage.setItemSync(key, 1);
      await context.storage.setItem("b:1", 2);
      expect(await context.storage.getKeys()).toEqual(["z", "b:1", "a", "b:0"]);
      await context.storage.removeItem("z");
      await context.storage.setItem("z", 1);
      expect(context.storage.getKeysSync()).toEqual(["b:1", "a", "b:0", "z"]);
    });

    it("has no native metadata", async () => {
      await context.storage.setItem("a", 1);
      expect({ ...(await context.storage.getMeta("a")) }).toEqual({});
    });

    it("gives raw values in the kind in which they came", async () => {
      await context.storage.setItemRaw("u8", new Uint8Array([1, 2]));
      await context.storage.setItemRaw("buffer", Buffer.from([3]));
      await context.storage.setItemRaw("text", "t");
      const u8 = await context.storage.getItemRaw("u8");
      expect(Buffer.isBuffer(u8)).toBe(false);
      expect(u8).toEqual(new Uint8Array([1, 2]));
      expect(Buffer.isBuffer(context.storage.getItemRawSync("buffer"))).toBe(true);
      expect(await context.storage.getItemRaw("text")).toBe("t");
    });

    it("gives each reader its own bytes", async () => {
      context.storage.setItemRawSync("raw", new Uint8Array([1, 2, 3]));
      const first = context.storage.getItemRawSync("raw");
      first.fill(0);
      expect([...(await context.storage.getItemRaw("raw"))]).toEqual([1, 2, 3]);
    });
  },
});

describe("the instance of a memory driver", () => {
  it("reads and writes as a Map", () => {
    const driver = memory();
    const storage = createStorage({ driver });
    const map = driver.getInstance?.() as Map<string, unknown>;
    expect(map.size).toBe(0);

    storage.setItemSync("a", { n: 1 });
    expect(map.size).toBe(1);
    expect(map.has("a")).toBe(true);
    expect(map.get("a")).toBe('{"json":{"n":1}}');
    expect(map.get("none")).toBeUndefined();

    map.set("b", '{"json":"from the map"}');
    expect(storage.getItemSync("b")).toBe("from the map");
    expect([...map.keys()]).toEqual(["a", "b"]);
    expect([...map.values()]).toEqual(['{"json":{"n":1}}', '{"json":"from the map"}']);
    expect([...map.entries()]).toEqual([...map]);
    const seen: unknown[] = [];
    map.forEach((value, key) => {
      seen.push([key, value]);
    });
    expect(seen).toEqual([...map]);

    expect(map.delete("a")).toBe(true);
    expect(map.delete("a")).toBe(false);
    expect(storage.hasItemSync("a")).toBe(false);
    map.clear();
    expect(storage.getKeysSync()).toEqual([]);
  });

  it("is the same each time, and one per driver", () => {
    const driver = memory();
    expect(driver.getInstance?.()).toBe(driver.getInstance?.());
    createStorage({ driver }).setItemSync("a", 1);
    expect((memory().getInstance as () => Map<string, unknown>)().size).toBe(0);
  });

  it("is reached through getMount, as monitors do", async () => {
    const storage = createStorage({ driver: memory() });
    await storage.setItem("a", 1);
    expect(storage.getMount().driver.getInstance?.().size).toBe(1);
  });
});

describe("a memory driver by itself", () => {
  it("stores text without a storage around it, unbound", async () => {
    const { setItem, getItem, hasItem, getKeys, removeItem, getItemSync } = memory();
    await setItem?.("k", "text", {});
    expect(await getItem("k", {})).toBe("text");
    expect(getItemSync?.("k", {})).toBe("text");
    expect(await hasItem("k", {})).toBe(true);
    expect(await getKeys("", {})).toEqual(["k"]);
    await removeItem?.("k", {});
    expect(await getItem("k")).toBeNull();
  });
});
