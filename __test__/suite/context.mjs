import { createStorage, prefixStorage } from "stowage";
import { afterEach, beforeEach } from "vitest";

/** @typedef {import("./index.d.mts").TestContext} TestContext */

/**
 * Gives each test a storage of its own on a new driver, and takes it away afterwards.
 *
 * @param {import("./index.d.mts").TestDriverOptions["driver"]} makeDriver
 * @param {TestContext["features"]} features
 * @param {string} base Where the driver is mounted.
 * @returns {TestContext}
 */
export function createContext(makeDriver, features, base) {
  /** @type {{ storage?: import("stowage").Storage, driver?: import("stowage").Driver }} */
  const current = {};

  async function open() {
    current.driver = await makeDriver();
    current.storage = storageOn(current.driver, base);
    return current.storage;
  }

  beforeEach(async () => {
    const storage = await open();
    if (features.write) await storage.clear();
  });

  afterEach(async () => {
    const { storage } = current;
    delete current.storage;
    if (!storage) return;
    if (features.write) await storage.clear();
    await storage.dispose();
  });

  return {
    features,
    base,
    get storage() {
      return present(current.storage);
    },
    get driver() {
      return present(current.driver);
    },
    async reopen() {
      await present(current.storage).dispose();
      return open();
    },
  };
}

/**
 * @param {import("stowage").Driver} driver
 * @param {string} base
 */
function storageOn(driver, base) {
  if (base === "") return createStorage({ driver });
  const storage = createStorage();
  storage.mount(base, driver);
  return prefixStorage(storage, base);
}

/**
 * @template T
 * @param {T | undefined} value
 * @returns {T}
 */
function present(value) {
  if (value === undefined) throw new Error("The test context exists only inside tests.");
  return value;
}
