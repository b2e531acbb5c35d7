"use strict";

/** The most items that a report names; all are counted. */
const MAX_LISTED = 1000;

/** @typedef {{ key?: string, file?: string, reason: string }} Skipped */

/**
 * What an import has done.
 *
 * @typedef {object} Report
 * @property {string} type the kind of the source
 * @property {number} imported items that were written
 * @property {number} skippedItems items that were not
 * @property {Skipped[]} skipped the first 1,000 of them
 */

/**
 * @param {string} type
 */
function createReport(type) {
  /** @type {Report} */
  const result = { type, imported: 0, skippedItems: 0, skipped: [] };
  return {
    result,
    /**
     * @param {{ key?: string, file?: string }} item
     * @param {string} reason
     */
    skip({ key, file }, reason) {
      result.skippedItems += 1;
      if (result.skipped.length < MAX_LISTED) {
        result.skipped.push(key === undefined ? { file, reason } : { key, reason });
      }
    },
  };
}

module.exports = { createReport };
