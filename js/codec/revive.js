"use strict";

// The closed list of types that stored text can ask for. Whatever is not here is corruption:
// no class of the application is ever constructed, no prototype ever looked up by name.

const { ODD_NUMBERS, readBinary } = require("./binary.js");
const { readDate: parseDate } = require("./dates.js");
const { readError } = require("./error-values.js");
const { MAX_BIGINT_DIGITS } = require("./limits.js");

const DIGITS = /^-?\d+$/;

/** @type {[unknown, (json: any) => unknown][]} */
const LIST = [
  ["undefined", readUndefined],
  ["number", readNumber],
  ["bigint", readBigint],
  ["Date", readDate],
  ["regexp", readRegExp],
  ["URL", readUrl],
  ["Error", readErrorMembers],
  ["set", readSet],
  ["map", readMap],
];
const READERS = new Map(LIST);

/** The types that a name alone stands for. */
const NAMES = [...READERS.keys()];

/**
 * What makes a value of a type out of what stands in the text, with everything inside it already
 * revived. It throws when the JSON does not fit the type or, always, when the type is not listed.
 * @param {unknown} type
 * @returns {(json: any) => unknown}
 */
function readerOf(type) {
  if (Array.isArray(type) && type[0] === "typed-array") {
    return (json) => readBinary(type, json);
  }
  return READERS.get(type) ?? readUnknown;
}

/** @returns {never} */
function readUnknown() {
  throw new Error("an annotation names an unknown type");
}

/**
 * @param {boolean} fits
 * @param {string} type
 */
function expect(fits, type) {
  if (!fits) {
    throw new Error(`what is stored as ${type} cannot be one`);
  }
}

/** @param {unknown} json */
function readUndefined(json) {
  expect(json === null, "undefined");
  return undefined;
}

/** @param {string} json */
function readNumber(json) {
  const number = ODD_NUMBERS.get(json);
  expect(number !== undefined, "an odd number");
  return number;
}

/** @param {string} json */
function readBigint(json) {
  expect(
    typeof json === "string" && json.length <= MAX_BIGINT_DIGITS && DIGITS.test(json),
    "a bigint",
  );
  return BigInt(json);
}

/** @param {string} json */
function readDate(json) {
  const date = typeof json === "string" ? parseDate(json) : new Date(Number.NaN);
  expect(!Number.isNaN(date.getTime()), "a Date");
  return date;
}

/** @param {string} json */
function readRegExp(json) {
  const end = typeof json === "string" ? json.lastIndexOf("/") : 0;
  expect(end > 0 && json[0] === "/", "a RegExp");
  return new RegExp(json.slice(1, end), json.slice(end + 1));
}

/** @param {string} json */
function readUrl(json) {
  expect(typeof json === "string", "a URL");
  return new URL(json);
}

/** @param {Record<string, unknown>} json */
function readErrorMembers(json) {
  expect(typeof json === "object" && json !== null && Object.hasOwn(json, "message"), "an Error");
  return readError(json);
}

/** @param {unknown[]} json */
function readSet(json) {
  expect(Array.isArray(json), "a Set");
  return new Set(json);
}

/** @param {[unknown, unknown][]} json */
function readMap(json) {
  expect(Array.isArray(json) && json.every(isRow), "a Map");
  return new Map(json);
}

/** @param {unknown} row */
function isRow(row) {
  return Array.isArray(row) && row.length === 2;
}

module.exports = { NAMES, readerOf };
