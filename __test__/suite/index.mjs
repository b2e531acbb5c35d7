// The conformance suite: what every driver promises, as vitest tests.
//
// Drivers are tested through a Storage, because that is how they are used. See README.md.
import { describe } from "vitest";
import { batchTests } from "./batches.mjs";
import { createContext } from "./context.mjs";
import { itemTests } from "./items.mjs";
import { keyTests } from "./keys.mjs";
import { metaTests } from "./meta.mjs";
import { orderTests } from "./order.mjs";
import { rawTests } from "./raw.mjs";
import { readOnlyTests } from "./read-only.mjs";
import { syncTests, withoutSyncTests } from "./sync.mjs";
import { valueTests } from "./values.mjs";

/** @type {Required<import("./index.d.mts").DriverFeatures>} */
const ALL_FEATURES = {
  write: true,
  sync: true,
  hierarchy: true,
  anyKey: true,
  binary: true,
  emptyRaw: true,
  persistent: false,
};

/**
 * Registers the tests of one driver.
 *
 * @param {import("./index.d.mts").TestDriverOptions} options
 */
export function testDriver(options) {
  const features = { ...ALL_FEATURES, ...options.features };
  refuseUnknown(options.features ?? {});
  describe(options.name ?? "driver", () => {
    const context = createContext(options.driver, features, options.base ?? "");
    for (const register of groupsFor(features)) register(context);
    options.additionalTests?.(context);
  });
}

/**
 * A driver that cannot write is asked only what a reader can be asked.
 *
 * @param {Required<import("./index.d.mts").DriverFeatures>} features
 */
function groupsFor(features) {
  if (!features.write) return [readOnlyTests];
  const sync = features.sync ? syncTests : withoutSyncTests;
  return [itemTests, keyTests, batchTests, metaTests, valueTests, rawTests, orderTests, sync];
}

/**
 * A misspelt switch would leave a test out, or in, without anyone noticing.
 *
 * @param {object} features
 */
function refuseUnknown(features) {
  const unknown = Object.keys(features).filter((name) => !(name in ALL_FEATURES));
  if (unknown.length > 0)
    throw new TypeError(`Unknown feature of testDriver: ${unknown.join(", ")}`);
}
