"use strict";

const { createStorageError } = require("../errors.js");
const { keepShapeOf } = require("../kept.js");
const { writeBinary } = require("./binary.js");
const { dateText } = require("./dates.js");
const { errorMembers } = require("./error-values.js");
const { describeUnknown, kindOf } = require("./kinds.js");
const { MAX_BIGINT_DIGITS, MAX_DEPTH, MAX_HOLES, MAX_REPEATED_UNITS } = require("./limits.js");
const { addNotes, inOrder, notesText } = require("./notes.js");
const { describePath } = require("./path.js");
const { equalitiesOf, placeAt, Places, segmentsOf } = require("./places.js");
const { isPlainNumber } = require("./plain.js");
const { quote } = require("./quote.js");

/** @typedef {import("./notes.js").Notes} Notes */
/** @typedef {import("./notes.js").NotesInside} NotesInside */
/** @typedef {import("./places.js").Place} Place */

/** Bigints below this magnitude surely have few digits. */
const SMALL_BIGINT = 2n ** 64n;

/** Hexadecimal digits take linear time to write, and are at least this part of the decimal ones. */
const HEX_PER_DECIMAL = 0.83;

/** What one annotation counts: a long path, held more than once while it is put together. */
const NOTE_UNITS = 256;

/**
 * @param {Notes | undefined} notes
 * @returns {number} UTF-16 units that they take at most, more or less
 */
function unitsOf(notes) {
  if (notes === undefined) {
    return 0;
  }
  return typeof notes === "string" ? notes.length : (notes.length / 2) * NOTE_UNITS;
}

/** Writes one value. The text is built in one pass, annotations are gathered beside it. */
class Encoder {
  constructor() {
    /** The notes of what was written last; a second result of every `write…` method.
     * @type {Notes | undefined} */
    this.notes = undefined;
    this.places = new Places();
    /** @type {Map<unknown, unknown> | null} What `toJSON` gave for each object that has it. */
    this.standIns = null;
    this.repeated = false;
    this.repeatedUnits = 0;
    this.holes = 0;
  }

  /**
   * @param {unknown} value
   * @param {Place | null} parent
   * @param {string | number} key
   * @param {number} depth
   * @returns {string}
   */
  write(value, parent, key, depth) {
    this.notes = undefined;
    switch (typeof value) {
      case "string":
        return quote(value);
      case "number":
        return isPlainNumber(value) ? `${value}` : this.writeOddNumber(value, parent, key, depth);
      case "boolean":
        return value ? "true" : "false";
      case "undefined":
        this.notes = '["undefined"]';
        return "null";
      case "object":
        return value === null ? "null" : this.writeShared(value, parent, key, depth);
      case "symbol":
        throw this.refuse(describeUnknown(value), parent, key);
      default:
        return this.writeShared(value, parent, key, depth);
    }
  }

  /**
   * NaN, which superjson treats as something that can occur again, the infinities and -0.
   * @param {number} value
   * @param {Place | null} parent
   * @param {string | number} key
   * @param {number} depth
   * @returns {string}
   */
  writeOddNumber(value, parent, key, depth) {
    if (Number.isNaN(value)) {
      return this.writeShared(value, parent, key, depth);
    }
    this.notes = '["number"]';
    return value === 0 ? '"-0"' : `"${value}"`;
  }

  /**
   * Writes a value that can occur more than once. Inside itself it is written as null; elsewhere
   * its text is repeated. Annotations restore the identity in both cases.
   * @param {unknown} value
   * @param {Place | null} parent
   * @param {string | number} key
   * @param {number} depth
   * @returns {string}
   */
  writeShared(value, parent, key, depth) {
    const known = this.places.find(value);
    if (known !== undefined) {
      known.repeats ??= [];
      known.repeats.push(placeAt(parent, key));
      this.repeated = true;
      this.notes = known.notes;
      return this.repeat(known, parent, key);
    }
    if (depth > MAX_DEPTH) {
      throw this.refuse(`Nesting deeper than ${MAX_DEPTH} levels`, parent, key);
    }
    const kind = typeof value === "object" || typeof value === "function" ? kindOf(value) : "leaf";
    if (kind === "standIn") {
      return this.writeStandIn(value, parent, key, depth);
    }
    const place = placeAt(parent, key);
    this.places.add(value, place);
    place.text = this.writeKind(kind, value, place, depth);
    place.notes = this.notes;
    return place.text;
  }

