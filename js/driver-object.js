"use strict";

const { promised } = require("./promised.js");
const { forget, subscribe } = require("./subscriptions.js");
const { SEPARATOR, splitKeys } = require("./keys.js");
const { then } = require("./then.js");

/** @typedef {import("../index.js").Driver} Driver */

/** What native code knows a driver object by, and the methods that it was made with. */
/** @type {WeakMap<object, { raw: any, methods: Record<string, unknown> }>} */
const natives = new WeakMap();

/** Methods of the documented interface, each with the native call behind it. */
const CALLS = Object.freeze({
  hasItem: "has",
  getItem: "get",
  getItemRaw: "getRaw",
  setItem: "set",
  setItemRaw: "setRaw",
  removeItem: "remove",
  getMeta: "meta",
  clear: "clear",
  flush: "flush",
});

/**
 * A native driver as the documented object: every method own and enumerable, working unbound.
 *
 * @param {any} raw
 * @param {object} description
 * @param {string} description.name
 * @param {object} [description.flags]
 * @param {object} [description.options]
 * @param {() => unknown} [description.getInstance]
 * @param {boolean} [description.canWatch] the driver has `watch`
 * @param {string} [description.listSeparator] what separates the segments of keys that it lists
 * @returns {any}
 */
function driverObject(raw, description) {
  const { canWatch, listSeparator = ":", ...visible } = description;
  /** @type {Record<string, any>} */
  const methods = { ...singleCalls(raw), ...listings(raw, listSeparator) };
  methods.dispose = promised(() => {
    forget(raw);
    return raw.close();
  });
  if (canWatch) {
    methods.watch = (/** @type {any} */ listener) => watch(raw, listener, listSeparator);
  }
  const driver = { ...visible, ...methods, ...batches(raw) };
  natives.set(driver, { raw, methods });
  return driver;
}

/** @param {any} raw */
function singleCalls(raw) {
  /** @type {Record<string, any>} */
  const methods = {};
  for (const [name, call] of Object.entries(CALLS)) {
    methods[name] = promised(raw[call]);
    methods[`${name}Sync`] = raw[`${call}Sync`];
  }
  return methods;
}

/**
 * @param {any} raw
 * @param {string} separator
 */
function listings(raw, separator) {
  const split = (/** @type {string | null} */ joined) =>
    splitKeys(separator === ":" || joined === null ? joined : joined.replaceAll(":", separator));
  return {
    getKeys: promised((base, options) => then(raw.keys(base, options), split)),
    getKeysSync: (/** @type {string} */ base, /** @type {object} */ options) =>
      split(raw.keysSync(base, options)),
  };
}

/**
 * The batch methods, marked: an object that wraps the driver and replaces `setItem` only must not
 * have its batches go past it, so native code does not use them on such an object.
 *
 * @param {any} raw
 */
function batches(raw) {
  const methods = {
    getItems: promised((items, common) => getItems(raw.getMany, items, common)),
    getItemsSync: (/** @type {any[]} */ items, /** @type {object} */ common) =>
      getItems(raw.getManySync, items, common),
    setItems: promised((items, common) => setItems(raw.setMany, items, common)),
    setItemsSync: (/** @type {any[]} */ items, /** @type {object} */ common) =>
      setItems(raw.setManySync, items, common),
  };
  for (const method of Object.values(methods)) {
    Object.defineProperty(method, "isNativeBatch", { value: true });
  }
  return methods;
}

/**
 * @param {(...args: any[]) => any} call
 * @param {any[]} items
 * @param {object} [common]
 */
function getItems(call, items, common) {
  const keys = items.map((item) => (typeof item === "string" ? item : item.key));
  return then(
    call(keys.join(SEPARATOR), keys.length, ownOptions(items, common), common),
    (values) => keys.map((key, index) => ({ key, value: values[index] })),
  );
}

/**
 * @param {(...args: any[]) => any} call
 * @param {any[]} items
 * @param {object} [common]
 */
function setItems(call, items, common) {
  const keys = items.map((item) => item.key).join(SEPARATOR);
  return call(
    keys,
    items.length,
    items.map((item) => item.value),
    ownOptions(items, common),
    common,
  );
}

/**
 * @param {any[]} items
 * @param {object} [common]
 */
function ownOptions(items, common) {
  return items.some((item) => item.options)
    ? items.map((item) => (item.options ? { ...common, ...item.options } : undefined))
    : undefined;
}

/**
 * @param {any} raw
 * @param {any} listener
 * @param {string} separator
 */
function watch(raw, listener, separator) {
  if (separator === ":" || typeof listener !== "function") {
    return subscribe(raw, "", listener);
  }
  return subscribe(raw, "", (event, key) => listener(event, key.replaceAll(":", separator)));
}

/**
 * What native code mounts: the native driver behind an object that is as it was made, otherwise the
 * object itself, whose methods it then calls.
 *
 * @param {any} driver
 * @returns {any}
 */
function mountable(driver) {
  const native = natives.get(driver);
  if (native === undefined) {
    return driver;
  }
  const isPristine = Object.entries(native.methods).every(
    ([name, method]) => driver[name] === method,
  );
  return isPristine ? native.raw : driver;
}

/**
 * @param {any} driver
 * @returns {Float64Array | undefined} an array of one number, which native code increases with every
 *   change of what the driver holds; undefined if it does not count them
 */
function changesOf(driver) {
  const mounted = mountable(driver);
  return mounted === driver ? undefined : mounted.changes;
}

module.exports = { changesOf, driverObject, mountable };
