"use strict";

require("./host.js");

const binding = require("../binding.js");
const { createStorageError } = require("./errors.js");

/** The clock as it was when this file was loaded. */
const SystemDate = Date;
const systemNow = Date.now;

/** Fake timers may have been there first; theirs are functions with a body. */
const isNative = /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(systemNow));

/** Connects the functions of the face that native code calls. */
binding.connect({
  /**
   * @param {string} code
   * @param {string} message
   * @param {string} [operation]
   * @param {string} [driver]
   * @param {string} [key]
   * @param {unknown} [cause]
   */
  createError: function createError(code, message, operation, driver, key, cause) {
    const error = createStorageError(code, message, { operation, driver, key, cause });
    // The stack starts where the application called, not in this file.
    Error.captureStackTrace?.(error, createError);
    return error;
  },

  /**
   * @param {PromiseLike<unknown>} thenable
   * @param {number} id
   */
  subscribe(thenable, id) {
    thenable.then(
      (value) => binding.settle(id, true, value),
      (reason) => binding.settle(id, false, reason),
    );
  },

  /** @param {number} id */
  makeCallback(id) {
    return (/** @type {unknown} */ first, /** @type {unknown} */ second) =>
      binding.invoke(id, first, second);
  },

  now() {
    return Date.now();
  },

  /** False while the application, usually a test, has put another clock in place. */
  hasSystemClock() {
    return isNative && Date === SystemDate && Date.now === systemNow;
  },
});

module.exports = binding;