  /**
   * @param {Place} known
   * @param {Place | null} parent
   * @param {string | number} key
   * @returns {string}
   */
  repeat({ text = "null", notes }, parent, key) {
    this.repeatedUnits += text.length + unitsOf(notes);
    if (this.repeatedUnits > MAX_REPEATED_UNITS) {
      throw this.refuse(
        `What occurs so often that it repeats ${MAX_REPEATED_UNITS} units of text`,
        parent,
        key,
      );
    }
    return text;
  }

  /**
   * @param {import("./kinds.js").Kind | "leaf"} kind
   * @param {any} value
   * @param {Place} place
   * @param {number} depth
   * @returns {string}
   */
  writeKind(kind, value, place, depth) {
    switch (kind) {
      case "object":
        return this.writeMembers(value, place, depth);
      case "array":
        return this.writeItems(value, place, depth);
      case "map":
        return this.typed('["map"]', this.writeRows(value, place, depth));
      case "set":
        return this.typed('["set"]', this.writeItems([...value], place, depth));
      case "error":
        return this.typed('["Error"]', this.writeMembers(errorMembers(value), place, depth));
      case "leaf":
        return typeof value === "bigint"
          ? this.typed('["bigint"]', this.bigintText(value, place))
          : this.typed('["number"]', '"NaN"');
      case "date":
        return this.typed('["Date"]', this.dateText(value, place));
      case "regexp":
        return this.typed('["regexp"]', quote(`/${value.source}/${value.flags}`));
      case "url":
        return this.typed('["URL"]', quote(value.href));
      case "binary":
        return this.writeBinary(value, place);
      default:
        throw this.refuse(describeUnknown(value), place.parent, place.key);
    }
  }

  /**
   * Marks what was just written as being of a type.
   * @param {string} type The notes of a value of the type with none inside it.
   * @param {string} text
   * @returns {string}
   */
  typed(type, text) {
    this.notes = this.notes === undefined ? type : `${type.slice(0, -1)},${notesText(this.notes)}]`;
    return text;
  }

  /**
   * @param {Record<string, unknown>} source
   * @param {Place} place
   * @param {number} depth
   * @returns {string}
   */
  writeMembers(source, place, depth) {
    /** @type {NotesInside | undefined} */
    let notes;
    let text = "";
    for (const key of Object.keys(source)) {
      const member = this.write(source[key], place, key, depth + 1);
      // What is put together of short texts first is one text, not a chain.
      const label = text === "" ? `${quote(key)}:` : `,${quote(key)}:`;
      text += label + member;
      if (this.notes !== undefined) {
        notes = addNotes(notes, key, this.notes);
      }
    }
    this.notes = inOrder(notes);
    return `{${text}}`;
  }

  /**
   * @param {readonly unknown[]} items
   * @param {Place} place
   * @param {number} depth
   * @returns {string}
   */
  writeItems(items, place, depth) {
    /** @type {NotesInside | undefined} */
    let notes;
    let text = "";
    for (let at = 0; at < items.length; at++) {
      const item = items[at];
      if (item === undefined && !(at in items) && ++this.holes > MAX_HOLES) {
        throw this.refuse(
          `A sparse array of more than ${MAX_HOLES} holes`,
          place.parent,
          place.key,
        );
      }
      const member = this.write(item, place, at, depth + 1);
      text += at === 0 ? member : `,${member}`;
      if (this.notes !== undefined) {
        notes = addNotes(notes, String(at), this.notes);
      }
    }
    this.notes = inOrder(notes);
    return `[${text}]`;
  }

