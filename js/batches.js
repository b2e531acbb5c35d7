"use strict";

// Batches take few crossings: all keys go over in one string, plain values in texts of many, rich
// ones by themselves.

const { encode, encodePlainList } = require("./codec.js");
const { createStorageError, locate } = require("./errors.js");
const { normalizeKey } = require("./keys.js");

/**
 * Values that cross the border in one string: one that the processor's cache holds. Native code
 * joins as many (`CHUNK_VALUES` in src/codec.rs), and a walk finds the values of a page by it.
 */
const CHUNK_VALUES = 512;

/**
 * @typedef {Record<string, any>} Options
 * @typedef {string | { key: string, options?: Options }} GetItem
 * @typedef {{ key: string, value: unknown, options?: Options }} SetItem
 * @typedef {{ key: string, value: unknown }} Read
 *
 * Values of a batch: a JSON array with a mark before each bare value, or each value by itself.
 * @typedef {string | unknown[]} Chunk
 */

/**
 * Checks the form of a batch and finds out, in one pass, what else must be done about it.
 *
 * @param {any[]} items
 */
function surveyOf(items) {
  if (!Array.isArray(items)) {
    throw createStorageError("INVALID_VALUE", "a batch must be an array of items");
  }
  let hasOptions = false;
  let hasRemovals = false;
  for (const item of items) {
    if (typeof item === "object" && item !== null) {
      hasOptions ||= Boolean(item.options);
      hasRemovals ||= item.value === undefined;
    } else if (typeof item !== "string") {
      throw createStorageError(
        "INVALID_VALUE",
        `an item of a batch must be an object, got ${typeof item}`,
      );
    }
  }
  return { hasOptions, hasRemovals };
}

/**
 * Runs of items with values, and each item without one by itself.
 *
 * @param {SetItem[]} items
 * @returns {SetItem[][]}
 */
function splitAtRemovals(items) {
  /** @type {SetItem[][]} */
  const parts = [];
  for (const item of items) {
    const last = parts.at(-1);
    if (last && item.value !== undefined && last[0]?.value !== undefined) {
      last.push(item);
    } else {
      parts.push([item]);
    }
  }
  return parts;
}

/**
 * @param {GetItem | SetItem} item
 * @returns {string} its key, as the caller gave it
 */
function keyOf(item) {
  const key = typeof item === "string" ? item : item.key;
  if (typeof key !== "string") {
    throw createStorageError("INVALID_KEY", `Invalid key: expected a string, got ${typeof key}`);
  }
  return key;
}

/**
 * Options of the items that have some, merged over the common ones.
 *
 * @param {(GetItem | SetItem)[]} items
 * @param {Options} [common]
 */
function ownOptions(items, common) {
  return items.map((item) =>
    typeof item === "object" && item.options ? { ...common, ...item.options } : undefined,
  );
}

/**
 * @param {SetItem[]} items
 * @param {string[]} keys of the items, as the caller gave them
 * @returns {Chunk[]}
 */
function encodeBatch(items, keys) {
  const chunks = [];
  for (let start = 0; start < items.length; start += CHUNK_VALUES) {
    chunks.push(encodeChunk(items.slice(start, start + CHUNK_VALUES), keys, start));
  }
  return chunks;
}

/**
 * @param {SetItem[]} items
 * @param {string[]} keys of the whole batch, as the caller gave them
 * @param {number} start where the chunk begins in it
 * @returns {string | string[]} the JSON of all values, or the text of each
 */
function encodeChunk(items, keys, start) {
  const plain = encodePlainList(items.map((item) => item.value));
  return (
    plain ??
    items.map((item, index) => {
      try {
        return encode(item.value);
      } catch (error) {
        const key = normalizeKey(keys[start + index]);
        throw locate(error, { operation: "setItems", key });
      }
    })
  );
}

/**
 * Adds the items of a chunk of plain values. Corrupt texts that were joined may complete each other
 * to valid JSON. The mark, a random number that no stored text knows, then does not stand where it
 * should.
 *
 * @param {string} chunk
 * @param {string[]} keys of the whole batch
 * @param {Read[]} items
 * @returns {boolean} false if the chunk is not what it should be
 */
function addPlain(chunk, keys, items) {
  const values = parseArray(chunk);
  if (values === undefined) {
    return false;
  }
  const mark = values[0];
  for (let place = 0; place < values.length; place += 2) {
    if (values[place] !== mark || items.length === keys.length) {
      return false;
    }
    items.push({ key: /** @type {string} */ (keys[items.length]), value: values[place + 1] });
  }
  return values.length % 2 === 0;
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

module.exports = {
  addPlain,
  CHUNK_VALUES,
  encodeBatch,
  keyOf,
  ownOptions,
  splitAtRemovals,
  surveyOf,
};
