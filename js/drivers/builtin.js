"use strict";

/** Where each driver of this package is imported from, by name. */
const builtinDrivers = Object.freeze({
  "fs-lite": "stowage/drivers/fs-lite",
  fsLite: "stowage/drivers/fs-lite",
  fs: "stowage/drivers/fs",
  memory: "stowage/drivers/memory",
  queue: "stowage/drivers/queue",
  sqlite: "stowage/drivers/sqlite",
});

module.exports = { builtinDrivers };
