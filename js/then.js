"use strict";

/**
 * Goes on with a value that is there now or comes later.
 *
 * @template T, R
 * @param {T | Promise<T>} value
 * @param {(value: T) => R} next
 * @returns {R | Promise<R>}
 */
function then(value, next) {
  return value instanceof Promise ? value.then(/** @type {any} */ (next)) : next(value);
}

/**
 * @param {any} value
 * @returns {boolean} whether it is a promise of whatever kind
 */
function isThenable(value) {
  return typeof value?.then === "function";
}

module.exports = { isThenable, then };
