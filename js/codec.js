"use strict";

// Values as text, in the format of superjson 2:
//
//   {"json": <JSON>, "meta": {"values": <types by path>, "referentialEqualities": <paths>, "v": 1}}
//
// without `meta` where the JSON says all. Superjson reads every text written here, and for what
// it can express the texts are equal byte for byte. Where it cannot, the text goes further in ways
// that superjson overlooks:
//
// - Classes of binary data that it does not know are bytes with the class as a third member of
//   the annotation: ["typed-array", "Uint8Array", "Buffer"] (or ArrayBuffer, DataView,
//   BigInt64Array, BigUint64Array). It reads a Uint8Array. NaN, the infinities and -0 in a
//   Float32Array or Float64Array are strings, which it reads as these numbers.
// - An Error has further members in its JSON: `code`, the `errors` of an AggregateError, and its
//   own enumerable members that are plain data. It reads name, message and cause.
// - Holes of arrays are annotated as undefined, where it would make them null.
// - Keys named `__proto__`, `constructor` and `prototype` are data like any other. It reads them
//   too, unless an annotation leads through them.
//
// Left out without an error, as JSON does: members with symbol keys, members that are not
// enumerable, and names on arrays.

const { readText } = require("./codec/envelope.js");
const { flat } = require("./codec/flat.js");
const { MAX_BIGINT_DIGITS, MAX_DEPTH, MAX_HOLES } = require("./codec/limits.js");
const { isPlainJson } = require("./codec/plain.js");
const { createStorageError } = require("./errors.js");

/**
 * The half for values that JSON cannot hold takes longer to load than all else here, and many
 * applications never store one: it is loaded for the first.
 * @type {typeof import("./codec/encode.js").encodeRich}
 */
let encodeRich = (value) => {
  ({ encodeRich } = require("./codec/encode.js"));
  return encodeRich(value);
};

/**
 * The text of a value.
 * @param {unknown} value Shared and cyclic references keep their identity. An object with a
 *   `toJSON` method (other than Date, URL, Map, Set, RegExp, errors and binary data) is stored as
 *   what that gives.
 * @returns {string}
 * @throws {import("./errors.js").StorageError} `UNSERIALIZABLE` for what cannot be stored, naming
 *   its path; with a `cause` when a getter or a `toJSON` of the value threw.
 */
function encode(value) {
  const json = encodePlain(value);
  return json === undefined ? encodeOther(value) : flat(`{"json":${json}}`);
}

/**
 * As `encode`, for a value of which `encodePlain` has said that JSON does not hold it whole.
 * @param {unknown} value
 * @returns {string}
 * @throws {import("./errors.js").StorageError} As `encode`.
 */
function encodeOther(value) {
  try {
    return flat(encodeRich(value));
  } catch (error) {
    throw unserializable(error);
  }
}

/**
 * The JSON of a value that JSON holds whole: the text of `encode` without the envelope, which the
 * one who stores it must add.
 * @param {unknown} value
 * @returns {string | undefined} Undefined for any other value.
 * @throws {import("./errors.js").StorageError} As `encode`.
 */
function encodePlain(value) {
  try {
    return isPlainJson(value) ? JSON.stringify(value) : undefined;
  } catch (error) {
    throw unserializable(error);
  }
}

/**
 * The JSON of an array of values that JSON holds whole.
 * @param {unknown[]} values
 * @returns {string | undefined} Undefined if that is not true of one of them, or one cannot be
 *   stored: encoding each by itself tells which.
 */
function encodePlainList(values) {
  try {
    return values.every(isPlainJson) ? JSON.stringify(values) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The value of a text. A text that is JSON, but not in the format above, is that JSON: this is how
 * other libraries store values.
 * @param {string} text
 * @param {string} [key] The key the text is stored under, for the error.
 * @returns {unknown}
 * @throws {import("./errors.js").StorageError} `CORRUPT` when the text is not JSON (an empty text
 *   is not), or its annotations do not fit it.
 */
function decode(text, key) {
  try {
    return readText(checkText(text));
  } catch (error) {
    throw corrupt(error, key);
  }
}

/**
 * `JSON.parse` makes text of whatever it is given, and would read null from a missing text.
 * @param {unknown} text
 * @returns {string}
 */
function checkText(text) {
  if (typeof text !== "string") {
    throw new TypeError("it is not text");
  }
  return text;
}

/**
 * @param {any} error
 * @returns {Error}
 */
function unserializable(error) {
  if (error?.code === "UNSERIALIZABLE") {
    return error;
  }
  const reason =
    error instanceof RangeError
      ? "The value is nested too deeply or its text would be too long"
      : "A getter or method of the value threw while it was read";
  const message = `[stowage] Cannot stringify value! ${reason}`;
  return createStorageError("UNSERIALIZABLE", message, { cause: error });
}

/**
 * @param {unknown} error
 * @param {string | undefined} key
 * @returns {Error}
 */
function corrupt(error, key) {
  const where = key === undefined ? "" : ` of key "${key}"`;
  // The parser's own words quote the value, which may be a secret: they stay in the cause.
  const message = `[stowage] Cannot parse the stored value${where}`;
  return createStorageError("CORRUPT", message, { key, cause: error });
}

module.exports = {
  decode,
  encode,
  encodeOther,
  encodePlain,
  encodePlainList,
  MAX_BIGINT_DIGITS,
  MAX_DEPTH,
  MAX_HOLES,
};
