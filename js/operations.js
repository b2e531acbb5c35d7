"use strict";

const { decode, encode } = require("./codec.js");
const { isCorrupt, locate } = require("./errors.js");
const { normalizeKey } = require("./keys.js");

/** Separates keys, and encoded values, that cross the border in one string. Neither contains it. */
const SEPARATOR = "\0";

/**
 * The calls of one native endpoint in one of their two forms.
 * @typedef {Record<string, (...args: any[]) => any>} Calls
 */

/**
 * @typedef {Record<string, any>} Options
 * @typedef {string | { key: string, options?: Options }} GetItem
 * @typedef {{ key: string, value: unknown, options?: Options }} SetItem
 */

/**
 * Goes on with a value that is there now or comes later.
 *
 * @template T, R
 * @param {T | Promise<T>} value
 * @param {(value: T) => R} next
 * @returns {R | Promise<R>}
 */
function then(value, next) {
  return value instanceof Promise ? value.then(/** @type {any} */ (next)) : next(value);
}

/**
 * Every operation on items, written once. Given the asynchronous calls the answers may be promises;
 * given the synchronous ones they never are.
 *
 * @param {Calls} calls
 * @param {{ onCorrupt: "throw" | "null" }} settings
 */
function createOperations(calls, settings) {
  const isLenient = settings.onCorrupt === "null";

  /**
   * @param {unknown} stored text to decode, or a value that a driver of JavaScript returned
   * @param {string} key
   */
  function read(stored, key) {
    return typeof stored === "string" ? decode(stored, key) : stored;
  }

  /**
   * Corruption reads as absence only if the application asked for it.
   *
   * @param {unknown} error
   */
  function forgive(error) {
    if (isLenient && isCorrupt(error)) {
      return null;
    }
    throw error;
  }

  /**
   * @param {string} key
   * @param {unknown} value
   * @param {string} operation
   */
  function write(key, value, operation) {
    try {
      return encode(value);
    } catch (error) {
      throw locate(error, { operation, key });
    }
  }

  /**
   * @param {string} key
   * @param {Options} [options]
   */
  function getItem(key, options) {
    try {
      const stored = calls.get(key, options);
      if (stored instanceof Promise) {
        const value = stored.then((text) => read(text, key));
        return isLenient ? value.catch(forgive) : value;
      }
      return read(stored, key);
    } catch (error) {
      return forgive(locate(error, { operation: "getItem", key }));
    }
  }

  /**
   * @param {string} key
   * @param {unknown} value
   * @param {Options} [options]
   */
  function setItem(key, value, options) {
    return value === undefined
      ? removeItem(key, options)
      : calls.set(key, write(key, value, "setItem"), options);
  }

  /**
   * @param {string} key
   * @param {unknown} value
   * @param {Options} [options]
   */
  function setItemRaw(key, value, options) {
    return value === undefined ? removeItem(key, options) : calls.setRaw(key, value, options);
  }

  /**
   * @param {string} key
   * @param {boolean | Options} [options] true also removes the metadata
   */
  function removeItem(key, options) {
    return calls.remove(key, typeof options === "boolean" ? { removeMeta: options } : options);
  }

  /**
   * @param {GetItem[]} items
   * @param {Options} [common]
   */
  function getItems(items, common) {
    const keys = items.map((item) => normalizeKey(typeof item === "string" ? item : item.key));
    const own = ownOptions(items, common);
    const oneByOne = () => readEach(keys, own, common);
    try {
      const stored = calls.getMany(keys.join(SEPARATOR), keys.length, own, common);
      if (stored instanceof Promise) {
        const values = stored.then((result) => readBatch(result, keys) ?? oneByOne());
        return isLenient ? values.catch((error) => (isCorrupt(error) ? oneByOne() : forgive(error))) : values;
      }
      return readBatch(stored, keys) ?? oneByOne();
    } catch (error) {
      if (isLenient && isCorrupt(error)) {
        return oneByOne();
      }
      throw error;
    }
  }

  /**
   * @param {string | unknown[]} stored a JSON array of bare values, or each value by itself
   * @param {string[]} keys
   * @returns {{ key: string, value: unknown }[] | undefined} undefined if the array is not what it
   *   should be, because one of its texts is corrupt
   */
  function readBatch(stored, keys) {
    if (typeof stored !== "string") {
      return keys.map((key, index) => ({ key, value: readOne(stored[index], key) }));
    }
    const values = parseArray(stored);
    if (values === undefined || values.length !== keys.length) {
      return undefined;
    }
    return keys.map((key, index) => ({ key, value: values[index] }));
  }

  /**
   * @param {unknown} stored
   * @param {string} key
   */
  function readOne(stored, key) {
    try {
      return read(stored, key);
    } catch (error) {
      return forgive(locate(error, { operation: "getItems", key }));
    }
  }

  /**
   * @param {string[]} keys
   * @param {(Options | undefined)[] | undefined} own
   * @param {Options} [common]
   */
  function readEach(keys, own, common) {
    const values = keys.map((key, index) => getItem(key, own?.[index] ?? common));
    const pair = (/** @type {unknown[]} */ all) => keys.map((key, index) => ({ key, value: all[index] }));
    return values.some((value) => value instanceof Promise) ? Promise.all(values).then(pair) : pair(values);
  }

  /**
   * Items without a value are removals, as in `setItem`; the order of the items holds.
   *
   * @param {SetItem[]} items
   * @param {Options} [common]
   * @returns {any}
   */
  function setItems(items, common) {
    const gap = items.findIndex((item) => item.value === undefined);
    if (gap < 0) {
      return setAll(items, common);
    }
    const { key, options } = /** @type {SetItem} */ (items[gap]);
    const before = gap > 0 ? setAll(items.slice(0, gap), common) : undefined;
    const removed = then(before, () => removeItem(key, { ...common, ...options }));
    return then(removed, () => (gap + 1 < items.length ? setItems(items.slice(gap + 1), common) : undefined));
  }

  /**
   * @param {SetItem[]} items
   * @param {Options} [common]
   */
  function setAll(items, common) {
    const keys = items.map((item) => normalizeKey(item.key));
    const texts = items.map((item, index) => write(/** @type {string} */ (keys[index]), item.value, "setItems"));
    return calls.setMany(
      keys.join(SEPARATOR),
      keys.length,
      texts.join(SEPARATOR),
      ownOptions(items, common),
      common,
    );
  }

  /**
   * Native metadata with the stored metadata (`key$`) over it.
   *
   * @param {string} key
   * @param {boolean | Options} [options] true: native metadata only
   */
  function getMeta(key, options) {
    const given = typeof options === "boolean" ? { nativeOnly: options } : options;
    return then(calls.meta(key, given), (native) => {
      const meta = Object.assign(Object.create(null), native);
      return given?.nativeOnly
        ? meta
        : then(getItem(metaKey(key), given), (stored) => Object.assign(meta, storedMeta(stored)));
    });
  }

  /**
   * @param {string} [base]
   * @param {Options} [options]
   */
  function getKeys(base, options) {
    return then(calls.keys(base, options), (joined) => (joined === null ? [] : joined.split(SEPARATOR)));
  }

  return {
    hasItem: (/** @type {string} */ key, /** @type {Options} */ options) => calls.has(key, options),
    getItem,
    getItems,
    getItemRaw: (/** @type {string} */ key, /** @type {Options} */ options) => calls.getRaw(key, options),
    setItem,
    setItems,
    setItemRaw,
    removeItem,
    getMeta,
    setMeta: (/** @type {string} */ key, /** @type {unknown} */ value, /** @type {Options} */ options) =>
      setItem(metaKey(key), value, options),
    removeMeta: (/** @type {string} */ key, /** @type {Options} */ options) => removeItem(metaKey(key), options),
    getKeys,
    clear: (/** @type {string} */ base, /** @type {Options} */ options) => calls.clear(base, options),
  };
}

