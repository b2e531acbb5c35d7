import { createStorage, restoreSnapshot, snapshot } from "stowage";
import memory from "stowage/drivers/memory";
import { describe, expect, it } from "vitest";

const DATA = { "etc:conf": "test", "data:foo": 123, "data:deep:list": [1, { when: new Date(9) }] };

describe("snapshot", () => {
  it("holds every value by key", async () => {
    const storage = createStorage();
    for (const [key, value] of Object.entries(DATA)) await storage.setItem(key, value);
    expect(await snapshot(storage, "")).toEqual(DATA);
  });

  it("holds the keys below a base without the base", async () => {
    const storage = createStorage();
    await restoreSnapshot(storage, DATA);
    expect(await snapshot(storage, "data")).toEqual({
      foo: 123,
      "deep:list": [1, { when: new Date(9) }],
    });
  });

  it("reaches across mounts", async () => {
    const storage = createStorage();
    storage.mount("data", memory());
    await restoreSnapshot(storage, DATA);
    expect(await snapshot(storage, "")).toEqual(DATA);
  });

  it("is empty for an empty storage", async () => {
    expect(await snapshot(createStorage(), "")).toEqual({});
  });

  it("keeps keys that objects treat specially", async () => {
    const storage = createStorage();
    await storage.setItem("__proto__", { polluted: true });
    const taken = await snapshot(storage, "");
    expect(Object.keys(taken)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(taken)).not.toHaveProperty("polluted");
    const copy = createStorage();
    await restoreSnapshot(copy, taken);
    expect(await copy.getItem("__proto__")).toEqual({ polluted: true });
  });
});

describe("restoreSnapshot", () => {
  it("writes every value, below a base if there is one", async () => {
    const storage = createStorage();
    await restoreSnapshot(storage, DATA);
    expect(await storage.getItem("etc:conf")).toBe("test");
    await restoreSnapshot(storage, { a: 1 }, "copy");
    expect(await storage.getItem("copy:a")).toBe(1);
  });

  it("keeps what the snapshot does not name", async () => {
    const storage = createStorage();
    await storage.setItem("kept", 1);
    await restoreSnapshot(storage, { a: 1 });
    expect((await storage.getKeys()).sort()).toEqual(["a", "kept"]);
  });
});
