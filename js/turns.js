"use strict";

// Taken before anybody can replace it: this timer is nothing that an application should see, and
// tests that stop the clock must not stop a read.
const { setImmediate } = require("node:timers");

/**
 * Does work piece by piece, so that what waits in the event loop gets its turn in between.
 *
 * @template T
 * @param {T[]} pieces
 * @param {number} atOnce pieces of one turn
 * @param {(piece: T) => boolean} work false ends it
 * @returns {Promise<boolean>} whether everything was done
 */
async function inTurns(pieces, atOnce, work) {
  for (let start = 0; start < pieces.length; start += atOnce) {
    if (start > 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (!pieces.slice(start, start + atOnce).every(work)) {
      return false;
    }
  }
  return true;
}

module.exports = { inTurns };