  /**
   * A Map is an array of rows, each of a key and a value.
   * @param {Map<unknown, unknown>} map
   * @param {Place} place
   * @param {number} depth
   * @returns {string}
   */
  writeRows(map, place, depth) {
    /** @type {NotesInside | undefined} */
    let notes;
    let text = "";
    let at = 0;
    for (const row of map) {
      const written = this.writeItems(row, placeAt(place, at), depth);
      text += at === 0 ? written : `,${written}`;
      if (this.notes !== undefined) {
        notes = addNotes(notes, String(at), this.notes);
      }
      at++;
    }
    this.notes = inOrder(notes);
    return `[${text}]`;
  }

  /**
   * Writes what `toJSON` gives, in place of the object. Each object is asked once, so that an
   * object which occurs twice also comes back as one.
   * @param {any} value
   * @param {Place | null} parent
   * @param {string | number} key
   * @param {number} depth
   * @returns {string}
   */
  writeStandIn(value, parent, key, depth) {
    this.standIns ??= new Map();
    if (!this.standIns.has(value)) {
      this.standIns.set(value, value.toJSON(String(key)));
    }
    const standIn = this.standIns.get(value);
    if (standIn === value) {
      throw this.refuse("An object whose toJSON() returns the object itself", parent, key);
    }
    if (typeof standIn === "object" && standIn !== null) {
      return this.writeShared(standIn, parent, key, depth + 1);
    }
    const place = placeAt(parent, key);
    this.places.add(value, place);
    place.text = this.write(standIn, parent, key, depth + 1);
    place.notes = this.notes;
    return place.text;
  }

  /**
   * @param {bigint} value
   * @param {Place} place
   * @returns {string}
   */
  bigintText(value, place) {
    const small = value < SMALL_BIGINT && value > -SMALL_BIGINT;
    if (!small && value.toString(16).length > MAX_BIGINT_DIGITS * HEX_PER_DECIMAL) {
      const reason = `A bigint of more than about ${MAX_BIGINT_DIGITS} digits`;
      throw this.refuse(reason, place.parent, place.key);
    }
    return `"${value}"`;
  }

  /**
   * @param {Date} value
   * @param {Place} place
   * @returns {string}
   */
  dateText(value, place) {
    if (Number.isNaN(value.getTime())) {
      throw this.refuse("An invalid Date", place.parent, place.key);
    }
    return dateText(value);
  }

  /**
   * @param {import("./binary.js").Binary} value
   * @param {Place} place
   * @returns {string}
   */
  writeBinary(value, place) {
    const binary = writeBinary(value);
    if (binary === undefined) {
      throw this.refuse(describeUnknown(value), place.parent, place.key);
    }
    return this.typed(JSON.stringify([binary.type]), binary.text);
  }

  /**
   * The error for something that cannot be stored.
   * @param {string} what
   * @param {Place | null} parent
   * @param {string | number} key
   * @returns {Error}
   */
  refuse(what, parent, key) {
    const path = describePath(segmentsOf(placeAt(parent, key)));
    const where = path === "" ? "" : `, at "${path}"`;
    const message = `[stowage] Cannot stringify value! ${what} cannot be stored${where}`;
    return createStorageError("UNSERIALIZABLE", message);
  }
}

keepShapeOf(new Encoder());

/**
 * The text of any value that can be stored.
 * @param {unknown} value
 * @returns {string}
 * @throws {Error} `UNSERIALIZABLE`, naming the path of what cannot be stored.
 */
function encodeRich(value) {
  const encoder = new Encoder();
  const json = encoder.write(value, null, "", 0);
  const { notes, places, repeated } = encoder;
  const values = notes === undefined ? "" : `"values":${notesText(notes)},`;
  const equalities = repeated
    ? `"referentialEqualities":${JSON.stringify(equalitiesOf(places.all))},`
    : "";
  if (notes === undefined && !repeated) {
    return `{"json":${json}}`;
  }
  return `{"json":${json},"meta":{${values}${equalities}"v":1}}`;
}

module.exports = { encodeRich };
