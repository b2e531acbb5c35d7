"use strict";

// Binary values are arrays of numbers under the annotation `["typed-array", <class>]`. Classes
// that superjson does not know are stored as their bytes, with the class as a third member of the
// annotation: superjson overlooks it and reads a Uint8Array, we restore the class.

const { isPlainNumber } = require("./plain.js");

/** @typedef {ArrayBufferView | ArrayBuffer} Binary */

/**
 * @typedef {object} BinaryClass
 * @property {(numbers: number[]) => Binary} make
 * @property {boolean} float Whether elements can be NaN, infinite or -0.
 */

/** @type {Map<string, BinaryClass>} Those that superjson can read. */
const ARRAY_CLASSES = new Map([
  ["Int8Array", { make: (numbers) => new Int8Array(numbers), float: false }],
  ["Uint8Array", { make: (numbers) => new Uint8Array(numbers), float: false }],
  ["Uint8ClampedArray", { make: (numbers) => new Uint8ClampedArray(numbers), float: false }],
  ["Int16Array", { make: (numbers) => new Int16Array(numbers), float: false }],
  ["Uint16Array", { make: (numbers) => new Uint16Array(numbers), float: false }],
  ["Int32Array", { make: (numbers) => new Int32Array(numbers), float: false }],
  ["Uint32Array", { make: (numbers) => new Uint32Array(numbers), float: false }],
  ["Float32Array", { make: (numbers) => new Float32Array(numbers), float: true }],
  ["Float64Array", { make: (numbers) => new Float64Array(numbers), float: true }],
]);

/** @type {[string, (bytes: ArrayBuffer) => Binary][]} */
const STORED_AS_BYTES = [
  ["Buffer", (bytes) => Buffer.from(bytes)],
  ["ArrayBuffer", (bytes) => bytes],
  ["DataView", (bytes) => new DataView(bytes)],
  ["BigInt64Array", (bytes) => new BigInt64Array(bytes)],
  ["BigUint64Array", (bytes) => new BigUint64Array(bytes)],
];
const BYTE_CLASSES = new Map(STORED_AS_BYTES);

/** Numbers that JSON cannot hold. As strings, typed arrays still read them as these numbers. */
const ODD_NUMBERS = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  ["-0", -0],
]);

const typedArrayTag = /** @type {(this: unknown) => string | undefined} */ (
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)
    ?.get
);

/**
 * The class that a binary value comes back as. Classes derived from a typed array come back as
 * that typed array, whatever they call themselves.
 * @param {Binary} value
 * @returns {string}
 */
function binaryClassOf(value) {
  if (Buffer.isBuffer(value)) {
    return "Buffer";
  }
  const name = typedArrayTag.call(value);
  return name ?? (ArrayBuffer.isView(value) ? "DataView" : "ArrayBuffer");
}

/**
 * The text of a binary value.
 * @param {Binary} value
 * @returns {{ type: string[], text: string } | undefined} Undefined for an unknown class.
 */
function writeBinary(value) {
  const name = binaryClassOf(value);
  const known = ARRAY_CLASSES.get(name);
  if (known !== undefined) {
    const numbers = /** @type {Float64Array} */ (value);
    return { type: ["typed-array", name], text: known.float ? floats(numbers) : list(numbers) };
  }
  if (BYTE_CLASSES.has(name)) {
    return { type: ["typed-array", "Uint8Array", name], text: list(bytesOf(value)) };
  }
  return undefined;
}

/**
 * @param {Binary} value
 * @returns {Uint8Array}
 */
function bytesOf(value) {
  return ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value);
}

/**
 * @param {{ join(separator: string): string }} numbers
 * @returns {string}
 */
function list(numbers) {
  return `[${numbers.join(",")}]`;
}

/**
 * @param {Float64Array} numbers
 * @returns {string}
 */
function floats(numbers) {
  if (numbers.every(isPlainNumber)) {
    return list(numbers);
  }
  return list(Array.from(numbers, (number) => (isPlainNumber(number) ? number : odd(number))));
}

/**
 * @param {number} number
 * @returns {string}
 */
function odd(number) {
  return number === 0 ? '"-0"' : `"${number}"`;
}

/**
 * The binary value that an annotation and its array of numbers stand for. Its length is that of
 * an array which is in the text, so a short text cannot ask for much memory.
 * @param {readonly string[]} type
 * @param {unknown} json
 * @returns {Binary}
 * @throws {Error} When the class is unknown or the numbers are not numbers.
 */
function readBinary(type, json) {
  const [, name, marker] = type;
  const array = ARRAY_CLASSES.get(name);
  if (array === undefined) {
    throw new Error("a typed array has an unknown class");
  }
  if (!Array.isArray(json)) {
    throw new Error("a typed array is not stored as an array");
  }
  const value = array.make(array.float ? json.map(readFloat) : checkNumbers(json));
  if (marker === undefined) {
    return value;
  }
  const restore = BYTE_CLASSES.get(marker);
  if (restore === undefined || !(value instanceof Uint8Array)) {
    throw new Error("a binary value has an unknown class");
  }
  return restore(/** @type {ArrayBuffer} */ (value.buffer));
}

/**
 * @param {unknown[]} json
 * @returns {number[]}
 */
function checkNumbers(json) {
  for (let at = 0; at < json.length; at++) {
    if (typeof json[at] !== "number") {
      throw new Error("a typed array holds something else than numbers");
    }
  }
  return /** @type {number[]} */ (json);
}

/**
 * Superjson writes NaN and the infinities as null, which cannot be told apart: they read as NaN.
 * @param {unknown} json
 * @returns {number}
 */
function readFloat(json) {
  if (typeof json === "number") {
    return json;
  }
  const number = json === null ? Number.NaN : ODD_NUMBERS.get(/** @type {string} */ (json));
  if (number === undefined) {
    throw new Error("a typed array holds something else than numbers");
  }
  return number;
}

module.exports = { ODD_NUMBERS, readBinary, writeBinary };
