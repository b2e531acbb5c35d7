"use strict";

// First, so that a host that is too old reads that and no error of its parser.
require("./js/host.js");
const { StorageError } = require("./js/errors.js");
const keys = require("./js/keys.js");
const { prefixStorage } = require("./js/prefix.js");
const { restoreSnapshot, snapshot } = require("./js/snapshot.js");
const { createStorage } = require("./js/storage.js");
const { builtinDrivers } = require("./js/drivers/builtin.js");
const { defineDriver } = require("./js/drivers/utils.js");

module.exports = {
  StorageError,
  builtinDrivers,
  createStorage,
  defineDriver,
  filterKeyByBase: keys.filterKeyByBase,
  filterKeyByDepth: keys.filterKeyByDepth,
  joinKeys: keys.joinKeys,
  normalizeBaseKey: keys.normalizeBaseKey,
  normalizeKey: keys.normalizeKey,
  prefixStorage,
  restoreSnapshot,
  snapshot,
};
