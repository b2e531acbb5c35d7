"use strict";

const { createStorageError } = require("./errors.js");

/** The key that holds the version of the stored data. */
const STORAGE_VERSION_KEY = "__storage_version__";

/**
 * Brings the stored data to the version that the application wants.
 *
 * The version is stored after every step that succeeded, so a run that failed goes on where it
 * stopped. Data of a newer version is left alone, or refused with `onDowngrade: "error"`.
 *
 * @param {any} storage
 * @param {import("../index.js").CreateStorageOptions} options
 */
async function runMigrations(storage, options) {
  const { version: target, migrations } = options;
  if (target === undefined || !migrations) {
    return;
  }
  const hooks = options.migrationHooks ?? {};
  const from = await storedVersion(storage);
  if (from > target && options.onDowngrade === "error") {
    throw createStorageError(
      "DOWNGRADE",
      `the stored data has version ${from}, newer than ${target}`,
      {
        operation: "migrate",
        key: STORAGE_VERSION_KEY,
      },
    );
  }
  if (from >= target) {
    return;
  }
  try {
    await hooks.beforeMigration?.(from, target, storage);
    await runSteps(storage, migrations, from, target);
    await hooks.afterMigration?.(from, target, storage);
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error));
    await hooks.onMigrationError?.(failure, from, target, storage);
    throw error;
  }
}

/**
 * @param {any} storage
 * @param {Record<number, (storage: any) => unknown>} migrations
 * @param {number} from
 * @param {number} target
 */
async function runSteps(storage, migrations, from, target) {
  for (const version of stepsBetween(migrations, from, target)) {
    await migrations[version]?.(storage);
    await storage.setItem(STORAGE_VERSION_KEY, version);
  }
  await storage.setItem(STORAGE_VERSION_KEY, target);
}

/**
 * The versions that have a step, in order. Counting from one version to the other would take for
 * ever where a number is damaged or wrong.
 *
 * @param {Record<number, (storage: any) => unknown>} migrations
 * @param {number} from
 * @param {number} target
 */
function stepsBetween(migrations, from, target) {
  return Object.keys(migrations)
    .map(Number)
    .filter((version) => version > from && version <= target && migrations[version])
    .sort((one, other) => one - other);
}

/**
 * @param {any} storage
 * @returns {Promise<number>} 0 for data that never had a version
 * @throws {import("./errors.js").StorageError} `CORRUPT` for what is no version: taken for one, it
 *   would run the wrong steps
 */
async function storedVersion(storage) {
  const version = (await storage.getItem(STORAGE_VERSION_KEY)) ?? 0;
  if (!isVersion(version)) {
    throw createStorageError("CORRUPT", "the stored version is not a number, 0 or more", {
      operation: "migrate",
      key: STORAGE_VERSION_KEY,
    });
  }
  return version;
}

/**
 * @param {unknown} version
 * @returns {boolean}
 */
function isVersion(version) {
  return Number.isFinite(version) && /** @type {number} */ (version) >= 0;
}

module.exports = { STORAGE_VERSION_KEY, isVersion, runMigrations };
