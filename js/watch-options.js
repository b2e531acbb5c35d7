"use strict";

const { checkOptions, invalidOption } = require("./options.js");

/** The options of chokidar that have a meaning here. `cwd` is accepted and has none. */
const OPTIONS = Object.freeze({
  ignored: ["string", "array", "function", "object"],
  ignoreInitial: ["boolean"],
  persistent: ["boolean"],
  depth: ["number"],
  usePolling: ["boolean"],
  interval: ["number"],
  awaitWriteFinish: ["boolean", "object"],
  atomic: ["boolean", "number"],
  followSymlinks: ["boolean"],
  ignorePermissionErrors: ["boolean"],
  cwd: ["string"],
});

/** Names that a warning was given for: one is enough. */
const warned = new Set();

/**
 * Checks the options and puts them into the form that native code reads.
 *
 * @param {string} driver
 * @param {any} [options]
 */
function watchOptions(driver, options = {}) {
  const known = Object.fromEntries(
    Object.entries(options).filter(([name]) => isKnown(driver, name)),
  );
  const checked = checkOptions(driver, known, OPTIONS);
  const rules = checked.ignored === undefined ? [] : [checked.ignored].flat();
  checked.ignored = rules.map((rule) => ignoreRule(driver, rule));
  return checked;
}

/**
 * Options of another watcher are no reason to fail, but their author should know.
 *
 * @param {string} driver
 * @param {string} name
 */
function isKnown(driver, name) {
  if (Object.hasOwn(OPTIONS, name)) {
    return true;
  }
  if (!warned.has(name)) {
    warned.add(name);
    process.emitWarning(
      `[stowage] [${driver}] unknown watch option \`${name}\` is ignored`,
      "StowageWarning",
    );
  }
  return false;
}

/**
 * A glob stays a glob; regular expressions become functions of the path.
 *
 * @param {string} driver
 * @param {unknown} rule
 */
function ignoreRule(driver, rule) {
  if (rule instanceof RegExp) {
    // A global or sticky expression remembers where it stopped; each path is a new text.
    const expression = new RegExp(rule.source, rule.flags.replace(/[gy]/g, ""));
    return (/** @type {string} */ path) => expression.test(path);
  }
  if (typeof rule === "string" || typeof rule === "function") {
    return rule;
  }
  throw invalidOption(
    driver,
    "ignored",
    "a glob, a regular expression, a function or an array of them",
  );
}

module.exports = { watchOptions };
