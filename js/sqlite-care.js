"use strict";

const { resolve } = require("node:path");

const binding = require("./native.js");
const { checkOptions, checkPath } = require("./options.js");
const { promised } = require("./promised.js");

const NAME = "sqlite";

const BACKUP_OPTIONS = Object.freeze({
  onProgress: ["function"],
  signal: ["object"],
  overwrite: ["boolean"],
});

/**
 * What the driver object has beyond every driver's methods.
 *
 * @param {any} raw
 * @param {() => any} self the driver object
 */
function careMethods(raw, self) {
  return {
    verify: promised(() => binding.sqliteVerify(raw)),
    compact: promised(() => binding.sqliteCompact(raw)),
    stats: promised(() => binding.sqliteStats(raw)),
    backup: (/** @type {string} */ path, /** @type {any} */ options) => backup(raw, path, options),
    // Loaded here: most programs never import.
    importFrom: async (/** @type {any} */ source, /** @type {any} */ options) =>
      require("./import/index.js").importFrom(self(), source, options),
  };
}

/**
 * @param {any} raw
 * @param {string} path
 * @param {any} [options]
 */
async function backup(raw, path, options = {}) {
  const { onProgress, signal, overwrite = false } = checkOptions(NAME, options, BACKUP_OPTIONS);
  checkPath(NAME, "path", path);
  signal?.throwIfAborted();
  /** @type {{ error: unknown } | undefined} */
  let thrown;
  const goOn = (/** @type {number} */ pages, /** @type {number} */ total) => {
    try {
      if (!signal?.aborted) {
        onProgress?.({ pages, total });
      }
    } catch (error) {
      thrown = { error };
    }
    return thrown === undefined && !signal?.aborted;
  };
  try {
    return await binding.sqliteBackup(raw, resolve(path), overwrite, goOn);
  } catch (error) {
    if (thrown !== undefined) {
      throw thrown.error;
    }
    throw signal?.aborted ? signal.reason : error;
  }
}

module.exports = { careMethods };
