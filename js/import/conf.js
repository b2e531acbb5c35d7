"use strict";

const { encode } = require("../codec.js");
const { createStorageError } = require("../errors.js");
const { isObject, readJson } = require("./files.js");

/** What conf keeps for itself. */
const INTERNAL_KEY = "__internal__";

/**
 * The top-level members of the JSON file of conf and electron-store.
 *
 * @param {string} path
 * @returns {AsyncGenerator<import("./index.js").Found>}
 */
async function* readConf(path) {
  const content = await readJson(path, true);
  if (!isObject(content)) {
    throw createStorageError("CORRUPT", `${path} holds no JSON object`);
  }
  for (const [key, value] of Object.entries(content)) {
    yield key === INTERNAL_KEY ? { key, reason: "conf keeps it for itself" } : encoded(key, value);
  }
}

/**
 * @param {string} key
 * @param {unknown} value
 * @returns {import("./index.js").Found}
 */
function encoded(key, value) {
  try {
    return { key, text: encode(value) };
  } catch (error) {
    return { key, reason: /** @type {Error} */ (error).message };
  }
}

module.exports = { encoded, readConf };
