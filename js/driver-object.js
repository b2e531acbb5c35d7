"use strict";

const binding = require("./native.js");
const { promised } = require("./promised.js");
const { SEPARATOR, then } = require("./operations.js");

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
 * @param {boolean} [description.hasBatches] `getItems` and `setItems` are enumerable
 * @param {string} [description.listSeparator] what separates segments in `getKeys`
 * @returns {any}
 */
function driverObject(raw, description) {
  const { canWatch, hasBatches, listSeparator = ":", ...visible } = description;
  /** @type {Record<string, any>} */
  const methods = { ...singleCalls(raw), ...listings(raw, listSeparator) };
  methods.dispose = promised(() => raw.close());
  if (canWatch) {
    methods.watch = watch(raw);
  }
  const driver = { ...visible, ...methods };
  // A driver that is spread and given a `setItem` of its own must not keep a native `setItems` that
  // goes past it, so only drivers that always had batches show them.
  for (const [name, method] of Object.entries(batches(raw))) {
    Object.defineProperty(driver, name, { value: method, enumerable: hasBatches === true, writable: true, configurable: true });
  }
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
    joined === null ? [] : (separator === ":" ? joined : joined.replaceAll(":", separator)).split(SEPARATOR);
  return {
    getKeys: promised((base, options) => then(raw.keys(base, options), split)),
    getKeysSync: (/** @type {string} */ base, /** @type {object} */ options) => split(raw.keysSync(base, options)),
  };
}

/** @param {any} raw */
function batches(raw) {
  return {
    getItems: promised((items, common) => getItems(raw.getMany, items, common)),
    getItemsSync: (/** @type {any[]} */ items, /** @type {object} */ common) => getItems(raw.getManySync, items, common),
    setItems: promised((items, common) => setItems(raw.setMany, items, common)),
    setItemsSync: (/** @type {any[]} */ items, /** @type {object} */ common) => setItems(raw.setManySync, items, common),
  };
}

/**
 * @param {(...args: any[]) => any} call
 * @param {any[]} items
 * @param {object} [common]
 */
function getItems(call, items, common) {
  const keys = items.map((item) => (typeof item === "string" ? item : item.key));
  return then(call(keys.join(SEPARATOR), keys.length, ownOptions(items, common), common), (values) =>
    keys.map((key, index) => ({ key, value: values[index] })),
  );
}

/**
 * @param {(...args: any[]) => any} call
 * @param {any[]} items
 * @param {object} [common]
 */
function setItems(call, items, common) {
  const keys = items.map((item) => item.key).join(SEPARATOR);
  return call(keys, items.length, items.map((item) => item.value), ownOptions(items, common), common);
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

/** @param {any} raw */
function watch(raw) {
  return async (/** @type {(event: string, key: string) => unknown} */ listener) => {
    const id = await binding.subscribe(raw, "", listener);
    return async () => binding.unsubscribe(raw, id);
  };
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
  const isPristine = Object.entries(native.methods).every(([name, method]) => driver[name] === method);
  return isPristine ? native.raw : driver;
}

module.exports = { driverObject, mountable };
