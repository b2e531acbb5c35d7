"use strict";

const { resolve } = require("node:path");

const binding = require("./native.js");
const { driverObject } = require("./driver-object.js");
const { createRequiredError } = require("./drivers/utils.js");
const { checkOptions, checkPath } = require("./options.js");
const { watchOptions } = require("./watch-options.js");

/** What fs-lite knows; fs also takes globs to ignore, and `watchOptions`. */
const OPTIONS = Object.freeze({
  base: ["string"],
  ignore: ["function"],
  readOnly: ["boolean"],
  noClear: ["boolean"],
  atomic: ["boolean"],
  durability: ["process", "power"],
  fileMode: ["number"],
  directoryMode: ["number"],
});

const DEFAULT_IGNORE = Object.freeze(["**/node_modules/**", "**/.git/**"]);

/**
 * Makes the factory of a driver that keeps each item in a file.
 *
 * @param {{ name: "fs" | "fs-lite", canWatch: boolean }} kind
 * @returns {(options?: any) => any}
 */
function fsDriver({ name, canWatch }) {
  const schema = canWatch
    ? { ...OPTIONS, ignore: ["array", "function"], watchOptions: ["object"] }
    : OPTIONS;
  const ignore = canWatch ? DEFAULT_IGNORE : [];
  return (options = {}) => {
    const checked = checkOptions(name, options, schema);
    if (!checked.base) {
      throw createRequiredError(name, "base");
    }
    checkPath(name, "base", checked.base);
    checked.base = resolve(checked.base);
    checked.ignore ??= ignore;
    checked.watchOptions = canWatch ? watchOptions(name, checked.watchOptions) : undefined;
    const raw = binding.fsDriver(checked);
    return driverObject(raw, {
      name,
      options,
      flags: { maxDepth: true },
      canWatch,
      listSeparator: "/",
    });
  };
}

module.exports = { fsDriver };
