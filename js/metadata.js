"use strict";

const { createStorageError } = require("./errors.js");
const { normalizeKey } = require("./keys.js");

/** Where native metadata stands among the parts of both metadata. */
const TIMES = Object.freeze(
  /** @type {const} */ ([
    ["atime", 1],
    ["mtime", 2],
    ["birthtime", 3],
    ["ctime", 4],
  ]),
);
const SIZE = 5;
const EXPIRES = 6;

/** A key that ends in a segment which, with `$` behind it, would be a name like any other. */
const CLIMBS = /(?:^|:)\.\.$/;

/**
 * @param {string} key
 * @returns {string} the key that holds the metadata of `key`
 * @throws {import("./errors.js").StorageError} `INVALID_KEY` where native code would not see that the
 *   key itself cannot be
 */
function metaKey(key) {
  if (typeof key !== "string") {
    throw createStorageError("INVALID_KEY", `Invalid key: expected a string, got ${typeof key}`);
  }
  const canonical = normalizeKey(key);
  if (CLIMBS.test(canonical)) {
    const message = `Invalid key: "${key}", it must not contain \`..\` segments`;
    throw createStorageError("INVALID_KEY", message, { key: canonical });
  }
  return `${canonical}$`;
}

/**
 * Metadata without a prototype, so that only what is known of the item has a name.
 *
 * @param {any} native
 * @param {any} stored wins over native metadata of the same name
 */
function bare(native, stored) {
  return Object.assign(Object.create(null), native, stored);
}

/**
 * Native metadata from numbers; what is not known is left out.
 *
 * @param {(number | undefined)[]} parts times in milliseconds since 1970, behind the stored metadata
 */
function nativeMeta(parts) {
  const meta = Object.create(null);
  for (const [name, place] of TIMES) {
    const time = parts[place];
    if (time !== undefined) {
      meta[name] = new Date(time);
    }
  }
  if (parts[SIZE] !== undefined) {
    meta.size = parts[SIZE];
  }
  const expires = parts[EXPIRES];
  if (expires !== undefined) {
    meta.ttl = Math.max(0, expires - Date.now());
    meta.expires = new Date(expires);
  }
  return meta;
}

/**
 * Stored metadata with its times as dates: plain JSON, as unstorage writes it, has them as text.
 *
 * @param {any} stored
 */
function storedMeta(stored) {
  if (stored === null || typeof stored !== "object") {
    return undefined;
  }
  for (const name of ["atime", "mtime"]) {
    if (typeof stored[name] === "string") {
      stored[name] = new Date(stored[name]);
    }
  }
  return stored;
}

module.exports = { bare, metaKey, nativeMeta, storedMeta };
