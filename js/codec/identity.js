"use strict";

// Restores which parts of a value are one and the same. The text repeats an object wherever it
// occurs, and annotations list the paths that belong together. These paths count places in the
// text as it stands, so all of them are resolved before anything is replaced. (Superjson replaces
// as it goes, and loses identities whose paths lead through something replaced before.)

const { fillError } = require("./error-values.js");
const { hasMember, isList, isNameOnArray } = require("./members.js");
const { parsePath } = require("./path.js");

/**
 * A place that some path leads to or through.
 * @typedef {object} Place
 * @property {any} value
 * @property {any} container The array or object that holds the value, also for a Set or Map.
 * @property {string} key
 * @property {Map<string, Place> | null} inside Places that paths lead to through this one.
 */

/** The places of all paths, as a tree, in which each step is taken once. */
class Places {
  /**
   * @param {unknown} root
   * @param {boolean} legacy
   * @param {Map<unknown, object>} sources
   */
  constructor(root, legacy, sources) {
    this.legacy = legacy;
    this.sources = sources;
    /** @type {Place} */
    this.root = { value: root, container: null, key: "", inside: null };
    /** @type {Set<unknown>} Revived values whose sources paths lead through. */
    this.entered = new Set();
  }

  /**
   * @param {unknown} path
   * @returns {Place | undefined} Undefined when nothing is there: superjson also lists functions
   *   that occur twice, although JSON leaves them out.
   * @throws {Error} When a path leads through something that is not there.
   */
  find(path) {
    if (typeof path !== "string") {
      throw new Error("a path is not a string");
    }
    const keys = parsePath(path, this.legacy);
    let place = this.root;
    for (let at = 0; at < keys.length; at++) {
      const next = place.inside?.get(keys[at]) ?? this.enter(place, keys[at]);
      if (next === undefined) {
        if (at < keys.length - 1 && !isNameOnArray(place.value, keys[at])) {
          throw new Error("a path leads nowhere");
        }
        return undefined;
      }
      place = next;
    }
    return place;
  }

  /**
   * @param {Place} place
   * @param {string} key
   * @returns {Place | undefined}
   */
  enter(place, key) {
    const source = this.sources.get(place.value);
    const container = source ?? place.value;
    if (!hasMember(container, key, isList(container))) {
      return undefined;
    }
    if (source !== undefined) {
      this.entered.add(place.value);
    }
    const found = { value: container[key], container, key, inside: null };
    place.inside ??= new Map();
    place.inside.set(key, found);
    return found;
  }

  /**
   * @param {unknown} paths
   * @returns {Place[]}
   */
  findAll(paths) {
    if (!Array.isArray(paths)) {
      throw new Error("identical paths are not a list");
    }
    return paths.map((path) => this.find(path)).filter(isPlace);
  }

  /** Brings the Sets, Maps and Errors up to date with what they were made from. */
  refill() {
    for (const value of this.entered) {
      const source = /** @type {any} */ (this.sources.get(value));
      if (value instanceof Set) {
        value.clear();
        for (const item of source) value.add(item);
      } else if (value instanceof Map) {
        value.clear();
        for (const [key, item] of source) value.set(key, item);
      } else {
        fillError(/** @type {Error} */ (value), source);
      }
    }
  }
}

/**
 * @param {Place | undefined} place
 * @returns {place is Place}
 */
function isPlace(place) {
  return place !== undefined;
}

/**
 * The places of each group of paths that belong together; the root stands first in its group.
 * @param {Places} places
 * @param {unknown} annotations `{ [path]: paths }`, or `[paths of the root, the former?]`.
 * @returns {Place[][]}
 */
function findGroups(places, annotations) {
  const groups = [];
  let others = annotations;
  if (Array.isArray(annotations)) {
    groups.push([places.root, ...places.findAll(annotations[0])]);
    others = annotations[1] ?? {};
  }
  if (typeof others !== "object" || others === null || Array.isArray(others)) {
    throw new Error("identities have an unknown shape");
  }
  for (const [path, paths] of Object.entries(others)) {
    groups.push([...places.findAll([path]), ...places.findAll(paths)]);
  }
  return groups;
}

/**
 * Makes all places of a group hold the same value. It is the one that paths lead through, if any:
 * the writer went into an object only where it met it first, and lists what is shared inside it
 * by paths through there.
 * @param {Place[]} group
 */
function unite(group) {
  const kept = group.find((place) => place.container === null || place.inside !== null) ?? group[0];
  for (const place of group) {
    if (place !== kept) {
      place.container[place.key] = kept.value;
    }
  }
}

/**
 * @param {unknown} root
 * @param {unknown} annotations
 * @param {boolean} legacy Whether paths are those of a text before version 1.
 * @param {Map<unknown, object>} sources What each Set, Map and Error was made from.
 * @throws {Error} When the annotations do not fit the value.
 */
function restoreIdentities(root, annotations, legacy, sources) {
  const places = new Places(root, legacy, sources);
  const groups = findGroups(places, annotations);
  groups.forEach(unite);
  places.refill();
}

module.exports = { restoreIdentities };
