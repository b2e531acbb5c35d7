// biome-ignore-all lint/suspicious/noThenProperty: thenables are what this is about.
// Drivers defined in JavaScript that break their contract: a coded failure or the caller's own error,
// never a wrong value, and never the end of the process.
import { createStorage } from "stowage";
import queueDriver from "stowage/drivers/queue";
import { describe, expect, it } from "vitest";

const mine = new Error("mine");

const hostileProxy = () =>
  new Proxy(
    {},
    {
      get() {
        throw mine;
      },
    },
  );

/** Answers of every wrong kind, by name. */
const ANSWERS = {
  "a number": () => 5,
  "a symbol": () => Symbol("answer"),
  "a function": () => () => undefined,
  "a proxy whose members throw": hostileProxy,
  "an object whose then throws": () => ({
    get then() {
      throw mine;
    },
  }),
  "a thenable that throws": () => ({
    then() {
      throw mine;
    },
  }),
  "a thenable that resolves, then throws": () => ({
    then(resolve) {
      resolve(null);
      throw mine;
    },
  }),
  "a thenable that resolves twice": () => ({
    then(resolve) {
      resolve(null);
      resolve("again");
    },
  }),
  "a thenable of thenables": () => ({
    then: (resolve) => resolve({ then: (inner) => inner(null) }),
  }),
  "a promise of a proxy": () => Promise.resolve([hostileProxy()]),
  "a rejected undefined": () => Promise.reject(),
  "a thrown null": () => {
    throw null;
  },
  "a sparse array": () => new Array(3),
  "an array of a wrong length": () => [1],
  "an array that claims more": () =>
    new Proxy([], { get: (_, name) => (name === "length" ? 2 ** 32 - 1 : undefined) }),
  "an array whose items throw": () =>
    Object.defineProperty([], 0, {
      get() {
        throw mine;
      },
      enumerable: true,
    }),
  "keys with NUL": () => ["a\0b"],
  "keys that are half a character": () => ["\ud800"],
  "keys that climb": () => ["../../etc/passwd", "..", "a/../b"],
  "items without keys": () => [{ value: 1 }],
  "items whose keys throw": () => [hostileProxy()],
};

const CALLS = {
  getItem: (storage) => storage.getItem("k"),
  getItemRaw: (storage) => storage.getItemRaw("k"),
  getItems: (storage) => storage.getItems(["k", "l"]),
  hasItem: (storage) => storage.hasItem("k"),
  getKeys: (storage) => storage.getKeys(),
  getMeta: (storage) => storage.getMeta("k"),
  setItem: (storage) => storage.setItem("k", 1),
  setItems: (storage) => storage.setItems([{ key: "k", value: 1 }]),
  removeItem: (storage) => storage.removeItem("k"),
  clear: (storage) => storage.clear(),
};

/** @param {() => unknown} answer */
const driverOf = (answer) =>
  /** @type {any} */ ({
    name: "hostile",
    ...Object.fromEntries([...Object.keys(CALLS), "setItemRaw"].map((name) => [name, answer])),
    ...Object.fromEntries(Object.keys(CALLS).map((name) => [`${name}Sync`, answer])),
  });

/** True for what may come of a call: a value, or a failure that somebody can act on. */
async function endsWell(call) {
  try {
    await call();
    return true;
  } catch (error) {
    return error === mine || error === null || error === undefined || error.name === "StorageError";
  }
}

describe("a hostile driver", () => {
  for (const [name, answer] of Object.entries(ANSWERS)) {
    it(`that answers ${name} harms only its own call`, async () => {
      const storage = createStorage();
      storage.mount("bad", driverOf(answer));
      await storage.setItem("good", 1);
      for (const [operation, call] of Object.entries(CALLS)) {
        const bad = createStorage({ driver: driverOf(answer) });
        expect(await endsWell(() => call(bad)), operation).toBe(true);
        const sync = Object.fromEntries(
          Object.keys(CALLS).map((each) => [each, (...args) => bad[`${each}Sync`](...args)]),
        );
        expect(await endsWell(async () => call(sync)), `${operation}Sync`).toBe(true);
      }
      await endsWell(() => storage.getItem("bad:k"));
      expect(await storage.getItem("good")).toBe(1);
    });
  }

  it("that never answers leaves everybody else alone", async () => {
    const never = () => ({ then() {} });
    const storage = createStorage();
    storage.mount("bad", driverOf(never));
    await storage.setItem("good", 1);
    const pending = Object.values(CALLS).map((call) =>
      call(createStorage({ driver: driverOf(never) })),
    );
    pending.push(storage.getItem("bad:k"), storage.setItem("bad:k", 1));
    expect(await storage.getItem("good")).toBe(1);
    expect(await storage.getKeys("good:")).toEqual([]);
    expect(() => storage.getItemSync("bad:k")).toThrow(
      expect.objectContaining({ code: "INVALID_RETURN" }),
    );
    const first = await Promise.race([...pending, Promise.resolve("nobody")]);
    expect(first).toBe("nobody");
  });

  it("whose listing climbs out of a mount makes no key of it that others could be asked for", async () => {
    const asked = [];
    const inner = {
      name: "hostile",
      getItem: () => null,
      hasItem: () => false,
      getKeys: () => ["../../etc/passwd", "ok"],
      removeItem: (key) => void asked.push(key),
    };
    const storage = createStorage();
    await storage.setItem("etc:passwd", "kept");
    storage.mount("bad", /** @type {any} */ (inner));
    await endsWell(() => storage.clear("bad"));
    expect(await storage.getItem("etc:passwd")).toBe("kept");
  });

  it("below a queue keeps its failures to the flush", async () => {
    const seen = [];
    const driver = queueDriver({
      driver: driverOf(() => {
        throw mine;
      }),
      onError: (error) => void seen.push(error),
    });
    const storage = createStorage({ driver });
    await storage.setItem("k", 1);
    expect(await storage.getItem("k")).toBe(1);
    await expect(storage.flush()).rejects.toBe(mine);
    expect(seen).toEqual([mine]);
    await endsWell(() => storage.dispose());
  });
});
