"use strict";

// Proves that `JSON.stringify` stores a value whole, which is true of nearly every value that
// applications keep. It runs before every write, so it allocates next to nothing.

const { MAX_DEPTH } = require("./limits.js");

/** Objects up to which a look at each one seen is cheaper than a Set. */
const SCAN_LIMIT = 16;

/** The objects met so far in one walk. */
class Seen {
  constructor() {
    /** @type {object[]} */
    this.list = [];
    /** @type {Set<object> | null} */
    this.set = null;
  }

  /**
   * Records an object.
   * @param {object} value
   * @returns {boolean} Whether it had not been met before.
   */
  add(value) {
    if (this.set !== null) {
      return this.set.size !== this.set.add(value).size;
    }
    const list = this.list;
    for (let at = 0; at < list.length; at++) {
      if (list[at] === value) {
        return false;
      }
    }
    list.push(value);
    if (list.length === SCAN_LIMIT) {
      this.set = new Set(list);
    }
    return true;
  }
}

/**
 * Whether JSON holds a number as it is, which it does not for NaN, the infinities and -0.
 * @param {number} value
 * @returns {boolean}
 */
function isPlainNumber(value) {
  return value - value === 0 && (value !== 0 || 1 / value > 0);
}

/**
 * @param {unknown} value
 * @param {Seen} seen
 * @param {number} depth
 * @returns {boolean}
 */
function isPlain(value, seen, depth) {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return isPlainNumber(value);
    case "object":
      return value === null || isPlainContainer(value, seen, depth);
    default:
      return false;
  }
}

/**
 * A `toJSON` of any origin makes a container not plain: `JSON.stringify` would store something
 * else than what was looked at.
 * @param {any} value
 * @param {Seen} seen
 * @param {number} depth
 * @returns {boolean}
 */
function isPlainContainer(value, seen, depth) {
  if (depth > MAX_DEPTH || !seen.add(value) || value.toJSON !== undefined) {
    return false;
  }
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) {
      if (!isPlain(value[at], seen, depth + 1)) {
        return false;
      }
    }
    return true;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    return false;
  }
  for (const key in value) {
    if (!isPlain(value[key], seen, depth + 1)) {
      return false;
    }
  }
  return true;
}

/**
 * Whether `JSON.stringify(value)` followed by `JSON.parse` gives the value back, including the
 * identity of its parts: no object occurs twice in it.
 * @param {unknown} value
 * @returns {boolean}
 */
function isPlainJson(value) {
  return isPlain(value, new Seen(), 0);
}

module.exports = { isPlainJson, isPlainNumber };
