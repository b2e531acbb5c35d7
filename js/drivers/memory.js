"use strict";

const binding = require("../native.js");
const { driverObject } = require("../driver-object.js");
const { checkOptions } = require("../options.js");
const { MapView } = require("../map-view.js");

const NAME = "memory";

/**
 * Keeps values in memory, off the JavaScript heap, in the order of their first insertion.
 *
 * @param {object} [options] none
 */
function memory(options = {}) {
  checkOptions(NAME, options ?? {}, {});
  const raw = binding.memoryDriver();
  const view = new MapView(raw);
  return driverObject(raw, { name: NAME, flags: { ttl: true }, getInstance: () => view });
}

module.exports = memory;
module.exports.default = memory;
