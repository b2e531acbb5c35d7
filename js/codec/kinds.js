"use strict";

const { types } = require("node:util");

/**
 * How an object is stored. `standIn` is an object whose `toJSON()` result is stored in its place;
 * `unknown` is what cannot be stored at all.
 * @typedef {"object" | "array" | "map" | "set" | "date" | "regexp" | "error" | "url" | "binary"
 *   | "standIn" | "unknown"} Kind
 */

/** @type {[object, Kind][]} */
const USUAL = [
  [Date.prototype, "date"],
  [Map.prototype, "map"],
  [Set.prototype, "set"],
  [RegExp.prototype, "regexp"],
  [URL.prototype, "url"],
];

/** The usual case: what is of one of these classes, and not of a derived one. */
const BY_PROTOTYPE = new Map(USUAL);

/**
 * The kind of an object or function. Built-in kinds come before `toJSON`, so that a Date stays a
 * Date and a Buffer a Buffer.
 * @param {any} value
 * @returns {Kind}
 */
function kindOf(value) {
  if (Array.isArray(value)) {
    return hasToJSON(value) ? "standIn" : "array";
  }
  if (typeof value === "object") {
    const prototype = Object.getPrototypeOf(value);
    const usual = BY_PROTOTYPE.get(prototype);
    if (usual !== undefined) {
      return usual;
    }
    if (isPlainPrototype(prototype)) {
      return hasToJSON(value) ? "standIn" : "object";
    }
    const kind = kindByClass(value) ?? kindByBrand(value);
    if (kind !== undefined) {
      return kind;
    }
  }
  return hasToJSON(value) ? "standIn" : "unknown";
}

/**
 * @param {any} value
 * @returns {boolean}
 */
function hasToJSON(value) {
  return typeof value.toJSON === "function";
}

/**
 * Whether an object with this prototype is a plain one, also when it was made in another realm (a
 * vm context), whose `Object.prototype` is another object with the same members.
 * @param {object | null} prototype
 * @returns {boolean}
 */
function isPlainPrototype(prototype) {
  if (prototype === Object.prototype || prototype === null) {
    return true;
  }
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "isPrototypeOf");
}

/**
 * Classes derived from those above too. No call leaves JavaScript, unlike those below.
 * @param {object} value
 * @returns {Kind | undefined}
 */
function kindByClass(value) {
  if (value instanceof Date) return "date";
  if (value instanceof Map) return "map";
  if (value instanceof Set) return "set";
  if (value instanceof RegExp) return "regexp";
  if (value instanceof Error) return "error";
  if (value instanceof URL) return "url";
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return "binary";
  return undefined;
}

/**
 * Built-in objects of another realm, which are instances of no class of this one.
 * @param {object} value
 * @returns {Kind | undefined}
 */
function kindByBrand(value) {
  if (types.isDate(value)) return "date";
  if (types.isMap(value)) return "map";
  if (types.isSet(value)) return "set";
  if (types.isRegExp(value)) return "regexp";
  if (types.isNativeError(value)) return "error";
  if (types.isArrayBuffer(value)) return "binary";
  return undefined;
}

/**
 * What a value that cannot be stored is, in words for an error message.
 * @param {unknown} value
 * @returns {string}
 */
function describeUnknown(value) {
  if (typeof value === "symbol") {
    return "A symbol";
  }
  if (typeof value === "function") {
    return "A function";
  }
  const name = Object.prototype.toString.call(value).slice(8, -1);
  return `An object of class ${className(value) ?? name} without toJSON()`;
}

/**
 * @param {any} value
 * @returns {string | undefined}
 */
function className(value) {
  const name = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof name === "string" && name !== "" ? name : undefined;
}

module.exports = { describeUnknown, kindOf };
