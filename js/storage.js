"use strict";

const binding = require("./native.js");
const memory = require("./drivers/memory.js");
const { changesOf, mountable } = require("./driver-object.js");
const { normalizeKey } = require("./keys.js");
const { isVersion, runMigrations, STORAGE_VERSION_KEY } = require("./migrate.js");
const { createOperations } = require("./operations.js");
const { promised } = require("./promised.js");
const { checkOptions, invalidOption } = require("./options.js");
const { createSnapshots } = require("./snapshots.js");
const { forget, subscribe, unsubscribeAll } = require("./subscriptions.js");

/** @typedef {import("../index.js").Driver} Driver */
/** @typedef {Record<string, any>} AnyStorage */

/** Short names of the asynchronous methods; each with `Sync` behind both names exists too. */
const ALIASES = Object.freeze({
  keys: "getKeys",
  get: "getItem",
  set: "setItem",
  has: "hasItem",
  del: "removeItem",
  remove: "removeItem",
});

/** Names under which migration guides call these methods. */
const INTERNAL_NAMES = Object.freeze({
  _setItemInternal: "setItem",
  _setItemsInternal: "setItems",
  _getItemsInternal: "getItems",
});

const OPTIONS = Object.freeze({
  driver: ["object", "function"],
  version: ["number"],
  migrations: ["object"],
  migrationHooks: ["object"],
  onCorrupt: ["throw", "null"],
  onDowngrade: ["ignore", "error"],
});

/**
 * @param {import("../index.js").CreateStorageOptions} [options]
 * @returns {any}
 */
function createStorage(options = {}) {
  const checked = checkOptions(undefined, options, OPTIONS);
  if (checked.version !== undefined && !isVersion(checked.version)) {
    throw invalidOption(undefined, "version", "a finite number, 0 or more");
  }
  const root = checked.driver ?? memory();
  const raw = binding.createStorage(mountable(root));
  const settings = {
    onCorrupt: checked.onCorrupt ?? "throw",
    driverOf: (/** @type {string} */ key) => storage.getMount(key).driver.name,
    snapshots: createSnapshots(changesOf(root)),
  };
  const stopSnapshots = () => settings.snapshots?.stop();

  /** @type {AnyStorage} */
  const storage = {
    ...itemMethods(raw, settings),
    ...mountMethods(raw, root, () => storage, stopSnapshots),
    ...watchMethods(raw),
    ...lifeMethods(raw, stopSnapshots),
    migrate: () => runMigrations(storage, checked),
    getStorageVersion: () => storage.getItem(STORAGE_VERSION_KEY),
  };
  addNames(storage, ALIASES);
  addNames(storage, INTERNAL_NAMES);
  return storage;
}

/**
 * @param {any} raw
 * @param {Parameters<typeof createOperations>[1]} settings
 */
function itemMethods(raw, settings) {
  /** @type {AnyStorage} */
  const methods = {};
  for (const [name, operation] of Object.entries(createOperations(raw, settings))) {
    methods[name] = promised(operation);
  }
  for (const [name, operation] of Object.entries(createOperations(syncCalls(raw), settings))) {
    methods[`${name}Sync`] = operation;
  }
  return methods;
}

/**
 * @param {any} raw
 * @returns {any} the synchronous calls under the names of the asynchronous ones
 */
function syncCalls(raw) {
  const names = Object.keys(raw).filter((name) => name.endsWith("Sync"));
  return Object.fromEntries(names.map((name) => [name.slice(0, -"Sync".length), raw[name]]));
}

/**
 * @param {any} raw
 * @param {Driver} root
 * @param {() => AnyStorage} self
 * @param {() => void} stopSnapshots
 */
function mountMethods(raw, root, self, stopSnapshots) {
  /** The objects that the user mounted, by mount point: native code knows only what is inside. */
  const drivers = new Map([["", root]]);
  const mounted = (/** @type {string} */ base) => ({ driver: drivers.get(base), base });
  return {
    mount(/** @type {string} */ base, /** @type {Driver} */ driver) {
      stopSnapshots();
      drivers.set(binding.mount(raw, String(base ?? ""), mountable(driver)), driver);
      return self();
    },
    unmount: promised((/** @type {string} */ base, dispose = true) => {
      const text = String(base ?? "");
      const gone = binding.unmount(raw, text, dispose);
      drivers.delete(`${normalizeKey(text)}:`);
      return gone;
    }),
    getMount(key = "") {
      return mounted(binding.mountPointOf(raw, `${normalizeKey(key)}:`));
    },
    getMounts(base = "", /** @type {{ parents?: boolean }} */ { parents = false } = {}) {
      return binding.mountPoints(raw, normalizeKey(base), parents).map(mounted);
    },
  };
}

/** @param {any} raw */
function watchMethods(raw) {
  return {
    watch: async (/** @type {any} */ baseOrListener, /** @type {any} */ listener) =>
      typeof baseOrListener === "string"
        ? subscribe(raw, baseOrListener, listener)
        : subscribe(raw, "", baseOrListener),
    unwatch: async () => unsubscribeAll(raw),
  };
}

/**
 * @param {any} raw
 * @param {() => void} stopSnapshots
 */
function lifeMethods(raw, stopSnapshots) {
  return {
    flush: promised((base = "") => binding.flushBelow(raw, base, false)),
    flushSync: (base = "") => binding.flushBelow(raw, base, true),
    dispose: promised(() => {
      stopSnapshots();
      forget(raw);
      return raw.close();
    }),
  };
}

/**
 * Adds other names of methods, in both forms where there are two.
 *
 * @param {AnyStorage} storage
 * @param {Record<string, string>} names
 */
function addNames(storage, names) {
  for (const [alias, name] of Object.entries(names)) {
    storage[alias] = storage[name];
    if (!alias.startsWith("_")) {
      storage[`${alias}Sync`] = storage[`${name}Sync`];
    }
  }
}

module.exports = { createStorage };
