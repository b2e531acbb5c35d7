"use strict";

const { normalizeBaseKey } = require("./keys.js");

/** Methods whose first argument is a key or a base. Each exists with `Sync` behind its name too. */
const KEYED = ["hasItem", "has", "getItem", "get", "getItemRaw", "setItem", "set", "setItemRaw"]
  .concat(["removeItem", "remove", "del", "getMeta", "setMeta", "removeMeta", "clear", "flush"])
  .concat(["mount", "unmount", "getMount", "getMounts", "_setItemInternal"])
  .concat(["compareAndSet", "increment", "update", "createReadStream", "createWriteStream"]);

/** Methods that list keys. */
const LISTING = ["getKeys", "keys"];

/** Methods that take items and return items. */
const READ_BATCHES = ["getItems", "_getItemsInternal"];

/** Methods that take items. */
const WRITE_BATCHES = ["setItems", "_setItemsInternal"];

/**
 * A view of the storage in which every key starts with `base`. Every method works within it.
 *
 * @param {any} storage
 * @param {string} base
 * @returns {any}
 */
function prefixStorage(storage, base) {
  const prefix = normalizeBaseKey(base);
  if (!prefix) {
    return storage;
  }
  const view = { ...storage };
  wrapAll(
    view,
    storage,
    KEYED,
    (method) =>
      (key = "", ...rest) =>
        method(prefix + key, ...rest),
  );
  wrapAll(view, storage, LISTING, (method) => (key = "", ...rest) => {
    const strip = (/** @type {string[]} */ keys) => keys.map((each) => each.slice(prefix.length));
    return later(method(prefix + key, ...rest.map(prefixedAfter)), strip);
  });
  wrapAll(view, storage, READ_BATCHES, (method) => (items, ...rest) => {
    const strip = (/** @type {{ key: string }[]} */ found) =>
      found.map((each) => ({ ...each, key: each.key.slice(prefix.length) }));
    return later(method(items.map(prefixed), ...rest), strip);
  });
  wrapAll(
    view,
    storage,
    WRITE_BATCHES,
    (method) =>
      (items, ...rest) =>
        method(items.map(prefixed), ...rest),
  );
  if (storage.watch) {
    Object.assign(view, watchMethods(storage, prefix));
  }
  Object.assign(view, wholeMethods(storage, prefix));
  if (view.mount) {
    view.mount = (/** @type {string} */ at, /** @type {unknown} */ driver) => {
      storage.mount(prefix + at, driver);
      return view;
    };
  }
  return view;

  /** @param {any} options of a listing, whose pages begin after a key of the view */
  function prefixedAfter(options) {
    return typeof options?.after === "string"
      ? { ...options, after: prefix + options.after }
      : options;
  }

  /** @param {string | { key: string }} item */
  function prefixed(item) {
    return typeof item === "string" ? prefix + item : { ...item, key: prefix + item.key };
  }
}

/**
 * Replaces the methods that the storage has, in both forms.
 *
 * @param {any} view
 * @param {any} storage
 * @param {string[]} names
 * @param {(method: (...args: any[]) => any) => (...args: any[]) => any} wrap
 */
function wrapAll(view, storage, names, wrap) {
  for (const name of names.flatMap((each) => [each, `${each}Sync`])) {
    if (typeof storage[name] === "function") {
      // Looked up at the call, so that a method that is replaced later is the one that runs.
      view[name] = wrap((...args) => storage[name](...args));
    }
  }
}

/**
 * Walks and transactions within the prefix, if the storage has them.
 *
 * @param {any} storage
 * @param {string} prefix
 */
function wholeMethods(storage, prefix) {
  /** @type {Record<string, any>} */
  const methods = {};
  if (storage.entries) {
    methods.entries = (/** @type {any} */ options) => entriesWithin(storage, prefix, options);
  }
  for (const name of ["transaction", "transactionSync"]) {
    if (storage[name]) {
      methods[name] = (/** @type {any} */ run, /** @type {any} */ options) => {
        const within = (/** @type {any} */ tx) => run(prefixStorage(tx, prefix));
        return storage[name](typeof run === "function" ? within : run, options);
      };
    }
  }
  return methods;
}

/**
 * @param {any} storage
 * @param {string} prefix
 * @param {any} [options]
 */
function entriesWithin(storage, prefix, options) {
  const full = (/** @type {unknown} */ key) => (typeof key === "string" ? prefix + key : key);
  const { base = "", start, end, ...rest } = options ?? {};
  const walk = storage.entries({ ...rest, base: full(base), start: full(start), end: full(end) });
  const strip = (/** @type {any} */ item) =>
    rest.keysOnly ? item.slice(prefix.length) : [item[0].slice(prefix.length), item[1]];
  return {
    *[Symbol.iterator]() {
      for (const item of walk) {
        yield strip(item);
      }
    },
    async *[Symbol.asyncIterator]() {
      for await (const item of walk) {
        yield strip(item);
      }
    },
  };
}

/**
 * Changes below the prefix, under the keys of the view. `unwatch` ends what the view started.
 *
 * @param {any} storage
 * @param {string} prefix
 */
function watchMethods(storage, prefix) {
  /** @type {Set<() => unknown>} */
  const running = new Set();
  return {
    async watch(/** @type {any[]} */ ...args) {
      const [base, listener, options] = typeof args[0] === "string" ? args : ["", ...args];
      const stop = await storage.watch(
        prefix + base,
        (/** @type {string} */ event, /** @type {string} */ key) =>
          listener(event, key.slice(prefix.length)),
        options,
      );
      running.add(stop);
      return () => {
        running.delete(stop);
        return stop();
      };
    },
    async unwatch() {
      const stops = [...running];
      running.clear();
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}

/**
 * @param {any} value
 * @param {(value: any) => any} next
 */
function later(value, next) {
  return typeof value?.then === "function" ? value.then(next) : next(value);
}

module.exports = { prefixStorage };
