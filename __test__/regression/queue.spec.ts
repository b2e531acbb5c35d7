import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createStorage } from "stowage";
import fs from "stowage/drivers/fs";
import memory from "stowage/drivers/memory";
import queue from "stowage/drivers/queue";
import { describe, expect, it } from "vitest";
import { gate, spiedDriver } from "../queue/support";
import { jsonOf, run } from "../tools/child.mjs";
import { temporaryDirectory } from "../tools/temporary.mjs";

/** The predecessor's queue lost, reordered or hid writes in each of these. */
describe("queue", () => {
  it("dispose lost what was queued beyond one batch", async () => {
    const base = temporaryDirectory();
    const storage = createStorage({ driver: queue({ driver: fs({ base }) }) });
    for (let n = 0; n < 150; n++) await storage.setItem(`k${n}`, n);
    await storage.dispose();
    expect(readdirSync(base)).toHaveLength(150);
  });

  it("flush resolved before what was queued had been written", async () => {
    const base = temporaryDirectory();
    const storage = createStorage({ driver: queue({ driver: fs({ base }) }) });
    for (let n = 0; n < 150; n++) await storage.setItem(`k${n}`, n);
    await storage.flush();
    expect(readdirSync(base)).toHaveLength(150);
    await storage.dispose();
  });

  it("a read during a flush gave the value that was being replaced", async () => {
    const inner = spiedDriver();
    const held = gate();
    inner.data.set("k", '{"json":"old"}');
    inner.setItem.mockImplementationOnce(() => held.pass());
    const storage = createStorage({ driver: queue({ driver: inner }) });
    await storage.setItem("k", "new");
    const flushed = storage.flush();
    await held.reached;
    expect(await storage.getItem("k")).toBe("new");
    held.open();
    await flushed;
  });

  it("mergeUpdates: false kept the first update and dropped the second", async () => {
    const inner = spiedDriver();
    const { setItems: _, ...single } = inner;
    const storage = createStorage({ driver: queue({ driver: single, mergeUpdates: false }) });
    await storage.setItem("k", 1);
    await storage.setItem("k", 2);
    await storage.flush();
    expect(inner.setItem.mock.calls.map(([, value]) => value)).toEqual([
      '{"json":1}',
      '{"json":2}',
    ]);
    expect(await storage.getItem("k")).toBe(2);
  });

  it("a synchronous write was undone by the older one in the queue", async () => {
    const base = temporaryDirectory();
    const storage = createStorage({ driver: queue({ driver: fs({ base }) }) });
    await storage.setItem("k", "queued");
    storage.setItemSync("k", "later");
    expect(await storage.getItem("k")).toBe("later");
    await storage.flush();
    expect(await createStorage({ driver: fs({ base }) }).getItem("k")).toBe("later");
    await storage.dispose();
  });

  it("a synchronous removal was undone by the older write in the queue", async () => {
    const storage = createStorage({ driver: queue({ driver: memory() }) });
    await storage.setItem("k", 1);
    storage.removeItemSync("k");
    await storage.flush();
    expect(await storage.getItem("k")).toBeNull();
    expect(await storage.getKeys()).toEqual([]);
  });

  it("getItems gave queued values first, not in the order asked", async () => {
    const storage = createStorage({ driver: queue({ driver: memory() }) });
    await storage.setItem("a", 1);
    await storage.flush();
    await storage.setItem("b", 2);
    expect((await storage.getItems(["a", "b"])).map(({ key }) => key)).toEqual(["a", "b"]);
    await storage.dispose();
  });

  it("a failed flush in the background killed the process and lost the value", async () => {
    const base = join(temporaryDirectory(), "in-the-way");
    writeFileSync(base, "a file where the folder should be");
    const seen = jsonOf(await run(new URL("fixtures/flush-fails.mjs", import.meta.url), [base]));
    expect(["ENOTDIR", "EEXIST"]).toContain(seen.told);
    expect(["ENOTDIR", "EEXIST"]).toContain(seen.flushed);
    expect(seen).toMatchObject({ read: "kept", stored: "kept" });
  });

  it("watching a queue over memory reported nothing", async () => {
    const storage = createStorage({ driver: queue({ driver: memory() }) });
    const events: string[] = [];
    await storage.watch((event, key) => events.push(`${event} ${key}`));
    await storage.setItem("k", 1);
    await storage.flush();
    expect(events).toEqual(["update k"]);
    await storage.dispose();
  });

  it("a long loop of awaited writes only filled the queue", async () => {
    const base = temporaryDirectory();
    const storage = createStorage({ driver: queue({ driver: fs({ base }), batchSize: 100 }) });
    for (let n = 0; n < 3000; n++) await storage.setItem(`k${n}`, n);
    const written = readdirSync(base).length;
    await storage.dispose();
    expect(written).toBeGreaterThanOrEqual(2000);
    expect(readdirSync(base)).toHaveLength(3000);
  });

  it("an empty raw value in the queue read as missing", async () => {
    const storage = createStorage({ driver: queue({ driver: memory() }) });
    await storage.setItemRaw("k", "");
    expect(await storage.getItemRaw("k")).toBe("");
    expect(storage.getItemRawSync("k")).toBe("");
    await storage.flush();
    expect(await storage.getItemRaw("k")).toBe("");
  });

  it("the metadata of an item whose removal was queued was still there", async () => {
    const storage = createStorage({
      driver: queue({ driver: fs({ base: temporaryDirectory() }) }),
    });
    await storage.setItem("k", 1);
    await storage.flush();
    expect(await storage.getMeta("k")).toHaveProperty("size");
    await storage.removeItem("k");
    expect(await storage.hasItem("k")).toBe(false);
    expect(await storage.getKeys()).toEqual([]);
    expect({ ...(await storage.getMeta("k")) }).toEqual({});
    expect({ ...storage.getMetaSync("k") }).toEqual({});
    await storage.dispose();
  });
});
