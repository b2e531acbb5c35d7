"use strict";

// Writes that depend on what is stored: they happen only if nobody wrote in between.

const { decode, encode } = require("./codec.js");
const { createStorageError, locate } = require("./errors.js");
const { normalizeKey } = require("./keys.js");
const { checkOptions, invalidOption } = require("./options.js");
const { isThenable, then } = require("./then.js");

// Taken before anybody can replace them: an application that stops the clock must not stop this.
const { clearTimeout, setTimeout } = require("node:timers");

/** Tries of one call. More than that meets somebody who writes the key all the time. */
const MAX_TRIES = 100;

/** Milliseconds for which a call waits for the end of another one that has begun. */
const MAX_WAIT_MS = 1000;

const INCREMENT_OPTIONS = Object.freeze({ initial: ["number"], min: ["number"], max: ["number"] });

/** @typedef {Record<string, any>} Options */

/**
 * The operations in one of their two forms.
 *
 * @param {Record<string, (...args: any[]) => any>} calls of a native endpoint
 * @param {ReturnType<typeof import("./reader.js").createReader>} reader
 * @param {Turns} [turns] of the asynchronous form: who lost against somebody else waits for a turn
 */
function createAtomics(calls, reader, turns) {
  /**
   * @param {string} key
   * @param {unknown} expected
   * @param {unknown} value
   * @param {Options} [options]
   */
  function compareAndSet(key, expected, value, options) {
    const text = textOf(value, key, "compareAndSet");
    const wanted = textOf(expected, key, "compareAndSet");
    const tries = (/** @type {number} */ left, /** @type {boolean} */ hasTurn) =>
      then(calls.getText?.(key), (given) => {
        const stored = textOrNothing(given, "compareAndSet", key);
        if (!isSame(stored, wanted, (each) => reader.readWhole(each, key, "compareAndSet"))) {
          return false;
        }
        const swapped = calls.compareAndSet?.(key, stored, text, options, false);
        return then(swapped, (/** @type {boolean | undefined} */ isDone) =>
          isDone === false ? again("compareAndSet", key, left, hasTurn, tries) : isDone === true,
        );
      });
    return tries(MAX_TRIES, false);
  }

  /**
   * @param {string} key
   * @param {(value: any) => unknown} change
   * @param {Options} [options]
   */
  function update(key, change, options) {
    if (typeof change !== "function") {
      throw invalidArgument("update", "a function as its second argument");
    }
    const tries = (/** @type {number} */ left, /** @type {boolean} */ hasTurn) =>
      then(calls.getText?.(key), (given) => {
        const stored = textOrNothing(given, "update", key);
        return then(changed(change, reader.readWhole(stored, key, "update")), (value) => {
          const text = textOf(value, key, "update");
          const swapped = calls.compareAndSet?.(key, stored, text, options, true);
          return then(swapped, (/** @type {boolean | undefined} */ isDone) =>
            isDone === false ? again("update", key, left, hasTurn, tries) : value,
          );
        });
      });
    return tries(MAX_TRIES, false);
  }

  /**
   * @param {(value: any) => unknown} change
   * @param {unknown} value
   */
  function changed(change, value) {
    const next = change(value);
    if (!isThenable(next)) {
      return next;
    }
    if (turns === undefined) {
      const message = "updateSync needs a function that returns no promise";
      throw createStorageError("NOT_SUPPORTED", message, { operation: "update" });
    }
    return Promise.resolve(next);
  }

  /**
   * Somebody wrote meanwhile. Who has his turn keeps it: all others wait for him to end.
   *
   * @param {string} operation
   * @param {string} key
   * @param {number} left tries, with the one that failed
   * @param {boolean} hasTurn
   * @param {(left: number, hasTurn: boolean) => any} tries
   */
  function again(operation, key, left, hasTurn, tries) {
    if (left <= 1) {
      const message = `Other writes came first ${MAX_TRIES} times`;
      throw createStorageError("CONFLICT", message, { operation, key: normalizeKey(key) });
    }
    const next = () => tries(left - 1, true);
    return turns === undefined || hasTurn ? next() : turns.take(key, next);
  }

  /**
   * @param {string} key
   * @param {number} [by]
   * @param {{ initial?: number, min?: number, max?: number }} [options]
   */
  function increment(key, by = 1, options = {}) {
    const given = checkOptions(undefined, options, INCREMENT_OPTIONS);
    const { initial = 0, min = -Infinity, max = Infinity } = given;
    if (!Number.isFinite(by)) {
      throw invalidArgument("increment", "a finite number as its second argument");
    }
    if (!Number.isFinite(initial)) {
      throw invalidOption(undefined, "initial", "a finite number");
    }
    if (Number.isNaN(min) || Number.isNaN(max) || min > max) {
      throw invalidOption(undefined, "min", "a number, and not above `max`");
    }
    return then(
      calls.add?.(key, by, initial, min, max),
      (/** @type {number | undefined} */ sum) => {
        if (sum === undefined) {
          const fields = { operation: "increment", key: normalizeKey(key) };
          throw createStorageError("NOT_SUPPORTED", "The driver is read-only", fields);
        }
        return sum;
      },
    );
  }

  return { compareAndSet, increment, update };
}

