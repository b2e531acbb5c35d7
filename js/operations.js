"use strict";

const {
  addPlain,
  encodeBatch,
  keyOf,
  ownOptions,
  splitAtRemovals,
  surveyOf,
} = require("./batches.js");
const { storeIfAbsent, refuseIfAbsent } = require("./atomic.js");
const { encodeOther, encodePlain } = require("./codec.js");
const { isCorrupt, locate } = require("./errors.js");
const { isPaged } = require("./entries.js");
const { normalizeKey, SEPARATOR, splitKeys } = require("./keys.js");
const { bare, metaKey, nativeMeta, storedMeta } = require("./metadata.js");
const { createReader } = require("./reader.js");
const { then } = require("./then.js");
const { inTurns } = require("./turns.js");

/** Chunks that are decoded in one turn of the event loop, which takes a millisecond or two. */
const CHUNKS_A_TURN = 4;

/**
 * The calls of one native endpoint in one of their two forms.
 * @typedef {Record<string, (...args: any[]) => any>} Calls
 */

/**
 * @typedef {Record<string, any>} Options
 * @typedef {import("./batches.js").GetItem} GetItem
 * @typedef {import("./batches.js").SetItem} SetItem
 * @typedef {import("./batches.js").Read} Read
 * @typedef {import("./batches.js").Chunk} Chunk
 */

/**
 * Every operation on items, written once. Given the asynchronous calls the answers may be promises;
 * given the synchronous ones they never are.
 *
 * @param {Calls} border
 * @param {object} settings
 * @param {"throw" | "null"} settings.onCorrupt
 * @param {(key: string) => string | undefined} settings.driverOf the name of the driver of a key
 * @param {import("./snapshots.js").Snapshots} [settings.snapshots] of values that were read, if the
 *   driver allows
 * @param {(base: string | undefined, options: Options) => any} settings.listPage keys in their order
 */
