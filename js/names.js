"use strict";

/** Short names of the asynchronous methods; each with `Sync` behind both names exists too. */
const ALIASES = Object.freeze({
  keys: "getKeys",
  get: "getItem",
  set: "setItem",
  has: "hasItem",
  del: "removeItem",
  remove: "removeItem",
});

/**
 * Adds other names of the methods that are there, in both forms where there are two.
 *
 * @param {Record<string, any>} methods
 * @param {Record<string, string>} names
 */
function addNames(methods, names) {
  for (const [alias, name] of Object.entries(names)) {
    if (methods[name] !== undefined) {
      methods[alias] = methods[name];
    }
    if (!alias.startsWith("_")) {
      methods[`${alias}Sync`] = methods[`${name}Sync`];
    }
  }
}

module.exports = { ALIASES, addNames };
