import { createStorage } from "stowage";
import fs from "stowage/drivers/fs";
import memory from "stowage/drivers/memory";
import queue from "stowage/drivers/queue";
import { describe, expect, it } from "vitest";
import { syncMapDriver } from "../tools/map-driver";
import { temporaryDirectory } from "../tools/temporary.mjs";

describe("the order of listings", () => {
  it("is that of insertion for memory and for drivers that keep a Map", async () => {
    for (const driver of [memory(), syncMapDriver()]) {
      const storage = createStorage({ driver });
      const keys = ["z", "m:2", "a", "m:1", "10", "9"];
      await storage.setItems(keys.map((key) => ({ key, value: 1 })));
      expect(await storage.getKeys()).toEqual(keys);
      expect(storage.getKeysSync("m")).toEqual(["m:2", "m:1"]);
    }
  });

  it("has what a queue holds after what its driver lists", async () => {
    const storage = createStorage({ driver: queue({ driver: memory() }) });
    await storage.setItem("stored:z", 1);
    await storage.setItem("stored:a", 1);
    await storage.flush();
    await storage.setItem("queued:b", 1);
    await storage.setItem("stored:z", 2);
    await storage.setItem("queued:a", 1);
    await storage.removeItem("stored:a");
    expect(await storage.getKeys()).toEqual(["stored:z", "queued:b", "queued:a"]);
    expect(storage.getKeysSync()).toEqual(["stored:z", "queued:b", "queued:a"]);
    await storage.dispose();
  });

  it("is the same in both forms on fs", async () => {
    const storage = createStorage({ driver: fs({ base: temporaryDirectory() }) });
    await storage.setItems(["b", "a", "c:d", "c:a"].map((key) => ({ key, value: 1 })));
    expect(await storage.getKeys()).toEqual(storage.getKeysSync());
  });
});

describe("listings", () => {
  it("name meta keys when asked to", async () => {
    const storage = createStorage();
    await storage.setItem("a:doc", 1);
    await storage.setMeta("a:doc", { owner: "ann" });
    await storage.setItem("price$", 1);
    expect(await storage.getKeys()).toEqual(["a:doc"]);
    expect((await storage.getKeys("", { meta: true })).sort()).toEqual([
      "a:doc",
      "a:doc$",
      "price$",
    ]);
    expect((await storage.getKeys("a", { meta: true })).sort()).toEqual(["a:doc", "a:doc$"]);
    expect(storage.getKeysSync("", { meta: true })).toHaveLength(3);
  });

  it("filter what a driver lists beside the base and below the depth", async () => {
    const driver = { ...syncMapDriver(), getKeys: () => ["a/b", "a:b:c", "ab", "/x", "a$"] };
    const storage = createStorage({ driver });
    expect(await storage.getKeys()).toEqual(["a:b", "a:b:c", "ab", "x"]);
    expect(await storage.getKeys("a")).toEqual(["a:b", "a:b:c"]);
    expect(await storage.getKeys("", { maxDepth: 1 })).toEqual(["a:b", "ab", "x"]);
    expect(await storage.getKeys("a", { maxDepth: 1 })).toEqual(["a:b"]);
  });

  it("pass base and options to the driver", async () => {
    const calls: unknown[][] = [];
    const driver = {
      ...syncMapDriver(),
      getKeys: (...args: unknown[]) => {
        calls.push(args);
        return ["deep:a"];
      },
    };
    const storage = createStorage();
    storage.mount("m", driver);
    const options = { maxDepth: 5, unknown: true };
    expect(await storage.getKeys("m:deep", options)).toEqual(["m:deep:a"]);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.[0]).toBe("deep:");
    expect(calls[0]?.[1]).toMatchObject({ unknown: true });
  });
});
