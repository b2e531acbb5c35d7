"use strict";

const { createStorageError } = require("../errors.js");

/**
 * Gives a driver factory its type.
 *
 * @template Options, Instance
 * @param {(options: Options) => import("../../index.js").Driver<Options, Instance>} factory
 */
function defineDriver(factory) {
  return factory;
}

/**
 * Replaces every separator by one; drops one at either end. Simpler than the storage's own
 * `normalizeKey`: it neither cuts at `?` nor folds runs.
 *
 * @param {string} [key]
 * @param {":" | "/"} [separator]
 * @returns {string}
 */
function normalizeKey(key, separator = ":") {
  return key ? key.replace(/[:/\\]/g, separator).replace(/^[:/\\]|[:/\\]$/g, "") : "";
}

/**
 * @param {...string} keys
 * @returns {string} the parts that are not empty, joined by `:`
 */
function joinKeys(...keys) {
  return keys
    .map((key) => normalizeKey(key))
    .filter(Boolean)
    .join(":");
}

/**
 * An error of a driver, with the driver's name in its message.
 *
 * @param {string} driver
 * @param {string} message
 * @param {{ cause?: unknown, code?: string, key?: string, operation?: string }} [fields]
 */
function createError(driver, message, fields = {}) {
  const error = createStorageError(fields.code ?? "DRIVER", message, { ...fields, driver });
  Error.captureStackTrace?.(error, createError);
  return error;
}

/**
 * The error for a required option that is missing, or for a list of which one is needed.
 *
 * @param {string} driver
 * @param {string | string[]} name
 */
function createRequiredError(driver, name) {
  const message = Array.isArray(name)
    ? `Missing some of the required options ${name.map((each) => `\`${each}\``).join(", ")}`
    : `Missing required option \`${name}\`.`;
  return createError(driver, message, { code: "MISSING_OPTION" });
}

module.exports = { createError, createRequiredError, defineDriver, joinKeys, normalizeKey };
