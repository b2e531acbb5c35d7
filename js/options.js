"use strict";

const { createStorageError } = require("./errors.js");

/**
 * What an option may be: names of types (`typeof`, or `array`), or the texts that are allowed.
 * @typedef {Readonly<Record<string, readonly string[]>>} Schema
 */

const TYPES = new Set(["string", "number", "boolean", "object", "function", "array"]);

/**
 * The options, each read once, so that a getter cannot answer the check and the use differently.
 * Refuses those of a wrong type or an unknown name; `undefined` is as if the option was not given.
 * The answer has no prototype: what somebody put on `Object.prototype` is nobody's option.
 *
 * @param {string | undefined} driver
 * @param {any} options
 * @param {Schema} schema
 * @returns {any}
 */
function checkOptions(driver, options, schema) {
  if (options === null || typeof options !== "object") {
    throw invalidOption(driver, "options", "an object");
  }
  const checked = Object.create(null);
  for (const name of namesOf(options, schema)) {
    const allowed = Object.hasOwn(schema, name) ? schema[name] : undefined;
    if (allowed === undefined) {
      throw createStorageError("INVALID_OPTION", `Unknown option \`${name}\``, { driver });
    }
    const value = options[name];
    checkOption(driver, name, value, allowed);
    if (value !== undefined) {
      checked[name] = value;
    }
  }
  return checked;
}

/**
 * What the object has itself, and what it has from its class or from defaults behind it.
 *
 * @param {object} options
 * @param {Schema} schema
 */
function namesOf(options, schema) {
  const names = new Set(Object.keys(options));
  for (const name of Object.keys(schema)) {
    if (name in options && !isEverywhere(options, name)) {
      names.add(name);
    }
  }
  return names;
}

/**
 * True if the object has the name only because all objects have it.
 *
 * @param {any} object
 * @param {string} name
 */
function isEverywhere(object, name) {
  let holder = object;
  while (holder !== null && holder !== Object.prototype && !Object.hasOwn(holder, name)) {
    holder = Object.getPrototypeOf(holder);
  }
  return holder === null || holder === Object.prototype;
}

/**
 * @param {string | undefined} driver
 * @param {string} name
 * @param {unknown} value
 * @param {readonly string[]} allowed
 */
function checkOption(driver, name, value, allowed) {
  const type = typeOf(value);
  if (value === undefined || (TYPES.has(type) && allowed.includes(type))) {
    return;
  }
  const isOneOf = typeof value === "string" && !TYPES.has(value) && allowed.includes(value);
  if (!isOneOf) {
    throw invalidOption(
      driver,
      name,
      allowed.map((each) => (TYPES.has(each) ? each : `"${each}"`)).join(" or "),
    );
  }
}

/** @param {unknown} value */
function typeOf(value) {
  return Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
}

/**
 * @param {string | undefined} driver
 * @param {string} name
 * @param {string} expected
 */
function invalidOption(driver, name, expected) {
  return createStorageError("INVALID_OPTION", `Option \`${name}\` must be ${expected}`, { driver });
}

/**
 * Refuses what is no path: the system would read it up to its first NUL, and take another file.
 *
 * @param {string} driver
 * @param {string} name of the option or argument
 * @param {unknown} path
 */
function checkPath(driver, name, path) {
  if (typeof path !== "string" || path === "" || path.includes("\0")) {
    throw invalidOption(driver, name, "a path without NUL");
  }
}

module.exports = { checkOptions, checkPath, invalidOption };
