"use strict";

/**
 * @param {any} raw a native endpoint
 * @returns {any} the synchronous calls under the names of the asynchronous ones
 */
function syncCalls(raw) {
  const names = Object.keys(raw).filter((name) => name.endsWith("Sync"));
  return Object.fromEntries(names.map((name) => [name.slice(0, -"Sync".length), raw[name]]));
}

module.exports = { syncCalls };