/**
 * Stores a value where there is none.
 *
 * @param {Record<string, (...args: any[]) => any>} calls
 * @param {string} key
 * @param {unknown} value
 * @param {Options} options
 */
function storeIfAbsent(calls, key, value, options) {
  if (value === undefined) {
    throw invalidArgument("setItem", "a value with `ifAbsent`");
  }
  const text = textOf(value, key, "setItem");
  const stored = calls.compareAndSet?.(key, null, text, options, false);
  return then(stored, (/** @type {boolean | undefined} */ isStored) => isStored === true);
}

/**
 * Ignored, the option would overwrite what it is to protect.
 *
 * @param {Options | undefined} options
 * @param {string} operation
 */
function refuseIfAbsent(options, operation) {
  if (options?.ifAbsent) {
    const message = "Option `ifAbsent` is one of `setItem` only";
    throw createStorageError("INVALID_OPTION", message, { operation });
  }
}

/**
 * @param {unknown} value
 * @param {string} key
 * @param {string} operation
 * @returns {string | undefined} undefined for `undefined`, which means absence
 */
function textOf(value, key, operation) {
  try {
    return value === undefined ? undefined : encode(value);
  } catch (error) {
    throw locate(error, { operation, key: normalizeKey(key) });
  }
}

/**
 * What a driver of JavaScript gave, or `setItemRaw` was given, may be an object, which has no content
 * to compare.
 *
 * @param {unknown} stored
 * @param {string} operation
 * @param {string} key
 */
function textOrNothing(stored, operation, key) {
  if (stored !== null && typeof stored !== "string") {
    const message = "What is stored under this key is no text";
    throw createStorageError("INVALID_VALUE", message, { operation, key: normalizeKey(key) });
  }
  return stored;
}

/**
 * Whether the stored text means the wanted value. The texts may differ: other programs order members
 * and write numbers in other ways.
 *
 * @param {string | null} stored
 * @param {string | undefined} wanted text
 * @param {(stored: string | null) => unknown} read
 */
function isSame(stored, wanted, read) {
  if (stored === wanted) {
    return true;
  }
  const value = wanted === undefined ? null : decode(wanted);
  if (stored === null || value === null) {
    return read(stored) === value;
  }
  return isEqual(read(stored), value);
}

/**
 * Loaded for the first pair of texts that differ.
 * @type {(one: unknown, other: unknown) => boolean}
 */
let isEqual = (one, other) => {
  ({ isDeepStrictEqual: isEqual } = require("node:util"));
  return isEqual(one, other);
};

/**
 * @param {string} operation
 * @param {string} expected
 */
function invalidArgument(operation, expected) {
  return createStorageError("INVALID_OPTION", `${operation} needs ${expected}`, { operation });
}

/**
 * Turns of calls that want to change the same key: one after the other, so that many at once do not
 * wear each other out. Nothing depends on it: who waits too long, because the one before waits for
 * him, goes on.
 */
class Turns {
  /**
   * The last call of each key: when it has its turn, and when it has ended.
   * @type {Map<string, { begun: Promise<unknown>, ended: Promise<unknown> }>}
   */
  #last = new Map();

  /**
   * @param {string} name a key, as its caller gave it
   * @param {() => Promise<unknown>} run
   */
  async take(name, run) {
    const key = normalizeKey(name);
    const before = this.#last.get(key);
    const begun = before?.begun.then(() => atMost(MAX_WAIT_MS, before.ended)) ?? Promise.resolve();
    const own = begun.then(run);
    const turn = { begun, ended: own.then(nothing, nothing) };
    this.#last.set(key, turn);
    try {
      return await own;
    } finally {
      if (this.#last.get(key) === turn) {
        this.#last.delete(key);
      }
    }
  }
}

/**
 * @param {number} milliseconds
 * @param {Promise<unknown>} settling
 */
async function atMost(milliseconds, settling) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([settling, late]);
  clearTimeout(timer);
}

function nothing() {}

module.exports = { createAtomics, refuseIfAbsent, storeIfAbsent, Turns };
