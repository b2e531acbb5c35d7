"use strict";

// Errors are stored by name, message and cause, as superjson does, followed by members of our own
// in the same object: superjson overlooks members that it does not know. The stack is not stored.

const { isPlainJson } = require("./plain.js");

/** @type {Map<unknown, ErrorConstructor>} */
const BUILT_IN = new Map(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((made) => [
    made.name,
    made,
  ]),
);

/** Members that are stored in a way of their own, or, like the stack, not at all. */
const OWN_WAY = new Set(["name", "message", "cause", "errors", "code", "stack"]);

/** Members that do not show when an error is listed. */
const HIDDEN = new Set(["message", "cause", "stack"]);

/**
 * What is stored of an error: name, message, cause, the errors of an AggregateError, `code`, and
 * such own enumerable members as are plain data. Members that are anything else are left out, for
 * many libraries hang requests and sockets on their errors.
 * @param {any} error
 * @returns {Record<string, unknown>} Without a prototype, so that every name is just a name.
 */
function errorMembers(error) {
  const members = Object.create(null);
  members.name = error.name;
  members.message = error.message;
  if ("cause" in error) {
    members.cause = error.cause;
  }
  if (error instanceof AggregateError) {
    members.errors = error.errors;
  }
  if ("code" in error && isExtra(error.code)) {
    members.code = error.code;
  }
  for (const key of Object.keys(error)) {
    if (!OWN_WAY.has(key) && isExtra(error[key])) {
      members[key] = error[key];
    }
  }
  return members;
}

/**
 * @param {unknown} value
 * @returns {boolean}
 */
function isExtra(value) {
  switch (typeof value) {
    case "object":
      return isPlainJson(value);
    case "function":
    case "symbol":
      return false;
    default:
      return true;
  }
}

/**
 * The error that stored members stand for. Names of built-in classes give errors of these classes.
 * @param {Record<string, unknown>} members An object parsed from JSON.
 * @returns {Error}
 */
function readError(members) {
  const isAggregate = members.name === "AggregateError" && Array.isArray(members.errors);
  const error = isAggregate ? new AggregateError([]) : new (BUILT_IN.get(members.name) ?? Error)();
  fillError(error, members);
  return error;
}

/**
 * Puts stored members on an error; again when some of them have been replaced.
 * @param {Error} error
 * @param {Record<string, unknown>} members
 */
function fillError(error, members) {
  for (const key of Object.keys(members)) {
    if (key !== "name" || members.name !== error.name) {
      define(error, key, members[key]);
    }
  }
  if (!Object.hasOwn(members, "stack")) {
    // Where the error arose is not known any more, and where it was read would mislead.
    define(error, "stack", `${error.name}: ${error.message}`);
  }
}

/**
 * @param {Error} error
 * @param {string} key
 * @param {unknown} value
 */
function define(error, key, value) {
  // Members that every error has stay out of sight when it is listed, as they are when it is made.
  const hidden = HIDDEN.has(key) || (key === "errors" && error instanceof AggregateError);
  const place = { value, enumerable: !hidden, writable: true, configurable: true };
  Object.defineProperty(error, key, place);
}

module.exports = { errorMembers, fillError, readError };
