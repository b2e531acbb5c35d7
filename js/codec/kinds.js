"use strict";

const { types } = require("node:util");

/**
 * How an object is stored. `standIn` is an object whose `toJSON()` result is stored in its place;
 * `unknown` is what cannot be stored at all.
 * @typedef {"object" | "array" | "map" | "set" | "date" | "regexp" | "error" | "url" | "binary"
 *   | "standIn" | "unknown"} Kind
 */

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
    if (isPlainObject(value)) {
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
 * Whether an object is a plain one, also when it was made in another realm (a vm context), whose
 * `Object.prototype` is another object with the same members.
 * @param {object} value
 * @returns {boolean}
 */
function isPlainObject(value) {
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    return true;
  }
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "isPrototypeOf");
}

/**
 * The usual case, and the only one for which no call leaves JavaScript.
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
