import { createStorage, type Driver, type Storage, type WatchCallback } from "stowage";
import fs from "stowage/drivers/fs";
import memory from "stowage/drivers/memory";
import queue from "stowage/drivers/queue";
import { describe, expect, it, vi } from "vitest";
import { syncMapDriver } from "../tools/map-driver";
import { temporaryDirectory } from "../tools/temporary.mjs";
import { uncaughtInTest } from "../tools/uncaught";

const catchUncaught = uncaughtInTest();

/** Watches and returns what was reported, as text. */
async function events(storage: Storage): Promise<string[]> {
  const seen: string[] = [];
  await storage.watch((event, key) => seen.push(`${event} ${key}`));
  return seen;
}

const STORES: Array<[string, () => Driver]> = [
  ["memory", () => memory()],
  ["fs", () => fs({ base: temporaryDirectory() })],
  ["queue(memory)", () => queue({ driver: memory() })],
  ["queue(fs)", () => queue({ driver: fs({ base: temporaryDirectory() }) })],
  ["a driver in JavaScript", () => syncMapDriver()],
];

for (const [name, makeDriver] of STORES) {
  describe(`watching ${name}`, () => {
    it("reports each change made here exactly once, before the call is over", async () => {
      const storage = createStorage({ driver: makeDriver() });
      const seen = await events(storage);
      const reported = () => seen.splice(0);

      await storage.setItem("/a/b", 1);
      expect(reported()).toEqual(["update a:b"]);
      await storage.setItemRaw("raw", "x");
      expect(reported()).toEqual(["update raw"]);
      await storage.setItems([
        { key: "s:1", value: 1 },
        { key: "s:2", value: 2 },
        { key: "s:3", value: 3 },
      ]);
      expect(reported().sort()).toEqual(["update s:1", "update s:2", "update s:3"]);
      await storage.removeItem("raw");
      expect(reported()).toEqual(["remove raw"]);
      await storage.setItem("a:b", undefined);
      expect(reported()).toEqual(["remove a:b"]);
      await storage.clear("s");
      expect(reported().sort()).toEqual(["remove s:1", "remove s:2", "remove s:3"]);
      await storage.flush();
      expect(reported()).toEqual([]);
      await storage.dispose();
    });

    it("reports synchronous changes inside the call", async () => {
      const storage = createStorage({ driver: makeDriver() });
      const seen = await events(storage);
      const reported = () => seen.splice(0);

      storage.setItemSync("a", 1);
      expect(reported()).toEqual(["update a"]);
      storage.setItemRawSync("raw", "x");
      expect(reported()).toEqual(["update raw"]);
      storage.setItemsSync([
        { key: "s:1", value: 1 },
        { key: "s:2", value: 2 },
      ]);
      expect(reported().sort()).toEqual(["update s:1", "update s:2"]);
      storage.removeItemSync("raw");
      expect(reported()).toEqual(["remove raw"]);
      storage.clearSync("s");
      expect(reported().sort()).toEqual(["remove s:1", "remove s:2"]);
      await storage.dispose();
    });

    it("reports full keys for a mount", async () => {
      const storage = createStorage();
      const seen = await events(storage);
      storage.mount("m", makeDriver());
      await storage.setItem("m:a", 1);
      await storage.clear("m");
      expect(seen).toEqual(["update m:a", "remove m:a"]);
      await storage.dispose();
    });

    it("reports nothing for what failed", async () => {
      const storage = createStorage({ driver: makeDriver() });
      const seen = await events(storage);
      await expect(storage.setItem("a", (() => 1) as never)).rejects.toThrow("Cannot stringify");
      await expect(storage.setItem("..", 1)).rejects.toThrow("Invalid key");
      expect(seen).toEqual([]);
      await storage.dispose();
    });
  });
}

