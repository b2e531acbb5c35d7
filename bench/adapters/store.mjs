// What a workload sees of a library: the smallest set of methods that all of them can be put behind.

/**
 * @typedef {{ key: string, value: any }} Item
 *
 * @typedef {object} Store A library opened on a stack. It has the methods that its adapter declares.
 * @property {(key: string, value: any) => Promise<unknown>} set
 * @property {(key: string, value: any) => unknown} setSync
 * @property {(key: string) => Promise<any>} get `null` or `undefined` for what is not there.
 * @property {(key: string) => any} getSync
 * @property {(key: string) => Promise<boolean>} has
 * @property {(key: string) => boolean} hasSync
 * @property {(key: string) => Promise<unknown>} remove
 * @property {(keys: string[]) => any} getMany Answers as the library does, now or later.
 * @property {(answer: any) => any[]} valuesOf The values in an answer of `getMany`. Not timed.
 * @property {(items: Item[]) => any} setMany
 * @property {(base?: string) => any} keys Every key, or those below `base`.
 * @property {(key: string) => Promise<any>} meta
 * @property {(key: string, bytes: Uint8Array) => Promise<unknown>} setRaw
 * @property {(key: string) => Promise<Uint8Array>} getRaw
 * @property {() => Promise<unknown>} flush Everything set so far is in the files when it resolves.
 * @property {(callback: (event: string, key: string) => void) => Promise<unknown>} watch
 * @property {(base: string, count: number) => any} range The first items below `base`, with values.
 * @property {() => any} close
 *
 * @typedef {"memory" | "fs" | "queue" | "database"} Stack
 *
 * @typedef {object} Place Where a store is opened.
 * @property {Stack} stack
 * @property {string} base A folder of its own.
 * @property {object} [options] Of the fs driver.
 * @property {object} [queue] Options of the queue.
 */

/**
 * A storage of the family that unstorage founded: the same methods, more or fewer of them.
 *
 * @param {any} storage
 * @returns {Partial<Store>}
 */
export function storeOf(storage) {
  return {
    set: (key, value) => storage.setItem(key, value),
    get: (key) => storage.getItem(key),
    has: (key) => storage.hasItem(key),
    remove: (key) => storage.removeItem(key),
    getMany: (keys) => storage.getItems(keys),
    valuesOf: (items) => items.map((/** @type {Item} */ { value }) => value),
    setMany: (items) => storage.setItems(items),
    keys: (base) => storage.getKeys(base),
    meta: (key) => storage.getMeta(key),
    setRaw: (key, bytes) => storage.setItemRaw(key, bytes),
    getRaw: (key) => storage.getItemRaw(key),
    flush: () => storage.flush(),
    watch: (callback) => storage.watch(callback),
    close: () => storage.dispose(),
    ...(storage.setItemSync ? syncOf(storage) : {}),
  };
}

/**
 * @param {any} storage
 * @returns {Partial<Store>}
 */
function syncOf(storage) {
  return {
    setSync: (key, value) => storage.setItemSync(key, value),
    getSync: (key) => storage.getItemSync(key),
    hasSync: (key) => storage.hasItemSync(key),
  };
}
