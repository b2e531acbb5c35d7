"use strict";

const { createStorageError } = require("./errors.js");

/**
 * What an option may be: names of types (`typeof`, or `array`), or the texts that are allowed.
 * @typedef {Readonly<Record<string, readonly string[]>>} Schema
 */

const TYPES = new Set(["string", "number", "boolean", "object", "function", "array"]);

/**
 * Refuses options of a wrong type or an unknown name. `undefined` is as if the option was not given.
 *
 * @param {string | undefined} driver
 * @param {unknown} options
 * @param {Schema} schema
 */
function checkOptions(driver, options, schema) {
  if (options === null || typeof options !== "object") {
    throw invalidOption(driver, "options", "an object");
  }
  for (const [name, value] of Object.entries(options)) {
    const allowed = Object.hasOwn(schema, name) ? schema[name] : undefined;
    if (allowed === undefined) {
      throw createStorageError("INVALID_OPTION", `Unknown option \`${name}\``, { driver });
    }
    checkOption(driver, name, value, allowed);
  }
}

/**
 * @param {string | undefined} driver
 * @param {string} name
 * @param {unknown} value
 * @param {readonly string[]} allowed
 */
function checkOption(driver, name, value, allowed) {
  if (value === undefined || allowed.includes(typeOf(value))) {
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

module.exports = { checkOptions, invalidOption };
