"use strict";

const binding = require("./native.js");
const { createStorageError, locate } = require("./errors.js");
const { normalizeKey } = require("./keys.js");
const { invalidOption } = require("./options.js");

/** Bytes that a stream holds, as streams of files do. */
const HIGH_WATER_MARK = 64 * 1024;

/**
 * Reads a raw value in pieces.
 *
 * @param {any} raw
 * @param {string} key
 * @param {any} [options]
 */
function createReadStream(raw, key, options) {
  const highWaterMark = highWaterMarkOf(options);
  const named = namer("createReadStream", key);
  // Not every application has streams, and the module takes a while to load.
  const { Readable } = require("node:stream");
  /** @type {any} */
  let source;
  return new Readable({
    highWaterMark,
    construct(callback) {
      const fail = named(unlessDestroyed(this, callback));
      const keep = (/** @type {any} */ opened) => {
        source = opened;
      };
      settle(() => openSource(raw, key), keep).then(() => callback(), fail);
    },
    read(size) {
      settle(
        () => source.read(size),
        (bytes) => this.push(bytes.length === 0 ? null : bytes),
      ).catch(named((error) => this.destroy(error)));
    },
    destroy(error, callback) {
      source?.close();
      callback(error);
    },
  });
}

/**
 * @param {any} raw
 * @param {string} key
 */
async function openSource(raw, key) {
  const source = await binding.openReadStream(raw, key);
  if (source === null) {
    // As a stream of a file says it: an empty stream would hide that there is nothing.
    throw createStorageError("ENOENT", "There is no value under this key");
  }
  return source;
}

/**
 * Stores a raw value that comes in pieces.
 *
 * @param {any} raw
 * @param {string} key
 * @param {any} [options]
 */
function createWriteStream(raw, key, options) {
  const highWaterMark = highWaterMarkOf(options);
  const named = namer("createWriteStream", key);
  const { Writable } = require("node:stream");
  /** @type {any} */
  let sink;
  return new Writable({
    highWaterMark,
    construct(callback) {
      const fail = named(unlessDestroyed(this, callback));
      const keep = (/** @type {any} */ opened) => {
        sink = opened;
      };
      settle(() => binding.openWriteStream(raw, key, options), keep).then(() => callback(), fail);
    },
    write(chunk, _encoding, callback) {
      settle(() => sink.write(chunk)).then(() => callback(), named(callback));
    },
    final(callback) {
      const finishing = sink;
      sink = undefined;
      settle(() => finishing.finish()).then(() => callback(), named(callback));
    },
    destroy(error, callback) {
      const aborting = sink;
      sink = undefined;
      settle(() => aborting?.abort()).then(
        () => callback(error),
        named((failure) => callback(error ?? failure)),
      );
    },
  });
}

/**
 * Who destroyed a stream before it was open does not wait to hear why it could not be.
 *
 * @param {{ destroyed: boolean }} stream
 * @param {(error?: any) => void} callback
 */
function unlessDestroyed(stream, callback) {
  return (/** @type {any} */ error) => callback(stream.destroyed ? undefined : error);
}

/**
 * A promise also of what is thrown at once.
 *
 * @param {() => any} call
 * @param {(value: any) => void} [use]
 */
async function settle(call, use) {
  const value = await call();
  use?.(value);
}

/**
 * Names the call in the errors that `report` is given.
 *
 * @param {string} operation
 * @param {string} key
 */
function namer(operation, key) {
  const fields = { operation, key: typeof key === "string" ? normalizeKey(key) : undefined };
  return (/** @type {(error: any) => void} */ report) => (/** @type {unknown} */ error) =>
    report(locate(error, fields));
}

/** @param {any} options */
function highWaterMarkOf(options) {
  const given = options?.highWaterMark ?? HIGH_WATER_MARK;
  if (!Number.isSafeInteger(given) || given < 1) {
    throw invalidOption(undefined, "highWaterMark", "a whole number of bytes above 0");
  }
  return given;
}

module.exports = { createReadStream, createWriteStream };
