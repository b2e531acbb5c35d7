// Values that say what they are: each names its key and number and carries a checksum of itself.
import { createHash } from "node:crypto";

/** The state of a key that has no value. */
export const ABSENT = "absent";

/** The state of a key whose value is not one that was ever written, or cannot be read. */
export const TORN = "torn";

/**
 * @typedef {number | typeof ABSENT | typeof TORN} State The number of the value that a key has.
 */

/**
 * The value that is written to `key` as its `number`th.
 *
 * @param {string} key
 * @param {number} number
 * @param {number} size Characters of its body.
 */
export function makeValue(key, number, size) {
  const unit = `${key} ${number} `;
  const body = unit.repeat(Math.ceil(size / unit.length)).slice(0, size);
  const head = `${key}|${number}|${size}`;
  return `${head}|${checksum(`${head}|${body}`)}|${body}`;
}

/**
 * @param {string} key
 * @param {unknown} value What a library gave for it.
 * @returns {State}
 */
export function stateOf(key, value) {
  if (value === null || value === undefined) return ABSENT;
  if (typeof value !== "string") return TORN;
  const [ownKey, number, size, sum] = value.split("|", 4);
  const head = `${ownKey}|${number}|${size}`;
  const body = value.slice(`${head}|${sum}|`.length);
  const whole = `${body.length}` === size && sum === checksum(`${head}|${body}`);
  return whole && ownKey === key ? Number(number) : TORN;
}

const checksum = (/** @type {string} */ text) => createHash("sha1").update(text).digest("hex");