function createOperations(border, settings) {
  const { snapshots } = settings;
  const calls = snapshots === undefined ? border : snapshots.around(border);
  const { forgive, isLenient, read } = createReader(settings);

  /**
   * @param {string} key
   * @param {Options} [options]
   */
  function getItem(key, options) {
    return options === undefined && snapshots?.isDue()
      ? recall(key, snapshots)
      : answered(ask(key, options), key);
  }

  /**
   * @param {string} key
   * @param {import("./snapshots.js").Snapshots} known
   */
  function recall(key, known) {
    const copied = known.read(key);
    if (copied !== undefined) {
      return copied;
    }
    const stored = ask(key);
    return known.keep(key, stored, answered(stored, key));
  }

  /**
   * @param {unknown} stored or the promise of it
   * @param {string} key
   */
  function answered(stored, key) {
    return stored instanceof Promise
      ? stored.then((text) => read(text, key, "getItem"))
      : read(stored, key, "getItem");
  }

  /**
   * @param {string} key
   * @param {Options} [options]
   */
  function ask(key, options) {
    return isLenient ? forgiving(() => fetch(key, options)) : fetch(key, options);
  }

  /**
   * An argument that is not passed costs nothing at the border.
   *
   * @param {string} key
   * @param {Options} [options]
   */
  function fetch(key, options) {
    return options === undefined ? calls.get(key) : calls.get(key, options);
  }

  /**
   * Bytes that are not text are found corrupt by native code already.
   *
   * @param {() => unknown} call
   */
  function forgiving(call) {
    try {
      const answer = call();
      return answer instanceof Promise ? answer.catch(forgive) : answer;
    } catch (error) {
      return forgive(error);
    }
  }

  /**
   * @param {string} key
   * @param {unknown} value
   * @param {Options} [options]
   */
  function setItem(key, value, options) {
    if (options?.ifAbsent) {
      return storeIfAbsent(calls, key, value, options);
    }
    if (value === undefined) {
      return removeItem(key, options);
    }
    let json;
    let text;
    try {
      json = encodePlain(value);
      text = json === undefined ? encodeOther(value) : undefined;
    } catch (error) {
      throw locate(error, { operation: "setItem", key });
    }
    if (json === undefined) {
      return calls.set(key, text, options);
    }
    return options === undefined ? calls.setPlain(key, json) : calls.setPlain(key, json, options);
  }

  /**
   * @param {string} key
   * @param {unknown} value
   * @param {Options} [options]
   */
  function setItemRaw(key, value, options) {
    refuseIfAbsent(options, "setItemRaw");
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
    const { hasOptions } = surveyOf(items);
    const keys = items.map((item) => normalizeKey(keyOf(item)));
    const own = hasOptions ? ownOptions(items, common) : undefined;
    const oneByOne = () => readEach(keys, own, common);
    const orOneByOne = (/** @type {Read[] | undefined} */ read) => read ?? oneByOne();
    try {
      const stored = calls.getMany(keys.join(SEPARATOR), keys.length, own, common);
      if (stored instanceof Promise) {
        const values = stored.then((chunks) => readInTurns(chunks, keys)).then(orOneByOne);
        return isLenient
          ? values.catch((error) => (isCorrupt(error) ? oneByOne() : forgive(error)))
          : values;
      }
      return orOneByOne(readBatch(stored, keys));
    } catch (error) {
      if (isLenient && isCorrupt(error)) {
        return oneByOne();
      }
      throw error;
    }
  }

  /**
   * @param {Chunk[]} chunks
   * @param {string[]} keys
   * @returns {Read[] | undefined} undefined if an array is not what it should be, because one of its
   *   texts is corrupt
   */
  function readBatch(chunks, keys) {
    /** @type {Read[]} */
    const items = [];
    const isRead = chunks.every((chunk) => readChunk(chunk, keys, items));
    return isRead && items.length === keys.length ? items : undefined;
  }

  /**
   * As `readBatch`, without holding up the event loop for as long as all of it takes.
   *
   * @param {Chunk[]} chunks
   * @param {string[]} keys
   */
  async function readInTurns(chunks, keys) {
    /** @type {Read[]} */
    const items = [];
    const isRead = await inTurns(chunks, CHUNKS_A_TURN, (chunk) => readChunk(chunk, keys, items));
    return isRead && items.length === keys.length ? items : undefined;
  }

  /**
   * @param {Chunk} chunk
   * @param {string[]} keys of the whole batch
   * @param {Read[]} items what was read before; this adds to it
   * @returns {boolean} false if the chunk is not what it should be
   */
  function readChunk(chunk, keys, items) {
    if (typeof chunk === "string") {
      return addPlain(chunk, keys, items);
    }
    for (const stored of chunk) {
      const key = /** @type {string} */ (keys[items.length]);
      items.push({ key, value: read(stored, key, "getItems") });
    }
    return true;
  }

  /**
   * @param {string[]} keys
   * @param {(Options | undefined)[] | undefined} own
   * @param {Options} [common]
   */
  function readEach(keys, own, common) {
    const values = keys.map((key, index) => getItem(key, own?.[index] ?? common));
    const pair = (/** @type {unknown[]} */ all) =>
      keys.map((key, index) => ({ key, value: all[index] }));
    return values.some((value) => value instanceof Promise)
      ? Promise.all(values).then(pair)
      : pair(values);
  }

  /**
   * Items without a value are removals, as in `setItem`. Every part starts before this returns, in
   * the order of the items, so that no later call overtakes one.
   *
   * @param {SetItem[]} items
   * @param {Options} [common]
   */
  function setItems(items, common) {
    const { hasOptions, hasRemovals } = surveyOf(items);
    refuseIfAbsent(common, "setItems");
    if (hasOptions) {
      for (const item of items) {
        refuseIfAbsent(item.options, "setItems");
      }
    }
    if (!hasRemovals) {
      return setAll(items, hasOptions, common);
    }
    const started = splitAtRemovals(items).map((part) => {
      const [first] = part;
      return first && first.value === undefined
        ? removeItem(first.key, { ...common, ...first.options })
        : setAll(part, hasOptions, common);
    });
    return started.some((answer) => answer instanceof Promise)
      ? Promise.all(started).then(nothing)
      : undefined;
  }

  /**
   * @param {SetItem[]} items
   * @param {boolean} hasOptions an item has some of its own
   * @param {Options} [common]
   */
  function setAll(items, hasOptions, common) {
    const keys = items.map(keyOf);
    return calls.setMany(
      keys.join(SEPARATOR),
      keys.length,
      encodeBatch(items, keys),
      hasOptions ? ownOptions(items, common) : undefined,
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
    if (given?.nativeOnly) {
      return then(calls.meta(key, given), (native) => bare(native, undefined));
    }
    return then(bothMetas(key, given), (parts) => {
      const native = parts.length > 2 ? nativeMeta(parts) : bare(parts[1], undefined);
      return parts[0] === null
        ? native
        : Object.assign(native, storedMeta(read(parts[0], metaKey(key), "getItem")));
    });
  }

  /**
   * Native and stored metadata in one crossing.
   *
   * @param {string} key
   * @param {Options} [options]
   * @returns {any} the stored text or value, then native metadata as an object or as six numbers
   */
  function bothMetas(key, options) {
    const ask = () => calls.meta(key, options, true);
    return isLenient ? withoutCorrupt(ask, () => calls.meta(key, options)) : ask();
  }

  /**
   * Native code finds stored metadata corrupt whose bytes are not text. Native metadata, asked for
   * again by itself, then stands alone.
   *
   * @param {() => unknown} ask
   * @param {() => unknown} askNative
   */
  function withoutCorrupt(ask, askNative) {
    const alone = (/** @type {unknown} */ error) => {
      forgive(error);
      return then(askNative(), (native) => [null, native]);
    };
    try {
      const answer = ask();
      return answer instanceof Promise ? answer.catch(alone) : answer;
    } catch (error) {
      return alone(error);
    }
  }

  /**
   * @param {string} [base]
   * @param {Options} [options]
   */
  function getKeys(base, options) {
    if (options !== undefined && isPaged(options)) {
      return settings.listPage(base, options);
    }
    return then(calls.keys(base, options), splitKeys);
  }

  return {
    hasItem: (/** @type {string} */ key, /** @type {Options} */ options) =>
      options === undefined ? calls.has(key) : calls.has(key, options),
    getItem,
    getItems,
    getItemRaw: (/** @type {string} */ key, /** @type {Options} */ options) =>
      calls.getRaw(key, options),
    setItem,
    setItems,
    setItemRaw,
    removeItem,
    getMeta,
    setMeta: (
      /** @type {string} */ key,
      /** @type {unknown} */ value,
      /** @type {Options} */ options,
    ) => setItem(metaKey(key), value, options),
    removeMeta: (/** @type {string} */ key, /** @type {Options} */ options) =>
      removeItem(metaKey(key), options),
    getKeys,
    clear: (/** @type {string} */ base, /** @type {Options} */ options) =>
      calls.clear(base, options),
  };
}

function nothing() {}

module.exports = { createOperations };