/**
 * Options of the items that have some, merged over the common ones; undefined if none has.
 *
 * @param {(GetItem | SetItem)[]} items
 * @param {Options} [common]
 */
function ownOptions(items, common) {
  if (!items.some((item) => typeof item === "object" && item.options)) {
    return undefined;
  }
  return items.map((item) =>
    typeof item === "object" && item.options ? { ...common, ...item.options } : undefined,
  );
}

/**
 * @param {string} text
 * @returns {unknown[] | undefined}
 */
function parseArray(text) {
  try {
    return JSON.parse(text);
  } catch {
    // One of the joined texts is not what it seemed. Reading them one by one tells which.
    return undefined;
  }
}

/**
 * @param {string} key
 * @returns {string} the key that holds the metadata of `key`
 */
function metaKey(key) {
  return `${normalizeKey(key)}$`;
}

/**
 * Stored metadata with its times as dates: plain JSON, as unstorage writes it, has them as text.
 *
 * @param {any} stored
 */
function storedMeta(stored) {
  if (stored === null || typeof stored !== "object") {
    return undefined;
  }
  for (const name of ["atime", "mtime"]) {
    if (typeof stored[name] === "string") {
      stored[name] = new Date(stored[name]);
    }
  }
  return stored;
}

module.exports = { SEPARATOR, createOperations, then };
