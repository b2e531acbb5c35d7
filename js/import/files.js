"use strict";

const { constants } = require("node:fs");
const { open } = require("node:fs/promises");

const { createStorageError } = require("../errors.js");

/** The largest file that is read as JSON: parsed, it takes several times as much memory. */
const MAX_JSON_BYTES = 256 * 1024 * 1024;

/** A link could lead anywhere, and opening a pipe would wait for its writer. Windows has neither flag. */
const SAFELY = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * The JSON in a regular file.
 *
 * @param {string} path
 * @param {boolean} [follow] the user has named this very file, so it may be a link
 * @returns {Promise<unknown>}
 * @throws {import("../errors.js").StorageError} `CORRUPT` for what is no JSON, `INVALID_VALUE` for what is
 *   no regular file, `LIMIT_EXCEEDED` for more than 256 MiB; the errors of the system as they are
 */
async function readJson(path, follow = false) {
  const handle = await open(
    path,
    follow ? constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) : SAFELY,
  );
  try {
    const found = await handle.stat();
    if (!found.isFile()) {
      throw createStorageError("INVALID_VALUE", "it is not a regular file");
    }
    if (found.size > MAX_JSON_BYTES) {
      throw createStorageError("LIMIT_EXCEEDED", `it has more than ${MAX_JSON_BYTES} bytes`);
    }
    return parse(await handle.readFile("utf8"));
  } finally {
    await handle.close();
  }
}

/** @param {string} text */
function parse(text) {
  try {
    // Editors of other systems put a mark at the beginning.
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (cause) {
    throw createStorageError("CORRUPT", "it is not JSON", { cause });
  }
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

module.exports = { isObject, readJson };
