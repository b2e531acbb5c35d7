"use strict";

const { opendir, stat } = require("node:fs/promises");
const { join } = require("node:path");

const { isObject, readJson } = require("./files.js");

/** Node-persist names its files by a hash of the key: MD5 in old versions, SHA-256 today. */
const HASH_NAME = /^(?:[0-9a-f]{32}|[0-9a-f]{64})$/;

/** The entries of a folder that are looked at. */
const LOOKED_AT = 64;

/**
 * The kind of a source: a file is one of conf and electron-store; a folder whose files are all named and
 * filled as node-persist does is its, any other one of file-per-key.
 *
 * @param {string} path
 * @returns {Promise<"fs" | "conf" | "node-persist">}
 */
async function detect(path) {
  const found = await stat(path);
  if (!found.isDirectory()) {
    return "conf";
  }
  let looked = 0;
  for await (const entry of await opendir(path)) {
    if (entry.name.startsWith(".")) {
      continue;
    }
    if (
      !entry.isFile() ||
      !HASH_NAME.test(entry.name) ||
      !(await isDatum(join(path, entry.name)))
    ) {
      return "fs";
    }
    looked += 1;
    if (looked === LOOKED_AT) {
      break;
    }
  }
  return looked > 0 ? "node-persist" : "fs";
}

/** @param {string} file */
async function isDatum(file) {
  try {
    const datum = await readJson(file);
    return isObject(datum) && typeof datum.key === "string" && "value" in datum;
  } catch {
    // What is wrong with it is told when it is read.
    return false;
  }
}

module.exports = { HASH_NAME, detect };
