"use strict";

// What a path in an annotation may step through: the own members of arrays and objects as JSON
// makes them. Nothing inherited is ever read or written.

const INDEX = /^\d+$/;

/**
 * Whether a container has a member of its own under a key.
 * @param {any} container
 * @param {string} key
 * @returns {boolean}
 * @throws {Error} When it is not a container at all.
 */
function hasMember(container, key) {
  if (Array.isArray(container)) {
    return key !== "length" && Object.hasOwn(container, key);
  }
  const isObject = typeof container === "object" && container !== null;
  if (!isObject || Object.getPrototypeOf(container) !== Object.prototype) {
    throw new Error("a path leads into something that has no members");
  }
  return Object.hasOwn(container, key);
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

module.exports = { hasMember, isNameOnArray };
