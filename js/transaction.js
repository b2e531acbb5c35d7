"use strict";

const binding = require("./native.js");
const { createStorageError, StorageError } = require("./errors.js");
const { pageOfAll } = require("./entries.js");
const { addNames, ALIASES } = require("./names.js");
const { createOperations } = require("./operations.js");
const { checkOptions, invalidOption } = require("./options.js");
const { promised } = require("./promised.js");
const { isThenable, then } = require("./then.js");
const { transactionCalls } = require("./transaction-calls.js");

// Taken before anybody can replace it: a test that stops the clock must not stop a retry.
const { setTimeout: wait } = require("node:timers");

const OPTIONS = Object.freeze({ timeout: ["number"], retries: ["number"] });

/** Milliseconds that a transaction may take. */
const DEFAULT_TIMEOUT_MS = 5000;

/** The longest that a timer of JavaScript waits, in milliseconds: 24 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The longest pause before another try, in milliseconds. */
const MAX_PAUSE_MS = 50;

/** The operations of a transaction. Each exists in both forms. */
const OPERATIONS = Object.freeze(
  ["getItem", "setItem", "removeItem", "hasItem", "getItems", "setItems"].concat([
    "getItemRaw",
    "setItemRaw",
    "getKeys",
  ]),
);

/**
 * A transaction that runs, for those inside of it.
 *
 * @typedef {object} Running
 * @property {any} raw the storage
 * @property {boolean} isOver
 * @property {Running | undefined} outer
 */

/**
 * Which transaction the running code belongs to. Made for the first, because it costs every promise
 * of the process a little.
 *
 * @type {import("node:async_hooks").AsyncLocalStorage<Running> | undefined}
 */
let current;

function currentTransaction() {
  if (current === undefined) {
    const { AsyncLocalStorage } = require("node:async_hooks");
    current = new AsyncLocalStorage();
  }
  return current;
}

/**
 * @typedef {Omit<Parameters<typeof createOperations>[1], "listPage" | "snapshots">} Settings
 */

/**
 * Runs `run` with a transaction, which is committed when the promise of `run` is fulfilled.
 *
 * @param {any} raw
 * @param {Settings} settings
 * @param {(tx: any) => any} run
 * @param {any} [options]
 */
async function transaction(raw, settings, run, options) {
  const { timeout, retries } = checked(run, options);
  for (let round = 0; ; round++) {
    try {
      return await once(raw, settings, run, timeout);
    } catch (error) {
      if (round >= retries || !isConflict(error)) {
        throw error;
      }
    }
    const pause = Math.random() * Math.min(2 ** round, MAX_PAUSE_MS);
    await new Promise((resolve) => wait(resolve, pause));
  }
}

/**
 * @param {any} raw
 * @param {Settings} settings
 * @param {(tx: any) => any} run
 * @param {number} timeout
 */
async function once(raw, settings, run, timeout) {
  const { call, running } = begin(raw, timeout);
  const border = transactionCalls(call, false);
  const tx = transactionObject(call, settings, running, true);
  let result;
  try {
    const work = currentTransaction().run(running, async () => run(tx));
    result = await inTime(work, timeout);
  } catch (error) {
    running.isOver = true;
    await border.close();
    throw error;
  }
  running.isOver = true;
  await border.flush();
  return result;
}

/**
 * As `transaction`, with a function without promises.
 *
 * @param {any} raw
 * @param {Settings} settings
 * @param {(tx: any) => any} run
 * @param {any} [options]
 */
function transactionSync(raw, settings, run, options) {
  const { timeout, retries } = checked(run, options);
  for (let round = 0; ; round++) {
    try {
      return onceSync(raw, settings, run, timeout);
    } catch (error) {
      if (round >= retries || !isConflict(error)) {
        throw error;
      }
    }
  }
}

/**
 * @param {any} raw
 * @param {Settings} settings
 * @param {(tx: any) => any} run
 * @param {number} timeout
 */
function onceSync(raw, settings, run, timeout) {
  const { call, running } = begin(raw, timeout);
  const border = transactionCalls(call, true);
  const tx = transactionObject(call, settings, running, false);
  let result;
  try {
    result = currentTransaction().run(running, () => run(tx));
    if (isThenable(result)) {
      // What becomes of it is nobody's business any more, but it is no unhandled rejection.
      Promise.resolve(result).catch(() => undefined);
      throw createStorageError(
        "NOT_SUPPORTED",
        "transactionSync needs a function that returns no promise",
        { operation: "transaction" },
      );
    }
  } catch (error) {
    running.isOver = true;
    border.close();
    throw error;
  }
  running.isOver = true;
  border.flush();
  return result;
}

