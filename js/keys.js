"use strict";

/** Separates keys that cross the border in one string. No key contains it. */
const SEPARATOR = "\0";

/** What normalisation would change; most keys have none of it. */
const NOT_CANONICAL = /[/\\?]|::|^:|:$/;

/**
 * Canonical form of a key: everything after `?` is dropped, `/` and `\` mean `:`, runs of `:` are
 * one, none stands at an end. The rules are those of unstorage.
 *
 * @param {string} [key]
 * @returns {string}
 */
function normalizeKey(key) {
  if (!key) {
    return "";
  }
  if (!NOT_CANONICAL.test(key)) {
    return key;
  }
  const [path = ""] = key.split("?", 1);
  return path
    .split(/[:/\\]/)
    .filter(Boolean)
    .join(":");
}

/**
 * @param {...string} keys
 * @returns {string} the canonical key made of the parts
 */
function joinKeys(...keys) {
  return normalizeKey(keys.join(":"));
}

/**
 * @param {string} [base]
 * @returns {string} empty, or a canonical key followed by `:`
 */
function normalizeBaseKey(base) {
  const key = normalizeKey(base);
  return key ? `${key}:` : "";
}

/**
 * @param {string} key
 * @param {number} [depth] the most separators; no limit when undefined
 * @returns {boolean}
 */
function filterKeyByDepth(key, depth) {
  return depth === undefined || key.split(":").length - 1 <= depth;
}

/**
 * @param {string} key
 * @param {string} [base]
 * @returns {boolean} true for keys below the base that do not hold metadata
 */
function filterKeyByBase(key, base) {
  return (!base || key.startsWith(base)) && !key.endsWith("$");
}

/**
 * The order of keys is that of their UTF-8 bytes, which is that of their characters. UTF-16 units,
 * which `<` compares, put characters of two units before some of one.
 *
 * @param {string} one
 * @param {string} other
 * @returns {number} below 0 if `one` comes first
 */
function compareKeys(one, other) {
  const length = Math.min(one.length, other.length);
  let place = 0;
  while (place < length && one.charCodeAt(place) === other.charCodeAt(place)) {
    place += 1;
  }
  return place === length
    ? one.length - other.length
    : rank(one.charCodeAt(place)) - rank(other.charCodeAt(place));
}

/**
 * Where a unit stands in the order of characters: halves of pairs are behind all others.
 *
 * @param {number} unit
 */
function rank(unit) {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/**
 * @param {string | null} joined by `SEPARATOR`; null if there are none, as one empty key is ""
 * @returns {string[]}
 */
function splitKeys(joined) {
  return joined === null ? [] : joined.split(SEPARATOR);
}

module.exports = {
  compareKeys,
  filterKeyByBase,
  filterKeyByDepth,
  joinKeys,
  normalizeBaseKey,
  normalizeKey,
  SEPARATOR,
  splitKeys,
};
