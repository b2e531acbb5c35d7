"use strict";

const { escapeSegment } = require("./path.js");

/**
 * The annotations of a value: a list for a value of a type (the type, then the annotations inside
 * it), an object from path to list for a plain container.
 * @typedef {unknown[] | NotesInside} Notes
 */

/** @typedef {{ [path: string]: unknown[] }} NotesInside */

/**
 * Adds the notes of one member to those of its container.
 * @param {NotesInside | undefined} into
 * @param {string} key
 * @param {Notes} notes
 * @returns {NotesInside}
 */
function addNotes(into, key, notes) {
  // Without a prototype every key is just a key, `__proto__` too. An object and not a Map, since
  // its order of keys (integers first) is the one that superjson writes.
  const all = into ?? Object.create(null);
  const segment = escapeSegment(key);
  if (Array.isArray(notes)) {
    all[segment] = notes;
  } else {
    for (const path of Object.keys(notes)) {
      all[`${segment}.${path}`] = notes[path];
    }
  }
  return all;
}

module.exports = { addNotes };