describe("watch", () => {
  it("reports changes of metadata under the meta key, and none for implied removals", async () => {
    const storage = createStorage();
    await storage.setItem("a", 1);
    const seen = await events(storage);
    await storage.setMeta("a", { owner: "ann" });
    await storage.removeItem("a", true);
    expect(seen).toEqual(["update a$", "remove a"]);
  });

  it("with a base reports the keys below it, in full", async () => {
    const storage = createStorage();
    storage.mount("a:m", memory());
    const seen: string[] = [];
    const stop = await storage.watch("/a/", (event, key) => seen.push(`${event} ${key}`));
    await storage.setItem("a:1", 1);
    await storage.setItem("ab", 1);
    await storage.setItem("b:a:1", 1);
    await storage.setItem("a:m:x", 1);
    await storage.clear();
    expect(seen.slice(0, 2)).toEqual(["update a:1", "update a:m:x"]);
    expect(seen.slice(2).sort()).toEqual(["remove a:1", "remove a:m:x"]);
    await stop();
    await storage.setItem("a:1", 1);
    expect(seen).toHaveLength(4);
  });

  it("calls listeners in the order in which they came, each until it is stopped", async () => {
    const storage = createStorage();
    const seen: string[] = [];
    const stopFirst = await storage.watch(() => seen.push("first"));
    const stopSecond = await storage.watch(() => seen.push("second"));
    await storage.setItem("a", 1);
    await stopFirst();
    await storage.setItem("a", 2);
    await stopSecond();
    await storage.setItem("a", 3);
    expect(seen).toEqual(["first", "second", "second"]);
    await stopFirst();
  });

  it("calls a listener as often as it was registered", async () => {
    const storage = createStorage();
    const listener = vi.fn();
    await storage.watch(listener);
    await storage.watch(listener);
    await storage.setItem("a", 1);
    expect(listener).toHaveBeenCalledTimes(2);
    await storage.unwatch();
  });

  it("ends for everyone with unwatch, and can begin again", async () => {
    const storage = createStorage();
    const listener = vi.fn();
    await storage.watch(listener);
    await storage.watch(listener);
    await storage.unwatch();
    await storage.setItem("a", 1);
    expect(listener).not.toHaveBeenCalled();
    await storage.watch(listener);
    await storage.setItem("a", 2);
    expect(listener).toHaveBeenCalledExactlyOnceWith("update", "a");
  });

  it("needs a function", async () => {
    const storage = createStorage();
    await expect(storage.watch("base" as unknown as WatchCallback)).rejects.toThrow();
    await expect(storage.watch(undefined as unknown as WatchCallback)).rejects.toThrow();
  });

  it("lets a listener write, and reports that too", async () => {
    const storage = createStorage();
    const seen: string[] = [];
    await storage.watch((event, key) => {
      seen.push(`${event} ${key}`);
      if (key === "a") storage.setItemSync("from-listener", 1);
    });
    await storage.setItem("a", 1);
    expect(seen).toEqual(["update a", "update from-listener"]);
    expect(await storage.hasItem("from-listener")).toBe(true);
  });

  it("lets a listener stop itself", async () => {
    const storage = createStorage();
    const other = vi.fn();
    let calls = 0;
    const stop = await storage.watch(() => {
      calls++;
      void stop();
    });
    await storage.watch(other);
    await storage.setItem("a", 1);
    await storage.setItem("a", 2);
    expect(calls).toBe(1);
    expect(other).toHaveBeenCalledTimes(2);
  });

  it("keeps exceptions of a listener from the writer and from other listeners", async () => {
    const uncaught = catchUncaught();
    const storage = createStorage();
    const failure = new Error("listener broke");
    const other = vi.fn();
    await storage.watch(() => {
      throw failure;
    });
    await storage.watch(other);
    await storage.setItem("a", 1);
    storage.setItemSync("b", 2);
    expect(other).toHaveBeenCalledTimes(2);
    await uncaught.count(2);
    expect(uncaught.seen).toEqual([failure, failure]);
    expect(await storage.getItem("a")).toBe(1);
  });

  it("follows mounts that come and go", async () => {
    const storage = createStorage();
    const seen = await events(storage);
    storage.mount("m", memory());
    await storage.setItem("m:a", 1);
    await storage.unmount("m");
    await storage.setItem("m:a", 2);
    expect(seen).toEqual(["update m:a", "update m:a"]);
  });

  it("passes on what a driver in JavaScript reports, normalised and below its mount", async () => {
    let report: WatchCallback = () => undefined;
    const stopped = vi.fn();
    const driver: Driver = {
      ...syncMapDriver(),
      watch(callback) {
        report = callback;
        return stopped;
      },
    };
    const storage = createStorage();
    storage.mount("m", driver);
    const seen = await events(storage);
    report("update", "x/y");
    report("remove", "z");
    expect(seen).toEqual(["update m:x:y", "remove m:z"]);
    await storage.unwatch();
    expect(stopped).toHaveBeenCalledOnce();
  });

  it("leaves own changes to a driver in JavaScript that watches", async () => {
    const driver: Driver = { ...syncMapDriver(), watch: () => () => undefined };
    const storage = createStorage({ driver });
    const seen = await events(storage);
    await storage.setItem("a", 1);
    expect(seen).toEqual([]);
  });

  it("fails with the driver's own error when the driver cannot watch", async () => {
    const failure = new Error("no watching today");
    const driver: Driver = { ...syncMapDriver(), watch: () => Promise.reject(failure) };
    const storage = createStorage({ driver });
    await expect(storage.watch(() => undefined)).rejects.toBe(failure);
  });
});
