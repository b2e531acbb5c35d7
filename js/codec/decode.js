"use strict";

// Applies the annotations of a text to its JSON. Inner annotations come first, so that what is
// inside a Set or a Map is still in an array when it is revived, at a place found in one step.
//
// Annotations are first made into a plan, for many texts have the same ones: what can be found out
// without the value is found out once. What is wrong with annotations is only said when they are
// applied, since those of names on arrays never are.

const { restoreIdentities } = require("./identity.js");
const { MAX_DEPTH } = require("./limits.js");
const { hasMember, isList, isNameOnArray } = require("./members.js");
const { parsePath } = require("./path.js");
const { NAMES, readerOf } = require("./revive.js");

/**
 * The `meta` of a text. Texts without `v`, or with a smaller one than 1, have legacy paths.
 * @typedef {object} Meta
 * @property {unknown} [values]
 * @property {unknown} [referentialEqualities]
 * @property {number} [v]
 */

/**
 * How a `meta` is applied. It holds nothing of a value, and applying it does not change it.
 * @typedef {object} Plan
 * @property {Step | null} root Null where only identities are annotated.
 * @property {unknown} equalities Undefined where there are none.
 * @property {boolean} legacy Whether paths are those of a text before version 1.
 */

/**
 * What becomes of one piece of JSON.
 * @typedef {object} Step
 * @property {((json: any) => unknown) | null} read Null for a plain container.
 * @property {boolean} isHolder Whether the value holds other values.
 * @property {Inner[]} inside In the order in which they are applied.
 */

/**
 * @typedef {object} Inner
 * @property {readonly string[]} keys The way from the container, with at least one key.
 * @property {string} last The last of them.
 * @property {Step} step
 */

/** @type {Set<unknown>} Types whose values hold other values. */
const HOLDERS = new Set(["set", "map", "Error"]);

/** @type {Inner[]} */
const NOTHING = [];

/** The steps for values of the listed types with no annotations inside. */
const LEAF_STEPS = new Map(
  NAMES.map((type) => [
    type,
    { read: readerOf(type), isHolder: HOLDERS.has(type), inside: NOTHING },
  ]),
);

/**
 * From each Set, Map and Error to the array or object that it was made from, in which the paths of
 * identities count. Null where there are no identities.
 * @typedef {Map<unknown, object> | null} Sources
 */

/**
 * @param {Meta} meta
 * @returns {Plan}
 */
function planOf({ values, referentialEqualities, v }) {
  const legacy = !((v ?? 0) >= 1);
  const root = values === undefined ? null : stepOf(values, legacy, 0);
  return { root, equalities: referentialEqualities, legacy };
}

/**
 * @param {unknown} notes `[type, inside?]` for a value of a type, an object from paths to notes for
 *   a plain container.
 * @param {boolean} legacy
 * @param {number} depth
 * @returns {Step}
 */
function stepOf(notes, legacy, depth) {
  if (depth > MAX_DEPTH) {
    return failing(`annotations are nested deeper than ${MAX_DEPTH} levels`);
  }
  const isTyped = Array.isArray(notes);
  const leaf = isTyped && notes.length === 1 ? LEAF_STEPS.get(notes[0]) : undefined;
  if (leaf !== undefined) {
    return leaf;
  }
  const within = isTyped ? notes[1] : notes;
  const hasInside = !isTyped || notes.length > 1;
  if (hasInside && (typeof within !== "object" || within === null || Array.isArray(within))) {
    return failing("annotations have an unknown shape");
  }
  return {
    read: isTyped ? readerOf(notes[0]) : null,
    isHolder: isTyped && HOLDERS.has(notes[0]),
    inside: hasInside ? insideOf(within, legacy, depth) : NOTHING,
  };
}

/**
 * @param {Record<string, unknown>} notes
 * @param {boolean} legacy
 * @param {number} depth
 * @returns {Inner[]}
 */
function insideOf(notes, legacy, depth) {
  /** @type {Inner[]} */
  const inside = [];
  for (const path of Object.keys(notes)) {
    const keys = parsePath(path, legacy);
    inside.push({
      keys,
      last: keys[keys.length - 1],
      step: stepOf(notes[path], legacy, depth + 1),
    });
  }
  return inside;
}

/**
 * @param {string} reason
 * @returns {Step}
 */
function failing(reason) {
  const read = () => {
    throw new Error(reason);
  };
  return { read, isHolder: false, inside: NOTHING };
}

/**
 * @param {Plan} plan
 * @param {unknown} json
 * @returns {unknown}
 * @throws {Error} When the annotations do not fit the JSON.
 */
function applyPlan({ root, equalities, legacy }, json) {
  if (equalities === undefined) {
    return root === null ? json : applyStep(root, json, null);
  }
  const sources = new Map();
  const value = root === null ? json : applyStep(root, json, sources);
  restoreIdentities(value, equalities, legacy, sources);
  return value;
}

/**
 * @param {Step} step
 * @param {any} json
 * @param {Sources} sources
 * @returns {unknown} The value that the piece of JSON stands for.
 */
function applyStep({ read, isHolder, inside }, json, sources) {
  if (inside.length > 0) {
    applyInside(inside, json, sources);
  }
  if (read === null) {
    return json;
  }
  const value = read(json);
  if (isHolder && sources !== null) {
    sources.set(value, json);
  }
  return value;
}

/**
 * @param {Inner[]} inside
 * @param {any} json
 * @param {Sources} sources
 */
function applyInside(inside, json, sources) {
  const inList = isList(json);
  for (let at = 0; at < inside.length; at++) {
    const { keys, last, step } = inside[at];
    const container = findContainer(json, inList, keys);
    if (container !== undefined) {
      container[last] = applyStep(step, container[last], sources);
    }
  }
}

/**
 * The container of the member that a path leads to. That member is its own, so an assignment to
 * it meets no setter, not even under the key `__proto__`.
 * @param {any} json
 * @param {boolean} inList Whether the JSON is an array.
 * @param {readonly string[]} keys
 * @returns {any} Undefined when the path leads to or through a name on an array.
 * @throws {Error} When the path leads nowhere.
 */
function findContainer(json, inList, keys) {
  let container = json;
  for (let at = 0; ; at++) {
    if (!hasMember(container, keys[at], at === 0 ? inList : isList(container))) {
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

module.exports = { applyPlan, planOf };
