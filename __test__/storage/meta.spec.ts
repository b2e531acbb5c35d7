import { createStorage, type Driver, type StorageMeta } from "stowage";
import fs from "stowage/drivers/fs";
import { describe, expect, it, vi } from "vitest";
import { temporaryDirectory } from "../tools/temporary.mjs";

describe("metadata", () => {
  it("that was set goes over native metadata", async () => {
    const storage = createStorage({ driver: fs({ base: temporaryDirectory() }) });
    await storage.setItem("doc", "text");
    await storage.setMeta("doc", { size: 1, owner: "ann" });
    const merged = await storage.getMeta("doc");
    expect(merged).toMatchObject({ size: 1, owner: "ann", mtime: expect.any(Date) });
    const native = await storage.getMeta("doc", { nativeOnly: true });
    expect(native.size).toBe(15);
    expect(native).not.toHaveProperty("owner");
    expect(storage.getMetaSync("doc")).toEqual(merged);
    expect(storage.getMetaSync("doc", { nativeOnly: true })).toEqual(native);
  });

  it("gives atime and mtime as Dates, also when they were stored as text", async () => {
    const storage = createStorage();
    const text = "2024-01-02T03:04:05.000Z";
    await storage.setMeta("doc", { mtime: text, atime: text } as object as StorageMeta);
    const meta = await storage.getMeta("doc");
    expect(meta.mtime).toEqual(new Date(text));
    expect(meta.atime).toEqual(new Date(text));
    await storage.setMeta("doc", { mtime: new Date(7) });
    expect((await storage.getMeta("doc")).mtime).toEqual(new Date(7));
  });

  it("is kept under the key with a dollar sign", async () => {
    const storage = createStorage();
    await storage.setMeta("a:doc", { owner: "ann" });
    expect(await storage.getItem("a:doc$")).toEqual({ owner: "ann" });
    storage.setMetaSync("b", { n: 1 });
    expect(storage.getItemSync("b$")).toEqual({ n: 1 });
  });

  it("of a driver is asked for with the options of the call", async () => {
    const getMeta = vi.fn(() => ({ etag: "x" }));
    const driver: Driver = { hasItem: () => true, getItem: () => null, getKeys: () => [], getMeta };
    const storage = createStorage({ driver });
    expect({ ...(await storage.getMeta("doc", { fresh: true })) }).toEqual({ etag: "x" });
    expect(getMeta).toHaveBeenCalledExactlyOnceWith("doc", { fresh: true });
  });

  it("is asked for one after the other, native metadata first", async () => {
    const order: string[] = [];
    const note = (name: string) => () => {
      order.push(name);
      return Promise.resolve(null);
    };
    const driver: Driver = {
      hasItem: () => true,
      getItem: (key) => note(`getItem ${key}`)(),
      getKeys: () => [],
      getMeta: note("getMeta"),
    };
    await createStorage({ driver }).getMeta("doc");
    expect(order).toEqual(["getMeta", "getItem doc$"]);
  });

  it.each([
    ["not text", Buffer.from([0xff, 0xfe])],
    ["not JSON", Buffer.from("{")],
    ["empty", Buffer.alloc(0)],
  ])("that is %s is reported, or left out if the app wants that", async (_name, bytes) => {
    const base = temporaryDirectory();
    const storage = createStorage({ driver: fs({ base }) });
    await storage.setItem("doc", "text");
    await storage.setItemRaw("doc$", bytes);
    const corrupt = expect.objectContaining({ code: "CORRUPT", operation: "getItem", key: "doc$" });
    await expect(storage.getMeta("doc")).rejects.toEqual(corrupt);
    expect(() => storage.getMetaSync("doc")).toThrow(corrupt);
    expect((await storage.getMeta("doc", { nativeOnly: true })).size).toBe(15);
    const lenient = createStorage({ driver: fs({ base }), onCorrupt: "null" });
    expect((await lenient.getMeta("doc")).size).toBe(15);
    expect(lenient.getMetaSync("doc").size).toBe(15);
  });

  it("may be null from a driver", async () => {
    const driver: Driver = {
      hasItem: () => false,
      getItem: () => null,
      getKeys: () => [],
      getMeta: () => null,
    };
    expect({ ...(await createStorage({ driver }).getMeta("doc")) }).toEqual({});
  });

  it("goes with the item for each spelling of removeMeta", async () => {
    const storage = createStorage();
    const ways: Array<() => unknown> = [
      () => storage.removeItem("doc", true),
      () => storage.removeItem("doc", { removeMeta: true }),
      () => storage.removeItemSync("doc", true),
      () => storage.removeItemSync("doc", { removeMeta: true }),
    ];
    for (const remove of ways) {
      await storage.setItem("doc", 1);
      await storage.setMeta("doc", { owner: "ann" });
      await remove();
      expect(await storage.getKeys("", { meta: true })).toEqual([]);
    }
  });

  it("of a missing item on fs is empty", async () => {
    const storage = createStorage({ driver: fs({ base: temporaryDirectory() }) });
    expect({ ...(await storage.getMeta("missing")) }).toEqual({});
    expect({ ...storage.getMetaSync("missing") }).toEqual({});
  });
});
