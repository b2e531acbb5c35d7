"use strict";

const { resolve } = require("node:path");

const binding = require("../native.js");
const { driverObject } = require("../driver-object.js");
const { checkOptions, checkPath } = require("../options.js");
const { careMethods } = require("../sqlite-care.js");
const { createRequiredError } = require("./utils.js");

const NAME = "sqlite";

/** The path that stands for no file. */
const IN_MEMORY = ":memory:";

const OPTIONS = Object.freeze({
  path: ["string"],
  table: ["string"],
  readOnly: ["boolean"],
  durability: ["process", "power"],
  cacheBytes: ["number"],
  busyTimeout: ["number"],
  maxValueBytes: ["number"],
  sweepInterval: ["number"],
});

/**
 * Keeps items in one SQLite file.
 *
 * @param {import("../../types/options-sqlite.js").SqliteDriverOptions} options
 */
function sqlite(options) {
  const checked = checkOptions(NAME, options ?? {}, OPTIONS);
  if (!checked.path) {
    throw createRequiredError(NAME, "path");
  }
  checkPath(NAME, "path", checked.path);
  if (checked.path !== IN_MEMORY) {
    checked.path = resolve(checked.path);
  }
  const raw = binding.sqliteDriver(checked);
  const flags = { maxDepth: true, ttl: true };
  const driver = driverObject(raw, { name: NAME, options, flags, canWatch: true });
  return Object.assign(
    driver,
    careMethods(raw, () => driver),
  );
}

module.exports = sqlite;
module.exports.default = sqlite;
