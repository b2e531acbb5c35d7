import { createStorage, type Driver, type Storage } from "stowage";
import fs from "stowage/drivers/fs";
import memory from "stowage/drivers/memory";
import { describe, expect, it, vi } from "vitest";
import { temporaryDirectory } from "../tools/temporary.mjs";

const base: Driver = { hasItem: () => false, getItem: () => null, getKeys: () => [] };

describe("a driver in JavaScript", () => {
  it("may use the storage that calls it, in both forms", async () => {
    const storage = createStorage();
    const read = (key: string) => {
      storage.setItemSync(`log:${key}`, 1);
      if (!storage.getMounts(`m-${key}`).length) storage.mount(`m-${key}`, memory());
      return '{"json":2}';
    };
    storage.mount("js", { ...base, getItem: read, getItemSync: read });
    expect(await storage.getItem("js:a")).toBe(2);
    expect(storage.getItemSync("js:b")).toBe(2);
    expect(storage.getKeysSync("log")).toEqual(["log:a", "log:b"]);
    expect(storage.getMounts()).toHaveLength(4);
  });

  it("may unmount itself while it is called", async () => {
    for (const form of ["getItem", "getItemSync"] as const) {
      const storage = createStorage();
      const read = () => {
        void storage.unmount("js");
        return '{"json":2}';
      };
      storage.mount("js", { ...base, getItem: read, getItemSync: read });
      expect(await (storage[form] as Storage["getItem"])("js:a")).toBe(2);
      expect(storage.getMounts()).toHaveLength(1);
    }
  });

  it("may dispose the storage while it is called", async () => {
    const storage = createStorage();
    storage.mount("js", { ...base, setItem: () => storage.dispose() });
    await storage.setItem("js:a", 1);
    await expect(storage.getItem("js:a")).rejects.toMatchObject({ code: "DISPOSED" });
  });

  it("may answer with any thenable, once", async () => {
    const thenable = {
      // biome-ignore lint/suspicious/noThenProperty: a thenable that misbehaves is what is tested.
      then(resolve: (value: string) => void) {
        resolve('{"json":1}');
        resolve('{"json":2}');
      },
    };
    const getItem = () => thenable as unknown as Promise<string>;
    expect(await createStorage({ driver: { ...base, getItem } }).getItem("a")).toBe(1);
  });

  it("may never answer, without holding up the disposal", async () => {
    const getItem = () => new Promise<null>(() => undefined);
    const storage = createStorage({ driver: { ...base, getItem } });
    void storage.getItem("a");
    await storage.dispose();
    await expect(storage.getItem("a")).rejects.toMatchObject({ code: "DISPOSED" });
  });

  it("fails with its own error when a method cannot be read", async () => {
    const failure = new Error("no such method today");
    const driver: Driver = {
      ...base,
      get getItem(): Driver["getItem"] {
        throw failure;
      },
    };
    const call = (async () => createStorage({ driver }).getItem("a"))();
    await expect(call).rejects.toBe(failure);
  });

  it("is disposed once, also when the storage is disposed twice at once", async () => {
    const dispose = vi.fn();
    const storage = createStorage({ driver: { ...base, dispose } });
    await Promise.all([storage.dispose(), storage.dispose()]);
    expect(dispose).toHaveBeenCalledOnce();
  });

  it("passes its failure to dispose on", async () => {
    const failure = new Error("cannot close");
    const dispose = () => Promise.reject(failure);
    await expect(createStorage({ driver: { ...base, dispose } }).dispose()).rejects.toBe(failure);
  });
});

describe("a listener", () => {
  it("may clear, unwatch and dispose the storage that calls it", async () => {
    const storage = createStorage();
    const seen: string[] = [];
    await storage.watch((event, key) => {
      seen.push(`${event} ${key}`);
      if (event === "update") storage.clearSync();
    });
    storage.setItemSync("a", 1);
    expect(seen).toEqual(["update a", "remove a"]);
    expect(storage.getKeysSync()).toEqual([]);
    await storage.unwatch();
    let disposed: Promise<void> | undefined;
    await storage.watch(() => {
      disposed = storage.dispose();
    });
    await storage.setItem("b", 1);
    await disposed;
    await expect(storage.getItem("b")).rejects.toMatchObject({ code: "DISPOSED" });
  });
});

describe("what callers give", () => {
  it("may fail while it is read: its own error comes out, or is the cause", async () => {
    const failure = new Error("cannot be read");
    const options = {
      get maxDepth(): number {
        throw failure;
      },
    };
    const storage = createStorage();
    await expect(storage.getKeys("", options)).rejects.toBe(failure);
    expect(() => storage.getKeysSync("", options)).toThrow(failure);
    const value = {
      get field(): string {
        throw failure;
      },
    };
    const refused = { code: "UNSERIALIZABLE", key: "a", cause: failure };
    await expect(storage.setItem("a", value)).rejects.toMatchObject(refused);
    expect(() => storage.setItemSync("a", value)).toThrow(expect.objectContaining(refused));
  });

  it("has text that is not well-formed kept as it is, or refused", async () => {
    for (const driver of [memory(), fs({ base: temporaryDirectory() })]) {
      const storage = createStorage({ driver });
      const text = "x\ud800y";
      await storage.setItem("encoded", { [text]: text });
      expect(await storage.getItem("encoded")).toEqual({ [text]: text });
      const outcome = await storage.setItemRaw("raw", text).then(
        () => storage.getItemRaw("raw"),
        (error: { code: string }) => error.code,
      );
      expect(["INVALID_VALUE", text], driver.name).toContain(outcome);
      await expect(storage.setItem(text, 1)).rejects.toMatchObject({ code: "INVALID_KEY" });
    }
  });

  it("as keys may hold any other character", async () => {
    const storage = createStorage();
    const keys = ["a\nb", "a\u0001b", "a\u001fb", "a\u2028b", "\u{1F600}", "ü", "%2e%2e"];
    await storage.setItems(keys.map((key) => ({ key, value: key })));
    expect(await storage.getKeys()).toEqual(keys);
    expect((await storage.getItems(keys)).map(({ value }) => value)).toEqual(keys);
  });

  it("of a wrong type is refused with a code", async () => {
    const storage = createStorage();
    const wrong = [
      () => storage.getItems("a" as never),
      () => storage.getItems([5 as never]),
      () => storage.setItems([null as never]),
      () => storage.setItems({} as never),
      () => storage.getItem(5 as never),
      () => storage.setItem(Symbol("key") as never, 1),
      async () => storage.mount("a", null as never),
      async () => storage.mount("a", 5 as never),
    ];
    for (const call of wrong) {
      await expect(call(), call.toString()).rejects.toMatchObject({
        name: "StorageError",
        code: expect.stringMatching(/^INVALID_/),
      });
    }
  });

  it("takes a depth without a limit", async () => {
    const storage = createStorage();
    await storage.setItem("a:b:c", 1);
    expect(await storage.getKeys("", { maxDepth: Number.POSITIVE_INFINITY })).toEqual(["a:b:c"]);
    expect(await storage.getKeys("", { maxDepth: undefined })).toEqual(["a:b:c"]);
  });
});

describe("unmounting", () => {
  it("waits for the writes that were made before", async () => {
    const [path, storage] = [temporaryDirectory(), createStorage()];
    storage.mount("disk", fs({ base: path }));
    const writes = Array.from({ length: 20 }, (_, n) => storage.setItem(`disk:k${n}`, n));
    await storage.unmount("disk");
    await Promise.all(writes);
    const reopened = createStorage({ driver: fs({ base: path }) });
    expect(await reopened.getKeys()).toHaveLength(20);
  });
});
