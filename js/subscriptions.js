"use strict";

const binding = require("./native.js");
const { createStorageError } = require("./errors.js");
const { checkOptions } = require("./options.js");

const OPTIONS = Object.freeze({ expire: ["boolean"] });

/**
 * Native objects with listeners, and how many. A watch goes on although the application keeps
 * nothing but its listener, so the objects must not be collected meanwhile.
 *
 * @type {Map<object, number>}
 */
const watched = new Map();

/**
 * Delivers changes below a base to a listener.
 *
 * @param {any} raw
 * @param {string} base
 * @param {(event: string, key: string) => unknown} listener
 * @param {{ expire?: boolean }} [options] `expire` tells items whose time is over from removals
 * @returns {Promise<() => Promise<void>>} ends the subscription; harmless when called again
 */
async function subscribe(raw, base, listener, options = {}) {
  if (typeof listener !== "function") {
    throw createStorageError("INVALID_OPTION", "watch needs a listener function", {
      operation: "watch",
    });
  }
  const { expire = false } = checkOptions(undefined, options, OPTIONS);
  const id = await binding.subscribe(raw, base, listener, expire);
  watched.set(raw, (watched.get(raw) ?? 0) + 1);
  let isRunning = true;
  return async () => {
    if (isRunning) {
      isRunning = false;
      release(raw);
      await binding.unsubscribe(raw, id);
    }
  };
}

/**
 * Ends every subscription.
 *
 * @param {any} raw
 */
async function unsubscribeAll(raw) {
  forget(raw);
  await binding.unsubscribeAll(raw);
}

/**
 * Lets go of a native object whose subscriptions end without being asked.
 *
 * @param {object} raw
 */
function forget(raw) {
  watched.delete(raw);
}

/** @param {object} raw */
function release(raw) {
  const count = watched.get(raw) ?? 0;
  if (count > 1) {
    watched.set(raw, count - 1);
  } else {
    watched.delete(raw);
  }
}

module.exports = { forget, subscribe, unsubscribeAll };
