// What many write by hand: JSON text in a Map, so that callers do not share values.

/** @returns {Partial<import("./store.mjs").Store>} */
export function open() {
  /** @type {Map<string, string>} */
  const map = new Map();
  const get = (/** @type {string} */ key) => {
    const text = map.get(key);
    return text === undefined ? null : JSON.parse(text);
  };
  return {
    setSync: (key, value) => map.set(key, JSON.stringify(value)),
    getSync: get,
    hasSync: (key) => map.has(key),
    getMany: (keys) => keys.map(get),
    valuesOf: (values) => values,
    setMany: (items) => {
      for (const { key, value } of items) map.set(key, JSON.stringify(value));
    },
    keys: () => [...map.keys()],
    close: () => map.clear(),
  };
}
