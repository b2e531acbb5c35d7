"use strict";

const { decode } = require("./codec.js");
const { isCorrupt, locate } = require("./errors.js");
const { normalizeKey } = require("./keys.js");

/** What a plain value without its envelope begins with; no other text from native code does. */
const SPACE = 0x20;

/**
 * @typedef {object} ReaderSettings
 * @property {"throw" | "null"} onCorrupt
 * @property {(key: string) => string | undefined} driverOf the name of the driver of a key
 */

/**
 * How the texts of one storage become values.
 *
 * @param {ReaderSettings} settings
 */
function createReader(settings) {
  const isLenient = settings.onCorrupt === "null";

  /**
   * @param {unknown} stored text to decode, or a value that a driver of JavaScript returned
   * @param {string} key as the caller gave it
   * @param {string} operation
   */
  function read(stored, key, operation) {
    if (typeof stored !== "string") {
      return stored;
    }
    try {
      return stored.charCodeAt(0) === SPACE ? decodeBare(stored) : decode(stored);
    } catch (error) {
      return forgive(placed(error, key, operation));
    }
  }

  /**
   * As `read`, for whole texts (`getText`), and for those who decide by what they read: what is
   * corrupt is never absence to them.
   *
   * @param {string | null} stored
   * @param {string} key as the caller gave it
   * @param {string} operation
   */
  function readWhole(stored, key, operation) {
    try {
      return stored === null ? null : decode(stored);
    } catch (error) {
      throw placed(error, key, operation);
    }
  }

  /**
   * @param {unknown} error
   * @param {string} key as the caller gave it
   * @param {string} operation
   */
  function placed(error, key, operation) {
    const full = normalizeKey(key);
    return locate(error, { operation, driver: settings.driverOf(full), key: full });
  }

  /**
   * Corruption reads as absence only if the application asked for it.
   *
   * @param {unknown} error
   */
  function forgive(error) {
    if (isLenient && isCorrupt(error)) {
      return null;
    }
    throw error;
  }

  return { forgive, isLenient, placed, read, readWhole };
}

/**
 * The value of a plain text without its envelope. If it is none, the whole text tells what is wrong.
 *
 * @param {string} bare a space and JSON
 */
function decodeBare(bare) {
  try {
    return JSON.parse(bare);
  } catch {
    return decode(`{"json":${bare.slice(1)}}`);
  }
}

module.exports = { createReader };
