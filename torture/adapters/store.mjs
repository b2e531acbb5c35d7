// What a case sees of a library: the smallest set of methods that all of them can be put behind.

/**
 * @typedef {{ key: string, value: string }} Item
 *
 * @typedef {object} Store An opened library. A method that it lacks is missing here.
 * @property {(key: string, value: string) => Promise<unknown>} [set]
 * @property {(key: string, value: string) => unknown} [setSync]
 * @property {(items: Item[]) => Promise<unknown>} [setMany]
 * @property {(items: Item[]) => Promise<unknown>} [transact] Writes them in one transaction, item by item.
 * @property {(key: string) => Promise<unknown>} remove
 * @property {(key: string) => Promise<unknown>} get What is stored now, also by other processes;
 *   `null` or `undefined` for what is not there.
 * @property {() => Promise<string[]>} keys
 * @property {() => Promise<unknown>} close
 */

/**
 * A storage of the family that unstorage founded.
 *
 * @param {any} storage
 * @returns {Store}
 */
export function storeOf(storage) {
  return {
    set: (key, value) => storage.setItem(key, value),
    ...(storage.setItemSync && {
      setSync: (key, value) => storage.setItemSync(key, value),
    }),
    setMany: (items) => storage.setItems(items),
    remove: (key) => storage.removeItem(key),
    get: (key) => storage.getItem(key),
    keys: () => storage.getKeys(),
    close: () => storage.dispose(),
  };
}

/**
 * A queue acknowledges nothing by itself: an acknowledged write is one that was flushed.
 *
 * @param {any} storage
 * @returns {Store}
 */
export function flushingStoreOf(storage) {
  const { setSync: _, ...store } = storeOf(storage);
  const flushed = async (/** @type {Promise<unknown> | undefined} */ queued) => {
    await queued;
    await storage.flush();
  };
  return {
    ...store,
    set: (key, value) => flushed(store.set?.(key, value)),
    setMany: (items) => flushed(store.setMany?.(items)),
    remove: (key) => flushed(store.remove(key)),
  };
}

/**
 * A library that writes a text into a file, used as its users do: all items are one JSON file,
 * which is written anew at every change.
 *
 * @param {object} library
 * @param {() => Record<string, string>} library.read The items as the file has them.
 * @param {(text: string) => Promise<unknown>} library.write
 * @param {(text: string) => unknown} library.writeSync
 * @returns {Store}
 */
export function oneFileStore({ read, write, writeSync }) {
  const items = read();
  const change = (/** @type {object} */ changes) => JSON.stringify(Object.assign(items, changes));
  return {
    set: (key, value) => write(change({ [key]: value })),
    setSync: (key, value) => writeSync(change({ [key]: value })),
    setMany: (list) =>
      write(change(Object.fromEntries(list.map(({ key, value }) => [key, value])))),
    remove: (key) => write(change({ [key]: undefined })),
    get: async (key) => read()[key],
    keys: async () => Object.keys(read()),
    close: async () => {},
  };
}
