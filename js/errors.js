"use strict";

/**
 * What every failure looks like.
 *
 * @typedef {object} ErrorFields
 * @property {string} [operation] the method that failed (`getItem`)
 * @property {string} [driver] the name of the driver that failed
 * @property {string} [key] the full key that was asked for
 * @property {unknown} [cause] the failure behind this one
 */

/** The prefix of every message. */
const PREFIX = "[stowage]";

/** Codes of failures that only the face can find; all others come from native code. */
const FACE_CODES = Object.freeze(["UNSERIALIZABLE", "DOWNGRADE", "DRIVER"]);

/**
 * The one error class. `code` is stable; operating-system failures carry their errno name.
 */
class StorageError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {ErrorFields} [fields]
   */
  constructor(code, message, fields = {}) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.code = code;
    this.operation = fields.operation;
    this.driver = fields.driver;
    this.key = fields.key;
  }
}

// On the prototype, as the built-in errors have it: an own `name` would show in every printout.
Object.defineProperty(StorageError.prototype, "name", {
  value: "StorageError",
  configurable: true,
  writable: true,
});

/**
 * @param {string} code
 * @param {string} message
 * @param {ErrorFields} [fields]
 * @returns {StorageError}
 */
function createStorageError(code, message, fields = {}) {
  const driver = fields.driver === undefined ? "" : ` [${fields.driver}]`;
  const text = message.startsWith(PREFIX) ? message : `${PREFIX}${driver} ${message}`;
  return new StorageError(code, text, fields);
}

/**
 * Names the call in which an error happened, unless a place nearer to it already did.
 *
 * @param {unknown} error
 * @param {ErrorFields} fields
 * @returns {unknown} the same error
 */
function locate(error, fields) {
  if (error instanceof StorageError) {
    error.operation ??= fields.operation;
    error.driver ??= fields.driver;
    error.key ??= fields.key;
  }
  return error;
}

/**
 * @param {unknown} error
 * @returns {boolean}
 */
function isCorrupt(error) {
  return error instanceof StorageError && error.code === "CORRUPT";
}

module.exports = { FACE_CODES, StorageError, createStorageError, isCorrupt, locate };
