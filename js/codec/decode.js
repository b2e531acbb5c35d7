"use strict";

// Applies the annotations of a text to its JSON. Inner annotations come first, so that what is
// inside a Set or a Map is still in an array when it is revived, at a place found in one step.

const { restoreIdentities } = require("./identity.js");
const { MAX_DEPTH } = require("./limits.js");
const { hasMember, isNameOnArray } = require("./members.js");
const { parsePath } = require("./path.js");
const { revive } = require("./revive.js");

/**
 * The `meta` of a text. Texts without `v`, or with a smaller one than 1, have legacy paths.
 * @typedef {object} Meta
 * @property {unknown} [values]
 * @property {unknown} [referentialEqualities]
 * @property {number} [v]
 */

/** Types whose values hold other values. */
const HOLDERS = new Set(["set", "map", "Error"]);

class Decoder {
  /** @param {Meta} meta */
  constructor(meta) {
    this.meta = meta;
    this.legacy = !((meta.v ?? 0) >= 1);
    /** From each Set, Map and Error to the array or object that it was made from, in which the
     * paths of identities count. Null where there are no identities.
     * @type {Map<unknown, object> | null} */
    this.sources = meta.referentialEqualities === undefined ? null : new Map();
  }

  /**
   * @param {unknown} json
   * @returns {unknown}
   */
  decode(json) {
    const { values, referentialEqualities } = this.meta;
    const value = values === undefined ? json : this.apply(values, json, 0);
    if (this.sources !== null) {
      restoreIdentities(value, referentialEqualities, this.legacy, this.sources);
    }
    return value;
  }

  /**
   * The value that a piece of JSON stands for, given its annotations: `[type, inside?]` for a
   * value of a type, an object from paths to annotations for a plain container.
   * @param {unknown} notes
   * @param {any} json
   * @param {number} depth
   * @returns {unknown}
   */
  apply(notes, json, depth) {
    if (depth > MAX_DEPTH) {
      throw new Error(`annotations are nested deeper than ${MAX_DEPTH} levels`);
    }
    if (!Array.isArray(notes)) {
      this.applyInside(notes, json, depth);
      return json;
    }
    if (notes.length > 1) {
      this.applyInside(notes[1], json, depth);
    }
    const value = revive(notes[0], json);
    if (this.sources !== null && HOLDERS.has(notes[0])) {
      this.sources.set(value, json);
    }
    return value;
  }

  /**
   * @param {unknown} notes
   * @param {unknown} json
   * @param {number} depth
   */
  applyInside(notes, json, depth) {
    if (typeof notes !== "object" || notes === null || Array.isArray(notes)) {
      throw new Error("annotations have an unknown shape");
    }
    for (const path of Object.keys(notes)) {
      const keys = parsePath(path, this.legacy);
      const last = keys[keys.length - 1];
      const container = findContainer(json, keys);
      if (container !== undefined) {
        const inner = /** @type {Record<string, unknown>} */ (notes)[path];
        container[last] = this.apply(inner, container[last], depth + 1);
      }
    }
  }
}

/**
 * The container of the member that a path leads to. That member is its own, so an assignment to
 * it meets no setter, not even under the key `__proto__`.
 * @param {any} json
 * @param {readonly string[]} keys
 * @returns {any} Undefined when the path leads to or through a name on an array.
 * @throws {Error} When the path leads nowhere.
 */
function findContainer(json, keys) {
  let container = json;
  for (let at = 0; ; at++) {
    if (!hasMember(container, keys[at])) {
      if (isNameOnArray(container, keys[at])) {
        return undefined;
      }
      throw new Error("an annotation leads nowhere");
    }
    if (at === keys.length - 1) {
      return container;
    }
    container = container[keys[at]];
  }
}

/**
 * @param {unknown} json
 * @param {Meta} meta
 * @returns {unknown}
 * @throws {Error} When the annotations do not fit the JSON.
 */
function applyMeta(json, meta) {
  return new Decoder(meta).decode(json);
}

module.exports = { applyMeta };