/**
 * @param {unknown} run
 * @param {any} options
 */
function checked(run, options = {}) {
  if (typeof run !== "function") {
    const message = "transaction needs a function as its first argument";
    throw createStorageError("INVALID_OPTION", message, { operation: "transaction" });
  }
  const { timeout = DEFAULT_TIMEOUT_MS, retries = 0 } = checkOptions(undefined, options, OPTIONS);
  if (!(timeout > 0)) {
    throw invalidOption(undefined, "timeout", "a number of milliseconds above 0");
  }
  if (retries !== Number.POSITIVE_INFINITY && !(Number.isInteger(retries) && retries >= 0)) {
    throw invalidOption(undefined, "retries", "a whole number, 0 or more");
  }
  return { timeout, retries };
}

/**
 * @param {any} raw
 * @param {number} timeout
 */
function begin(raw, timeout) {
  const outer = currentTransaction().getStore();
  for (let each = outer; each !== undefined; each = each.outer) {
    if (each.raw === raw && !each.isOver) {
      const message =
        "A transaction of this storage is running here already; they cannot be nested: use its `tx`";
      throw createStorageError("NOT_SUPPORTED", message, { operation: "transaction" });
    }
  }
  /** @type {Running} */
  const running = { raw, isOver: false, outer };
  return { call: binding.openTransaction(raw, timeout), running };
}

/**
 * The work, unless it takes too long. Its timer is that of the application, as its clock is.
 *
 * @param {Promise<any>} work
 * @param {number} timeout
 */
async function inTime(work, timeout) {
  if (timeout > MAX_TIMER_MS) {
    return work;
  }
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => {
      const message = `The transaction took longer than ${timeout} ms`;
      reject(createStorageError("TIMEOUT", message, { operation: "transaction" }));
    }, timeout);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** @param {unknown} error */
function isConflict(error) {
  return error instanceof StorageError && error.code === "CONFLICT";
}

/**
 * What `run` is given.
 *
 * @param {import("./transaction-calls.js").Call} call
 * @param {Settings} settings
 * @param {Running} running
 * @param {boolean} hasPromises
 */
function transactionObject(call, settings, running, hasPromises) {
  /** @type {Record<string, any>} */
  const tx = {};
  const now = operations(transactionCalls(call, true), settings, running);
  for (const name of OPERATIONS) {
    tx[`${name}Sync`] = now[name];
  }
  if (hasPromises) {
    const later = operations(transactionCalls(call, false), settings, running);
    for (const name of OPERATIONS) {
      tx[name] = promised(/** @type {any} */ (later[name]));
    }
  }
  addNames(tx, ALIASES);
  return tx;
}

/**
 * @param {any} calls
 * @param {Settings} settings
 * @param {Running} running
 * @returns {Record<string, (...args: any[]) => any>}
 */
function operations(calls, settings, running) {
  /** @type {Record<string, any>} */
  const all = createOperations(calls, {
    ...settings,
    listPage: pageOfAll((base, options) => all.getKeys(base, options)),
  });
  /** @type {Record<string, (...args: any[]) => any>} */
  const open = {};
  for (const name of OPERATIONS) {
    const operation = name === "setItem" ? setItemOf(all) : all[name];
    open[name] = (first, second, third) => {
      if (running.isOver) {
        throw createStorageError("DISPOSED", "The transaction has ended", { operation: name });
      }
      return operation(first, second, third);
    };
  }
  return open;
}

/**
 * `setItem`, which asks the transaction itself whether there is a value.
 *
 * @param {Record<string, any>} all
 */
function setItemOf(all) {
  return (/** @type {string} */ key, /** @type {any} */ value, /** @type {any} */ given) => {
    if (!given?.ifAbsent) {
      return all.setItem(key, value, given);
    }
    const { ifAbsent: _, ...options } = given;
    return then(all.hasItem(key, options), (/** @type {boolean} */ isThere) =>
      isThere ? false : then(all.setItem(key, value, options), () => true),
    );
  };
}

module.exports = { transaction, transactionSync };
