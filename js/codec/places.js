"use strict";

const { formatPath } = require("./path.js");

/**
 * Where a value stands while it is written: the container that holds it and its key there. Paths
 * are made from the chain of parents when they are needed, which is seldom.
 * @typedef {object} Place
 * @property {Place | null} parent Null at the top.
 * @property {string | number} key
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
  return { parent, key, text: undefined, notes: undefined, repeats: null };
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

module.exports = { equalitiesOf, placeAt, segmentsOf };
