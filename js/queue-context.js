"use strict";

const binding = require("./native.js");
const { splitKeys } = require("./keys.js");

/**
 * What a monitor of a queue reads: always the present state.
 */
class QueueContext {
  /** @type {any} */
  #driver;

  /** @param {any} driver */
  constructor(driver) {
    this.#driver = driver;
    /** The operations that the driver below does not have yet, by key. */
    this.queue = new QueueView(driver);
  }

  /** A flush is running. */
  get flushing() {
    return binding.queueState(this.#driver).flushing;
  }

  /** The queue was disposed. */
  get disposed() {
    return binding.queueState(this.#driver).disposed;
  }

  /** Why the last flush failed; undefined once one has succeeded. */
  get lastError() {
    return binding.queueState(this.#driver).lastError;
  }

  async flush() {
    await this.#driver.flush();
  }
}

/**
 * The queued operations, read as a `Map<string, QueuedOperation>`.
 */
class QueueView {
  /** @type {any} */
  #driver;

  /** @param {any} driver */
  constructor(driver) {
    this.#driver = driver;
  }

  /** Operations held, those that are being written included. */
  get size() {
    return binding.queueState(this.#driver).size;
  }

  /** @param {string} key */
  get(key) {
    return binding.queueGet(this.#driver, key);
  }

  /** @param {string} key */
  has(key) {
    return this.get(key) !== undefined;
  }

  keys() {
    return splitKeys(binding.queueKeys(this.#driver))[Symbol.iterator]();
  }

  *values() {
    for (const [, operation] of this.entries()) {
      yield operation;
    }
  }

  /** @returns {IterableIterator<[string, any]>} */
  *entries() {
    for (const key of this.keys()) {
      yield [key, this.get(key)];
    }
  }

  /**
   * @param {(operation: any, key: string, queue: QueueView) => void} visit
   * @param {unknown} [self]
   */
  forEach(visit, self) {
    for (const [key, operation] of this.entries()) {
      visit.call(self, operation, key, this);
    }
  }

  [Symbol.iterator]() {
    return this.entries();
  }
}

module.exports = { QueueContext };
