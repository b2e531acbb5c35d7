"use strict";

const { keepShapeOf } = require("./kept.js");
const binding = require("./native.js");

/** @typedef {(place: number, sync: boolean, ...rest: unknown[]) => any} Call */

/**
 * The calls of a transaction in one of their two forms. A native function for each of them takes longer
 * to make than most transactions take.
 */
class TransactionCalls {
  /** @type {Call} */
  call;
  /** @type {boolean} */
  isSync;

  /**
   * @param {Call} call what native code opened
   * @param {boolean} isSync
   */
  constructor(call, isSync) {
    this.call = call;
    this.isSync = isSync;
  }
}

for (const [place, name] of binding.callNames().entries()) {
  Object.defineProperty(TransactionCalls.prototype, name, {
    /**
     * @this {TransactionCalls}
     * @param {unknown[]} rest
     */
    value(...rest) {
      return this.call(place, this.isSync, ...rest);
    },
  });
}

keepShapeOf(new TransactionCalls(() => undefined, true));

/**
 * @param {Call} call
 * @param {boolean} isSync
 * @returns {any}
 */
function transactionCalls(call, isSync) {
  return new TransactionCalls(call, isSync);
}

module.exports = { transactionCalls };
