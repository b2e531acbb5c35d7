"use strict";

// Annotations name places in a value by paths such as `users.0.name`: segments joined by dots,
// with dots and backslashes inside a segment escaped by a backslash.

const EVERY_SPECIAL = /[\\.]/g;
/** Segments of a path that a message shows; a path can be as long as a value is deep. */
const MAX_SHOWN = 32;

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/**
 * One segment as it stands in a path.
 * @param {string} segment
 * @returns {string}
 */
function escapeSegment(segment) {
  return segment.includes(".") || segment.includes("\\")
    ? segment.replace(EVERY_SPECIAL, "\\$&")
    : segment;
}

/**
 * @param {readonly (string | number)[]} segments
 * @returns {string}
 */
function formatPath(segments) {
  return segments.map((segment) => escapeSegment(String(segment))).join(".");
}

/**
 * The segments of a path.
 * @param {string} path
 * @param {boolean} legacy Whether the text predates version 1, in which backslashes were written
 *   as they are and only dots were escaped.
 * @returns {string[]}
 * @throws {Error} When a backslash escapes neither a dot nor a backslash.
 */
function parsePath(path, legacy) {
  if (!path.includes("\\")) {
    return path.split(".");
  }
  const segments = [];
  let segment = "";
  for (let at = 0; at < path.length; at++) {
    const char = path[at];
    if (char === ".") {
      segments.push(segment);
      segment = "";
    } else if (char === "\\" && escapes(path[at + 1], legacy)) {
      segment += path[++at];
    } else {
      segment += char;
    }
  }
  segments.push(segment);
  return segments;
}

/**
 * Whether a backslash before `next` is an escape (and not, as in legacy paths, itself).
 * @param {string | undefined} next
 * @param {boolean} legacy
 * @returns {boolean}
 */
function escapes(next, legacy) {
  if (next === "." || (next === "\\" && !legacy)) {
    return true;
  }
  if (legacy) {
    return false;
  }
  throw new Error("a path holds an unknown escape");
}

/**
 * A path as a person would write it in code: `a.b[2]["odd key"]`.
 * @param {readonly (string | number)[]} segments Numbers are positions in an array, Set or Map.
 * @returns {string}
 */
function describePath(segments) {
  let text = "";
  for (const segment of segments.slice(0, MAX_SHOWN)) {
    if (typeof segment === "string" && IDENTIFIER.test(segment)) {
      text += text === "" ? segment : `.${segment}`;
    } else {
      text += `[${JSON.stringify(segment)}]`;
    }
  }
  return segments.length > MAX_SHOWN ? `${text}…` : text;
}

module.exports = { describePath, escapeSegment, formatPath, parsePath };
