"use strict";

const binding = require("./native.js");
const { splitKeys } = require("./keys.js");

/**
 * The content of a memory driver, read and written as a `Map<string, any>`. Values are as they were
 * stored: encoded text for items, bytes and objects for raw ones.
 *
 * @implements {Map<string, any>}
 */
class MapView {
  /** @type {any} */
  #driver;

  /** @param {any} driver */
  constructor(driver) {
    this.#driver = driver;
  }

  get size() {
    return binding.memorySize(this.#driver);
  }

  /** @param {string} key */
  has(key) {
    return this.#driver.hasSync(key);
  }

  /** @param {string} key */
  get(key) {
    return this.has(key) ? binding.memoryGet(this.#driver, key) : undefined;
  }

  /**
   * @param {string} key
   * @param {any} value
   */
  set(key, value) {
    binding.memorySet(this.#driver, key, value);
    return this;
  }

  /** @param {string} key */
  delete(key) {
    return binding.memoryDelete(this.#driver, key);
  }

  clear() {
    this.#driver.clearSync();
  }

  /**
   * @param {(value: any, key: string, map: Map<string, any>) => void} visit
   * @param {unknown} [self]
   */
  forEach(visit, self) {
    for (const [key, value] of this.entries()) {
      visit.call(self, value, key, /** @type {Map<string, any>} */ (this));
    }
  }

  keys() {
    return new Set(splitKeys(this.#driver.keysSync(""))).keys();
  }

  values() {
    return this.#copy().values();
  }

  entries() {
    return this.#copy().entries();
  }

  /** Iterations see the content of one moment. */
  #copy() {
    return new Map([...this.keys()].map((key) => [key, this.get(key)]));
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  get [Symbol.toStringTag]() {
    return "Map";
  }
}

module.exports = { MapView };
