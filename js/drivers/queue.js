"use strict";

const binding = require("../native.js");
const { driverObject, mountable } = require("../driver-object.js");
const { checkOptions } = require("../options.js");
const { QueueContext } = require("../queue-context.js");
const { createRequiredError } = require("./utils.js");

const NAME = "queue";

const OPTIONS = Object.freeze({
  driver: ["object", "function"],
  batchSize: ["number"],
  flushInterval: ["number"],
  maxQueueSize: ["number"],
  mergeUpdates: ["boolean"],
  onError: ["function"],
});

const DEFAULTS = Object.freeze({
  batchSize: 100,
  flushInterval: 1000,
  maxQueueSize: 1000,
  mergeUpdates: true,
});

/**
 * Collects writes in memory and carries them to another driver in batches.
 *
 * @param {import("../../index.js").QueueOptions & { driver: any }} options
 */
function queue(options) {
  const { driver, ...chosen } = checkOptions(NAME, options ?? {}, OPTIONS);
  if (!driver) {
    throw createRequiredError(NAME, "driver");
  }
  const settings = Object.assign(Object.create(null), DEFAULTS, chosen);
  const raw = binding.queueDriver(mountable(driver), settings);
  const context = new QueueContext(raw);
  return driverObject(raw, {
    name: NAME,
    flags: driver.flags,
    options,
    getInstance: () => context,
    canWatch: true,
  });
}

/**
 * Writes everything that is queued now.
 *
 * @param {QueueContext} context what `getInstance()` of a queue driver returns
 * @returns {Promise<void>}
 */
async function flushQueue(context) {
  await context.flush();
}

module.exports = queue;
module.exports.default = queue;
module.exports.flushQueue = flushQueue;
