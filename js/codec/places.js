"use strict";

const { formatPath } = require("./path.js");

/**
 * Where a value stands while it is written: the container that holds it and its key there. Paths
 * are made from the chain of parents when they are needed, which is seldom.
 * @typedef {object} Place
 * @property {Place | null} parent Null at the top.
 * @property {string | number} key
 * @property {unknown} value Of places in `Places`; elsewhere undefined.
 * @property {string | undefined} text Undefined while the value is being written.
 * @property {import("./notes.js").Notes | undefined} notes
 * @property {Place[] | null} repeats Further places of the same value.
 */

/**
 * @param {Place | null} parent
 * @param {string | number} key
 * @returns {Place}
 */
function placeAt(parent, key) {
  return { parent, key, value: undefined, text: undefined, notes: undefined, repeats: null };
}

/** Places up to which a look at each one is cheaper than a Map. */
const SCAN_LIMIT = 16;

/** The places of all values that could occur again. */
class Places {
  constructor() {
    /** @type {Place[]} In the order in which the values were met. */
    this.all = [];
    /** @type {Map<unknown, Place> | null} */
    this.byValue = null;
  }

  /**
   * @param {unknown} value
   * @returns {Place | undefined}
   */
  find(value) {
    if (this.byValue !== null) {
      return this.byValue.get(value);
    }
    const all = this.all;
    for (let at = 0; at < all.length; at++) {
      const known = all[at].value;
      if (known === value || (Number.isNaN(known) && Number.isNaN(value))) {
        return all[at];
      }
    }
    return undefined;
  }

  /**
   * @param {unknown} value One that was not found.
   * @param {Place} place
   */
  add(value, place) {
    place.value = value;
    this.all.push(place);
    if (this.byValue !== null) {
      this.byValue.set(value, place);
    } else if (this.all.length === SCAN_LIMIT) {
      this.byValue = new Map(this.all.map((each) => [each.value, each]));
    }
  }
}

/**
 * The keys that lead from the top to a place.
 * @param {Place} place
 * @returns {(string | number)[]}
 */
function segmentsOf(place) {
  const segments = [];
  for (let at = place; at.parent !== null; at = at.parent) {
    segments.push(at.key);
  }
  return segments.reverse();
}

/**
 * The annotations of values that occur more than once: from one of its paths, the shortest, to
 * the others. Those of the value at the top stand apart, in a list before the rest.
 * @param {Iterable<Place>} places In the order in which the values were met.
 * @returns {unknown} Undefined when no value occurs more than once.
 */
function equalitiesOf(places) {
  /** @type {string[] | undefined} */
  let root;
  /** @type {Record<string, string[]> | undefined} */
  let others;
  for (const place of places) {
    if (place.repeats !== null) {
      const paths = [place, ...place.repeats].map(segmentsOf);
      const [first, ...rest] = paths.sort((a, b) => a.length - b.length);
      if (first.length === 0) {
        root = rest.map(formatPath);
      } else {
        // Without a prototype every path is just a key, `__proto__` too.
        others ??= /** @type {Record<string, string[]>} */ (Object.create(null));
        others[formatPath(first)] = rest.map(formatPath);
      }
    }
  }
  if (root === undefined) {
    return others;
  }
  return others === undefined ? [root] : [root, others];
}

module.exports = { equalitiesOf, placeAt, Places, segmentsOf };
