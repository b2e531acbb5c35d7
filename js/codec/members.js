"use strict";

// What a path in an annotation may step through: the own members of arrays and objects as JSON
// makes them. Nothing inherited is ever read or written.

const INDEX = /^\d+$/;

/**
 * Whether a container is an array, and not an object.
 * @param {unknown} container
 * @returns {boolean}
 * @throws {Error} When it is not a container at all.
 */
function isList(container) {
  if (Array.isArray(container)) {
    return true;
  }
  const isObject = typeof container === "object" && container !== null;
  if (!isObject || Object.getPrototypeOf(container) !== Object.prototype) {
    throw new Error("a path leads into something that has no members");
  }
  return false;
}

/**
 * Whether a container has a member of its own under a key.
 * @param {any} container
 * @param {string} key
 * @param {boolean} inList Whether the container is an array: what `isList` said of it.
 * @returns {boolean}
 */
function hasMember(container, key, inList) {
  return Object.hasOwn(container, key) && !(inList && key === "length");
}

/**
 * Whether a key is a name on an array. Superjson annotates such members (the result of
 * `String.match` has some) although JSON drops them.
 * @param {unknown} container
 * @param {string} key
 * @returns {boolean}
 */
function isNameOnArray(container, key) {
  return Array.isArray(container) && !INDEX.test(key);
}

module.exports = { hasMember, isList, isNameOnArray };
