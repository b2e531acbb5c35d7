"use strict";

const binding = require("./native.js");
const memory = require("./drivers/memory.js");
const { changesOf, mountable } = require("./driver-object.js");
const { normalizeKey } = require("./keys.js");
const { isVersion, runMigrations, STORAGE_VERSION_KEY } = require("./migrate.js");
const { createAtomics, Turns } = require("./atomic.js");
const { entries, pageLister } = require("./entries.js");
const { addNames, ALIASES } = require("./names.js");
const { createOperations } = require("./operations.js");
const { promised } = require("./promised.js");
const { createReader } = require("./reader.js");
const { checkOptions, invalidOption } = require("./options.js");
const { createSnapshots } = require("./snapshots.js");
const { createReadStream, createWriteStream } = require("./streams.js");
const { forget, subscribe, unsubscribeAll } = require("./subscriptions.js");
const { syncCalls } = require("./sync-calls.js");
const { transaction, transactionSync } = require("./transaction.js");

/** @typedef {import("../index.js").Driver} Driver */
/** @typedef {Record<string, any>} AnyStorage */

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
    ...atomicMethods(raw, settings),
    ...wholeMethods(raw, settings),
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
 * @typedef {object} Settings
 * @property {"throw" | "null"} onCorrupt
 * @property {(key: string) => string | undefined} driverOf
 * @property {import("./snapshots.js").Snapshots | undefined} snapshots
 */

/**
 * @param {any} raw
 * @param {Settings} settings
 */
function itemMethods(raw, settings) {
  const later = createOperations(raw, { ...settings, listPage: pageLister(raw, false) });
  const now = createOperations(syncCalls(raw), { ...settings, listPage: pageLister(raw, true) });
  return inBothForms(later, now);
}

/**
 * @param {any} raw
 * @param {Settings} settings
 */
function atomicMethods(raw, settings) {
  const reader = createReader(settings);
  const later = createAtomics(raw, reader, new Turns());
  const methods = inBothForms(later, createAtomics(syncCalls(raw), reader));
  // It has an argument more than the others.
  methods.compareAndSet = async (/** @type {any[]} */ ...args) =>
    /** @type {any} */ (later.compareAndSet)(...args);
  return methods;
}

/**
 * @param {Record<string, (...args: any[]) => any>} later
 * @param {Record<string, (...args: any[]) => any>} now
 */
function inBothForms(later, now) {
  /** @type {AnyStorage} */
  const methods = {};
  for (const [name, operation] of Object.entries(later)) {
    methods[name] = promised(operation);
  }
  for (const [name, operation] of Object.entries(now)) {
    methods[`${name}Sync`] = operation;
  }
  return methods;
}

/**
 * What concerns many items, or one too large to be in one piece.
 *
 * @param {any} raw
 * @param {Settings} settings
 */
function wholeMethods(raw, settings) {
  const { snapshots: _, ...plain } = settings;
  const reader = createReader(settings);
  return {
    entries: (/** @type {any} */ options) => entries(raw, reader, options),
    transaction: promised((run, options) => transaction(raw, plain, run, options)),
    transactionSync: (/** @type {any} */ run, /** @type {any} */ options) =>
      transactionSync(raw, plain, run, options),
    createReadStream: (/** @type {string} */ key, /** @type {any} */ options) =>
      createReadStream(raw, key, options),
    createWriteStream: (/** @type {string} */ key, /** @type {any} */ options) =>
      createWriteStream(raw, key, options),
  };
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
    watch: async (/** @type {any} */ first, /** @type {any} */ second, /** @type {any} */ third) =>
      typeof first === "string"
        ? subscribe(raw, first, second, third)
        : subscribe(raw, "", first, second),
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

module.exports = { createStorage };
