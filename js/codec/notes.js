"use strict";

const { MAX_META_UNITS } = require("./limits.js");
const { escapeSegment } = require("./path.js");
const { quote } = require("./quote.js");

/**
 * The annotations of a value: JSON for a value of a type (a list of the type, then the annotations
 * inside it), paths and such JSON for a plain container.
 * @typedef {string | NotesInside} Notes
 */

/**
 * A path, its JSON, the next path and so on, each path once.
 * @typedef {string[]} NotesInside
 */

/** Integers from here on are not indexes, and have no place of their own in the order of keys. */
const END_OF_INDEXES = 2 ** 32 - 1;

/**
 * The notes written last. Values that are stored one after the other mostly have the same.
 * @type {{ notes: NotesInside, text: string }}
 */
let recent = { notes: [], text: "{}" };

/**
 * Adds the notes of one member to those of its container.
 * @param {NotesInside | undefined} into
 * @param {string} key
 * @param {Notes} notes
 * @returns {NotesInside}
 */
function addNotes(into, key, notes) {
  const all = into ?? [];
  const segment = escapeSegment(key);
  if (typeof notes === "string") {
    all.push(segment, notes);
  } else {
    for (let at = 0; at < notes.length; at += 2) {
      all.push(`${segment}.${notes[at]}`, notes[at + 1]);
    }
  }
  return all;
}

/**
 * The notes of a container when it has no more members. Superjson gathers them in an object, where
 * indexes come before other keys. Members come in the order of their keys, so that the indexes among
 * the paths are in order already, but may follow paths that lead further.
 * @param {NotesInside | undefined} notes
 * @returns {NotesInside | undefined}
 */
function inOrder(notes) {
  if (notes === undefined || !hasLateIndex(notes)) {
    return notes;
  }
  /** @type {NotesInside} */
  const indexes = [];
  /** @type {NotesInside} */
  const others = [];
  for (let at = 0; at < notes.length; at += 2) {
    (isIndex(notes[at]) ? indexes : others).push(notes[at], notes[at + 1]);
  }
  return indexes.concat(others);
}

/**
 * @param {NotesInside} notes
 * @returns {boolean}
 */
function hasLateIndex(notes) {
  for (let at = 2; at < notes.length; at += 2) {
    if (isIndex(notes[at]) && !isIndex(notes[at - 2])) {
      return true;
    }
  }
  return false;
}

/**
 * @param {string} path
 * @returns {boolean}
 */
function isIndex(path) {
  const first = path.charCodeAt(0);
  if (!(first >= 0x30 && first <= 0x39)) {
    return false;
  }
  const number = Number(path);
  return number < END_OF_INDEXES && String(number >>> 0) === path;
}

/**
 * @param {Notes} notes
 * @returns {string} JSON
 */
function notesText(notes) {
  if (typeof notes === "string") {
    return notes;
  }
  if (!isSame(notes, recent.notes)) {
    const text = membersText(notes);
    if (text.length > MAX_META_UNITS) {
      return text;
    }
    recent = { notes, text };
  }
  return recent.text;
}

/**
 * @param {NotesInside} notes
 * @param {NotesInside} others
 * @returns {boolean}
 */
function isSame(notes, others) {
  if (notes.length !== others.length) {
    return false;
  }
  for (let at = 0; at < notes.length; at++) {
    if (notes[at] !== others[at]) {
      return false;
    }
  }
  return true;
}

/**
 * @param {NotesInside} notes
 * @returns {string}
 */
function membersText(notes) {
  let text = "";
  for (let at = 0; at < notes.length; at += 2) {
    text += `${at === 0 ? "" : ","}${quote(notes[at])}:${notes[at + 1]}`;
  }
  return `{${text}}`;
}

module.exports = { addNotes, inOrder, notesText };
