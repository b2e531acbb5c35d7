"use strict";

// Proves that `JSON.stringify` stores a value whole, which is true of nearly every value that
// applications keep. It runs before every write, so it allocates nothing for an object without
// objects in it, and next to nothing for others.

const { keepShapeOf } = require("../kept.js");
const { MAX_DEPTH } = require("./limits.js");

/** Objects up to which a look at each one seen is cheaper than a Set. */
const SCAN_LIMIT = 16;

/** The objects met so far in one walk. Most walks meet two, for which a list would be too much. */
class Seen {
  /** @param {object} root */
  constructor(root) {
    this.first = root;
    /** @type {object | null} */
    this.second = null;
    /** @type {object[] | null} */
    this.list = null;
    /** @type {Set<object> | null} */
    this.set = null;
  }

  /**
   * Records an object.
   * @param {object} value
   * @returns {boolean} Whether it had not been met before.
   */
  add(value) {
    if (value === this.first || value === this.second) {
      return false;
    }
    if (this.second === null) {
      this.second = value;
      return true;
    }
    return this.set === null ? this.addToList(value) : this.set.size !== this.set.add(value).size;
  }

  /**
   * @param {object} value
   * @returns {boolean}
   */
  addToList(value) {
    this.list ??= [];
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

keepShapeOf(new Seen(Seen));

/**
 * Whether JSON holds a number as it is, which it does not for NaN, the infinities and -0. (Nothing here
 * runs for zeros alone: the compiler would leave it out until the first zero comes, and then compile
 * everything around it once more, ten milliseconds.)
 * @param {number} value
 * @returns {boolean}
 */
function isPlainNumber(value) {
  return value - value === 0 && !Object.is(value, -0);
}

/**
 * Whether a value has nothing inside and JSON holds it. (These comparisons the compiler knows; a
 * `switch` over `typeof` makes a text of each type first.)
 * @param {unknown} value
 * @returns {boolean}
 */
function isPlainLeaf(value) {
  if (typeof value === "number") {
    return isPlainNumber(value);
  }
  return typeof value === "string" || value === null || typeof value === "boolean";
}

/**
 * A `toJSON` of any origin makes a container not plain: `JSON.stringify` would store something
 * else than what was looked at.
 * @param {any} value
 * @param {Seen | null} seen Null as long as only the container itself was met.
 * @param {number} depth
 * @returns {boolean}
 */
function isPlainContainer(value, seen, depth) {
  if (depth > MAX_DEPTH || value.toJSON !== undefined) {
    return false;
  }
  if (Array.isArray(value)) {
    return arePlainItems(value, seen, depth);
  }
  const prototype = Object.getPrototypeOf(value);
  return (
    (prototype === Object.prototype || prototype === null) && arePlainMembers(value, seen, depth)
  );
}

/**
 * @param {unknown[]} items
 * @param {Seen | null} seen
 * @param {number} depth
 * @returns {boolean}
 */
function arePlainItems(items, seen, depth) {
  let known = seen;
  for (let at = 0; at < items.length; at++) {
    const item = items[at];
    if (!isPlainLeaf(item)) {
      if (typeof item !== "object") {
        return false;
      }
      known ??= new Seen(items);
      if (!isNewAndPlain(/** @type {object} */ (item), known, depth + 1)) {
        return false;
      }
    }
  }
  return true;
}

/**
 * @param {Record<string, unknown>} object
 * @param {Seen | null} seen
 * @param {number} depth
 * @returns {boolean}
 */
function arePlainMembers(object, seen, depth) {
  let known = seen;
  for (const key in object) {
    const member = object[key];
    if (!isPlainLeaf(member)) {
      if (typeof member !== "object") {
        return false;
      }
      known ??= new Seen(object);
      if (!isNewAndPlain(/** @type {object} */ (member), known, depth + 1)) {
        return false;
      }
    }
  }
  return true;
}

/**
 * @param {object} value
 * @param {Seen} seen
 * @param {number} depth
 * @returns {boolean}
 */
function isNewAndPlain(value, seen, depth) {
  return seen.add(value) && isPlainContainer(value, seen, depth);
}

/**
 * Whether `JSON.stringify(value)` followed by `JSON.parse` gives the value back, including the
 * identity of its parts: no object occurs twice in it.
 * @param {unknown} value
 * @returns {boolean}
 */
function isPlainJson(value) {
  return isPlainLeaf(value) || (typeof value === "object" && isPlainContainer(value, null, 0));
}

module.exports = { isPlainJson, isPlainNumber };
