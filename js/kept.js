"use strict";

/** @type {object[]} */
const kept = [];

/**
 * Keeps an object for ever, for the sake of its shape.
 *
 * V8 forgets the shape of objects while none with it is alive, and with it, at each collection of garbage, all
 * code that was compiled for them; to compile that anew takes tens of milliseconds. So each class whose
 * objects live for one call only, in code that has to be fast, keeps one.
 *
 * @param {object} object made as all others are
 */
function keepShapeOf(object) {
  kept.push(object);
}

module.exports = { keepShapeOf };
