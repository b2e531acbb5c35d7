import { createStorage, prefixStorage, type Storage, type Transaction } from "stowage";
import memory from "stowage/drivers/memory";
import { afterEach, describe, expect, it, vi } from "vitest";
import { syncMapDriver } from "../tools/map-driver.js";
import { PLAIN, TRANSACTIONAL } from "./stores.js";

const failure = (code: string) => expect.objectContaining({ name: "StorageError", code });
const next = () => new Promise<void>((resolve) => setImmediate(resolve));

describe.each(TRANSACTIONAL)("transactions on %s", (_name, make) => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("write everything when their function is done", async () => {
    const storage = createStorage({ driver: make() });
    await storage.setItem("a", 1);
    const result = await storage.transaction(async (tx) => {
      expect(await tx.getItem("a")).toBe(1);
      await tx.setItem("a", { at: new Date(7) });
      await tx.setItems([{ key: "b", value: 2 }]);
      await tx.setItemRaw("raw", Buffer.from("bytes"));
      expect(await tx.getItem("a")).toEqual({ at: new Date(7) });
      expect(storage.getItemSync("a")).toBe(1);
      return "done";
    });
    expect(result).toBe("done");
    expect(await storage.getItem("a")).toEqual({ at: new Date(7) });
    expect(await storage.getItem("b")).toBe(2);
    expect(await storage.getItemRaw<Buffer>("raw")).toEqual(Buffer.from("bytes"));
  });

  it("have every method by each of its names", async () => {
    const storage = createStorage({ driver: make() });
    await storage.transaction(async (tx) => {
      await tx.set("a", 1);
      tx.setSync("b", 2);
      expect([await tx.get("a"), tx.getSync("b"), await tx.has("c"), tx.hasSync("a")]).toEqual([
        1,
        2,
        false,
        true,
      ]);
      expect(await tx.getItems(["a", "b"])).toEqual([
        { key: "a", value: 1 },
        { key: "b", value: 2 },
      ]);
      await tx.remove("a");
      tx.delSync("nothing");
      expect((await tx.keys()).sort()).toEqual(["b"]);
      expect(tx.keysSync("", { after: "b" })).toEqual([]);
      expect(await tx.setItem("b", 3, { ifAbsent: true })).toBe(false);
      expect(tx.setItemSync("c", 3, { ifAbsent: true })).toBe(true);
    });
    expect(storage.getItemsSync(["a", "b", "c"]).map(({ value }) => value)).toEqual([null, 2, 3]);
  });

  it("in their synchronous form have only synchronous methods", () => {
    const storage = createStorage({ driver: make() });
    const names = storage.transactionSync((tx) => {
      tx.setItemSync("a", 1);
      return Object.keys(tx);
    });
    expect(names.filter((name) => !name.endsWith("Sync"))).toEqual([]);
    expect(storage.getItemSync("a")).toBe(1);
  });

  it("write nothing when their function throws", async () => {
    const storage = createStorage({ driver: make() });
    const reason = new Error("no");
    const run = async (tx: Transaction) => {
      await tx.setItem("a", 1);
      throw reason;
    };
    await expect(storage.transaction(run)).rejects.toBe(reason);
    const runSync = () =>
      storage.transactionSync((tx) => {
        tx.setItemSync("a", 1);
        throw reason;
      });
    expect(runSync).toThrow(reason);
    expect(storage.hasItemSync("a")).toBe(false);
  });

  it("see the items as they were, and conflict with whoever changed them", async () => {
    const storage = createStorage({ driver: make() });
    await storage.setItem("a", 1);
    const running = storage.transaction(async (tx) => {
      expect(await tx.getItem("a")).toBe(1);
      await storage.setItem("a", 2);
      expect(await tx.getItem("a")).toBe(1);
      await tx.setItem("b", "from 1");
    });
    await expect(running).rejects.toEqual(failure("CONFLICT"));
    expect(await storage.getItem("a")).toBe(2);
    expect(await storage.hasItem("b")).toBe(false);
  });

  it("run again after a conflict if they are told to", async () => {
    const storage = createStorage({ driver: make() });
    await storage.setItem("a", 0);
    let runs = 0;
    const run = async (tx: Transaction) => {
      const value = (await tx.getItem<number>("a")) ?? 0;
      if (++runs <= 2) await storage.setItem("a", value + 10);
      await tx.setItem("a", value + 1);
    };
    await expect(storage.transaction(run, { retries: 1 })).rejects.toEqual(failure("CONFLICT"));
    expect(runs).toBe(2);
    runs = 1;
    await storage.transaction(run, { retries: 1 });
    expect(await storage.getItem("a")).toBe(31);
  });

  it("keep the total of twenty transfers at once", async () => {
    const storage = createStorage({ driver: make() });
    const accounts = Array.from({ length: 5 }, (_, place) => `account:${place}`);
    await storage.setItems(accounts.map((key) => ({ key, value: 100 })));
    const transfer = (from: string, to: string) =>
      storage.transaction(
        async (tx) => {
          const [source, target] = await Promise.all([
            tx.getItem<number>(from),
            tx.getItem<number>(to),
          ]);
          await next();
          await tx.setItem(from, (source ?? 0) - 7);
          await tx.setItem(to, (target ?? 0) + 7);
        },
        { retries: 1000 },
      );
    const places = Array.from({ length: 20 }, (_, place) => place);
    await Promise.all(
      places.map((place) => transfer(`account:${place % 5}`, `account:${(place + 1) % 5}`)),
    );
    const left = await storage.getItems<number>(accounts);
    expect(left.reduce((sum, { value }) => sum + (value ?? 0), 0)).toBe(500);
    expect(left.map(({ value }) => value)).toEqual([100, 100, 100, 100, 100]);
  });

  it("end after their time, also if their function never does", async () => {
    vi.useFakeTimers();
    const storage = createStorage({ driver: make() });
    let used: Transaction | undefined;
    const running = storage.transaction(
      async (tx) => {
        used = tx;
        await tx.setItem("a", 1);
        await new Promise(() => {});
      },
      { timeout: 50 },
    );
    const refused = expect(running).rejects.toEqual(failure("TIMEOUT"));
    await vi.advanceTimersByTimeAsync(50);
    await refused;
    await expect(used?.getItem("a")).rejects.toEqual(failure("DISPOSED"));
    expect(storage.hasItemSync("a")).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("end after their time in the synchronous form", () => {
    vi.useFakeTimers();
    const storage = createStorage({ driver: make() });
    const run = () =>
      storage.transactionSync(
        (tx) => {
          tx.setItemSync("a", 1);
          vi.setSystemTime(Date.now() + 60);
          tx.setItemSync("b", 1);
        },
        { timeout: 50 },
      );
    expect(run).toThrow(failure("TIMEOUT"));
    expect(storage.getKeysSync()).toEqual([]);
  });

  it("are over when they have ended", async () => {
    const storage = createStorage({ driver: make() });
    let kept: Transaction | undefined;
    await storage.transaction(async (tx) => {
      kept = tx;
      await tx.setItem("a", 1);
    });
    await expect(kept?.setItem("a", 2)).rejects.toEqual(failure("DISPOSED"));
    expect(() => kept?.getItemSync("a")).toThrow(failure("DISPOSED"));
  });

  it("cannot be nested, and say so", async () => {
    const storage = createStorage({ driver: make() });
    const other = createStorage({ driver: make() });
    await storage.transaction(async () => {
      await next();
      await expect(storage.transaction(async () => {})).rejects.toEqual(failure("NOT_SUPPORTED"));
      expect(() => storage.transactionSync(() => {})).toThrow(failure("NOT_SUPPORTED"));
      await other.transaction(async (tx) => {
        await tx.setItem("a", 1);
        await expect(storage.transaction(async () => {})).rejects.toEqual(failure("NOT_SUPPORTED"));
      });
    });
    expect(other.getItemSync("a")).toBe(1);
  });

  it("may begin where one that has ended was", async () => {
    const storage = createStorage({ driver: make() });
    let after: Promise<void> | undefined;
    const { promise: ended, resolve: end } = deferred();
    await storage.transaction(async () => {
      after = ended.then(() => storage.transaction((tx) => tx.setItem("a", 1)));
    });
    end();
    await after;
    expect(storage.getItemSync("a")).toBe(1);
  });

  it("tell watchers of what they wrote, once it is written", async () => {
    const storage = createStorage({ driver: make() });
    const told: string[] = [];
    await storage.setItem("b", 1);
    await storage.watch((event, key) => told.push(`${event} ${key}`));
    await storage.transaction(async (tx) => {
      await tx.setItem("a", 1);
      await tx.removeItem("b");
      expect(told).toEqual([]);
    });
    expect(told.sort()).toEqual(["remove b", "update a"]);
    await storage.unwatch();
  });

  it("refuse a function with promises where there can be none", () => {
    const storage = createStorage({ driver: make() });
    const run = async () => {
      throw new Error("nobody hears this");
    };
    expect(() => storage.transactionSync(run)).toThrow(failure("NOT_SUPPORTED"));
  });

  it("refuse options that make no sense", async () => {
    const storage = createStorage({ driver: make() });
    const bad = [
      { timeout: 0 },
      { timeout: Number.NaN },
      { retries: -1 },
      { retries: 1.5 },
      { a: 1 },
    ];
    for (const options of bad) {
      await expect(storage.transaction(() => {}, options as object)).rejects.toEqual(
        failure("INVALID_OPTION"),
      );
    }
    await expect(storage.transaction(undefined as never)).rejects.toEqual(
      failure("INVALID_OPTION"),
    );
  });

  it("stay below the prefix of a view", async () => {
    const storage = createStorage({ driver: make() });
    const user = prefixStorage(storage, "user");
    await user.setItem("a", 1);
    await user.transaction(async (tx) => {
      expect(await tx.getKeys()).toEqual(["a"]);
      await tx.setItem("b", ((await tx.getItem<number>("a")) ?? 0) + 1);
      expect(tx.getItemsSync(["b"])).toEqual([{ key: "b", value: 2 }]);
    });
    user.transactionSync((tx) => tx.removeItemSync("a"));
    expect(storage.getKeysSync()).toEqual(["user:b"]);
  });

  it("write to one driver only", async () => {
    const storage: Storage = createStorage({ driver: make() });
    storage.mount("other", make());
    const running = storage.transaction(async (tx) => {
      await tx.setItem("a", 1);
      await tx.setItem("other:a", 1);
    });
    await expect(running).rejects.toEqual(failure("NOT_SUPPORTED"));
    expect(storage.getKeysSync()).toEqual([]);
  });
});

describe.each(PLAIN)("transactions on %s", (_name, make) => {
  it("are refused before anything is written", async () => {
    const storage = createStorage({ driver: make() });
    const running = storage.transaction((tx) => tx.setItem("a", 1));
    await expect(running).rejects.toEqual(failure("NOT_SUPPORTED"));
    expect(() => storage.transactionSync((tx) => tx.setItemSync("a", 1))).toThrow(
      failure("NOT_SUPPORTED"),
    );
    expect(await storage.getKeys()).toEqual([]);
  });
});

it("a transaction with one driver that has none leaves the other alone", async () => {
  const storage = createStorage({ driver: memory() });
  storage.mount("js", syncMapDriver());
  const running = storage.transaction(async (tx) => {
    await tx.setItem("a", 1);
    await tx.setItem("js:a", 1);
  });
  await expect(running).rejects.toEqual(failure("NOT_SUPPORTED"));
  expect(storage.getKeysSync()).toEqual([]);
});

function deferred() {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
