"use strict";

const { opendir } = require("node:fs/promises");
const { join } = require("node:path");

const { encoded } = require("./conf.js");
const { isObject, readJson } = require("./files.js");

/**
 * The items of a folder of node-persist: one file each, `{ key, value, ttl }`, where `ttl` is the time at
 * which the item ends.
 *
 * @param {string} path
 * @returns {AsyncGenerator<import("./index.js").Found>}
 */
async function* readNodePersist(path) {
  for await (const entry of await opendir(path)) {
    const file = entry.name;
    if (!file.startsWith(".")) {
      yield entry.isFile()
        ? await readDatum(join(path, file), file)
        : { file, reason: "it is not a file" };
    }
  }
}

/**
 * @param {string} path
 * @param {string} file
 * @returns {Promise<import("./index.js").Found>}
 */
async function readDatum(path, file) {
  let datum;
  try {
    datum = await readJson(path);
  } catch (error) {
    return { file, reason: /** @type {Error} */ (error).message };
  }
  if (!isObject(datum) || typeof datum.key !== "string") {
    return { file, reason: "it is not an item of node-persist" };
  }
  const { key, value, ttl } = datum;
  if (value === undefined) {
    return { key, reason: "it has no value" };
  }
  const expires = typeof ttl === "number" && ttl > 0 ? ttl : undefined;
  return { ...encoded(key, value), expires };
}

module.exports = { readNodePersist };
