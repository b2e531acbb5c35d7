import type { Driver } from "stowage";

/** The smallest complete driver in JavaScript, as the driver guide shows it: all methods in sync. */
export function syncMapDriver(data = new Map<string, unknown>()): Driver & { data: typeof data } {
  const read = (key: string) => (data.get(key) ?? null) as string | null;
  const write = (key: string, value: unknown) => void data.set(key, value);
  const remove = (key: string) => void data.delete(key);
  const keys = () => [...data.keys()];
  const clear = () => data.clear();
  return {
    data,
    name: "map",
    getInstance: () => data,
    hasItem: (key) => data.has(key),
    getItem: read,
    getItemRaw: (key) => copy(read(key)),
    setItem: write,
    setItemRaw: (key, value) => write(key, copy(value)),
    removeItem: remove,
    getMeta: () => null,
    getKeys: keys,
    clear,
    hasItemSync: (key) => data.has(key),
    getItemSync: read,
    getItemRawSync: (key) => copy(read(key)),
    setItemSync: write,
    setItemRawSync: (key, value) => write(key, copy(value)),
    removeItemSync: remove,
    getMetaSync: () => null,
    getKeysSync: keys,
    clearSync: clear,
  };
}

/** The same with promises that settle later, and without synchronous methods. */
export function asyncMapDriver(data = new Map<string, unknown>()): Driver {
  const later = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    name: "async-map",
    async hasItem(key) {
      await later();
      return data.has(key);
    },
    async getItem(key) {
      await later();
      return (data.get(key) ?? null) as string | null;
    },
    async setItem(key, value) {
      await later();
      data.set(key, value);
    },
    async removeItem(key) {
      await later();
      data.delete(key);
    },
    async getKeys() {
      await later();
      return [...data.keys()];
    },
    async clear(base = "") {
      await later();
      for (const key of data.keys()) if (key.startsWith(base)) data.delete(key);
    },
  };
}

/** A driver written as a class: its methods are on the prototype and use `this`. */
export class ClassMapDriver {
  readonly name = "class-map";
  readonly #data = new Map<string, string>();
  disposed = 0;

  hasItem(key: string) {
    return this.#data.has(key);
  }
  getItem(key: string) {
    return this.#data.get(key) ?? null;
  }
  setItem(key: string, value: string) {
    this.#data.set(key, value);
  }
  removeItem(key: string) {
    this.#data.delete(key);
  }
  getKeys() {
    return [...this.#data.keys()];
  }
  hasItemSync(key: string) {
    return this.hasItem(key);
  }
  getItemSync(key: string) {
    return this.getItem(key);
  }
  setItemSync(key: string, value: string) {
    this.setItem(key, value);
  }
  removeItemSync(key: string) {
    this.removeItem(key);
  }
  getKeysSync() {
    return this.getKeys();
  }
  dispose() {
    this.disposed++;
  }
}

function copy<T>(value: T): T {
  return value instanceof Uint8Array ? (Buffer.from(value) as unknown as T) : value;
}
