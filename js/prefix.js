"use strict";

const { normalizeBaseKey } = require("./keys.js");

/** Methods whose first argument is a key or a base. Each exists with `Sync` behind its name too. */
const KEYED = ["hasItem", "has", "getItem", "get", "getItemRaw", "setItem", "set", "setItemRaw"]
  .concat(["removeItem", "remove", "del", "getMeta", "setMeta", "removeMeta", "clear", "flush"])
  .concat(["mount", "unmount", "getMount", "getMounts", "_setItemInternal"]);

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
    return later(method(prefix + key, ...rest), strip);
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
  Object.assign(view, watchMethods(storage, prefix));
  if (view.mount) {
    view.mount = (/** @type {string} */ at, /** @type {unknown} */ driver) => {
      storage.mount(prefix + at, driver);
      return view;
    };
  }
  return view;

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
 * Changes below the prefix, under the keys of the view. `unwatch` ends what the view started.
 *
 * @param {any} storage
 * @param {string} prefix
 */
function watchMethods(storage, prefix) {
  /** @type {Set<() => unknown>} */
  const running = new Set();
  return {
    async watch(/** @type {any} */ baseOrListener, /** @type {any} */ maybeListener) {
      const hasBase = typeof baseOrListener === "string";
      const listener = hasBase ? maybeListener : baseOrListener;
      const stop = await storage.watch(
        prefix + (hasBase ? baseOrListener : ""),
        (/** @type {string} */ event, /** @type {string} */ key) =>
          listener(event, key.slice(prefix.length)),
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
