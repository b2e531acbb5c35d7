"use strict";

const { stat } = require("node:fs/promises");
const { resolve } = require("node:path");

const { encode } = require("../codec.js");
const { createStorageError } = require("../errors.js");

/** Files that are read side by side. */
const AT_ONCE = 32;

/**
 * The items of a folder with one file per key, as the predecessor, unstorage and Stowage's own fs driver
 * make it.
 *
 * @param {string} path
 * @returns {AsyncGenerator<import("./index.js").Found>}
 */
async function* readFolder(path) {
  const base = resolve(path);
  if (!(await stat(base)).isDirectory()) {
    throw createStorageError("INVALID_OPTION", `${path} is not a folder`);
  }
  // Loaded here: most programs never import.
  const source = require("../drivers/fs.js")({ base, readOnly: true });
  try {
    const keys = await source.getKeys("");
    for (let begin = 0; begin < keys.length; begin += AT_ONCE) {
      const some = keys.slice(begin, begin + AT_ONCE);
      yield* await Promise.all(some.map((/** @type {string} */ key) => readItem(source, key)));
    }
  } finally {
    await source.dispose();
  }
}

/**
 * @param {any} source
 * @param {string} name with `/`, as the driver lists it
 * @returns {Promise<import("./index.js").Found>}
 */
async function readItem(source, name) {
  const key = name.replaceAll("/", ":");
  try {
    const bytes = await source.getItemRaw(key);
    return bytes === null || bytes === undefined
      ? { key, reason: "it was removed meanwhile" }
      : { key, ...contentOf(bytes) };
  } catch (error) {
    return { key, reason: /** @type {Error} */ (error).message };
  }
}

/**
 * Encoded values stay as they are. Unstorage writes strings without quotes, so that text which is no JSON
 * is that string. What is no text was written raw.
 *
 * @param {Buffer} bytes
 * @returns {{ text: string } | { raw: Buffer }}
 */
function contentOf(bytes) {
  const text = bytes.toString("utf8");
  // Decoding replaces what is not UTF-8, and then the bytes are others.
  if (!Buffer.from(text, "utf8").equals(bytes)) {
    return { raw: bytes };
  }
  return { text: isJson(text) ? text : encode(text) };
}

/** @param {string} text */
function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

module.exports = { readFolder };
