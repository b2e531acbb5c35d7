"use strict";

const { normalizeKey } = require("./keys.js");

/** Values of one generation; there are two. */
const MAX_GENERATION_VALUES = 2048;

/** UTF-16 units of the keys and texts of one generation, which bounds what it takes on the heap. */
const MAX_GENERATION_UNITS = 512 * 1024;

/** UTF-16 units of one text. */
const MAX_TEXT_UNITS = 4096;

/** UTF-16 units of one key. */
const MAX_KEY_UNITS = 1024;

/** Members of one object: with more, copying it is no faster than parsing it. */
const MAX_MEMBERS = 16;

/** Levels of objects and arrays in one value. */
const MAX_LEVELS = 4;

/** A key met again earns one, a new one costs one, up to this many: so long reads are tried. */
const MAX_CREDIT = 1024;

/** Without credit, one of this many reads is tried, so that a scan of many keys costs next to nothing. */
const SAMPLE = 64;

/**
 * A value to copy. A copy of an object shares its members, so those that are objects themselves are
 * listed, to be copied each.
 *
 * @typedef {object} Snapshot
 * @property {any} value
 * @property {(string | number)[]} names of the members that are objects
 * @property {Snapshot[]} members these
 * @property {number} units UTF-16 units of the text; a member has none of its own
 */

/** @type {never[]} */
const NONE = [];

/**
 * Stands for a key that was read once. Its value is kept at the second read, so that values that are
 * read only once cost no copy and no memory.
 *
 * @type {Snapshot}
 */
const SEEN = { value: undefined, names: NONE, members: NONE, units: 0 };

/**
 * Stands for a key whose value cannot be kept, so that this is found out once.
 *
 * @type {Snapshot}
 */
const UNFIT = { ...SEEN };

/**
 * Decoded values in front of a native memory driver: reading the same keys again and again costs a
 * copy instead of a call and a parse. Callers get copies, so nobody shares state.
 *
 * It is never stale. Native code counts every change of the driver, whoever makes it and by whatever
 * way, in a number that is read here without a call. Everything kept is of the state after `#count`
 * changes, and is dropped when the numbers differ. While the driver holds items that end by themselves
 * the number is NaN, which differs from every other: nothing that is kept is ever given then.
 *
 * Values leave by generation: what was not read while a whole new one arose is gone.
 */
class Snapshots {
  /** @type {Float64Array} */
  #changes;
  #count = 0;
  /** @type {Map<string, Snapshot>} */
  #young = new Map();
  /** @type {Map<string, Snapshot>} */
  #old = new Map();
  /** UTF-16 units that the young generation took in, also of what was dropped since. */
  #units = 0;
  #credit = MAX_CREDIT;
  /** Reads that are not tried, from now on. */
  #skips = 0;
  /**
   * The key that was tried last and whose value is wanted.
   * @type {string | undefined}
   */
  #missing;
  /** Whether it was met before. */
  #isSeen = false;
  #isStopped = false;

  /** @param {Float64Array} changes the number of changes of the driver */
  constructor(changes) {
    this.#changes = changes;
  }

  /** Whether the next read is to be tried here. */
  isDue() {
    if (this.#skips > 0) {
      this.#skips -= 1;
      return false;
    }
    return !this.#isStopped;
  }

  /**
   * @param {string} key as the caller gave it
   * @returns {any} a copy of its value; undefined if the driver must be asked
   */
  read(key) {
    this.#catchUp();
    const snapshot = this.#young.get(key) ?? this.#fromOld(key);
    if (snapshot === undefined || snapshot === UNFIT) {
      return this.#miss(key, snapshot);
    }
    if (this.#credit < MAX_CREDIT) {
      this.#credit += 1;
    }
    return snapshot === SEEN ? this.#meetAgain(key) : copy(snapshot);
  }

  /**
   * Takes what the driver answered at once, before anything else was read, when `read` did not know.
   * If the driver changed meanwhile, the next `read` drops it.
   *
   * @param {string} key
   * @param {unknown} stored
   * @param {any} value what `stored` was decoded to; nobody else may have it
   * @returns {any} the value for the caller
   */
  keep(key, stored, value) {
    if (key !== this.#missing) {
      return value;
    }
    this.#missing = undefined;
    if (typeof stored !== "string" || key.length > MAX_KEY_UNITS || key !== normalizeKey(key)) {
      return value;
    }
    if (!this.#isSeen) {
      this.#add(key, SEEN);
      return value;
    }
    const snapshot = snapshotOf(stored, value);
    this.#add(key, snapshot ?? UNFIT);
    return snapshot === undefined ? value : copy(snapshot);
  }

  /**
   * The same calls, of which those that change one key drop only that key.
   *
   * @template {Record<string, (...args: any[]) => any>} Calls
   * @param {Calls} calls
   * @returns {Calls}
   */
  around(calls) {
    const { set, setPlain, setRaw, remove } = /** @type {any} */ (calls);
    return {
      ...calls,
      set: this.#writing(set),
      setPlain: this.#writing(setPlain),
      setRaw: this.#writing(setRaw),
      remove: this.#writing(remove),
    };
  }

  /** Ends it for good, when other drivers answer for some keys or the storage is gone. */
  stop() {
    this.#isStopped = true;
    this.#clear();
  }

  /**
   * A call that changes one key. Options with getters, and listeners, may run anything inside of it.
   * But a call that succeeds has counted one change at least: if there was no other since `#count`,
   * that one was its own, and all that is kept is right but for its key.
   *
   * @param {(...args: any[]) => any} call
   */
  #writing(call) {
    return (/** @type {any} */ key, /** @type {any} */ second, /** @type {any} */ third) => {
      const before = this.#count;
      // An argument that is not passed costs nothing at the border.
      const answer = third === undefined ? call(key, second) : call(key, second, third);
      if (this.#changes[0] === before + 1 && answer === undefined) {
        this.#drop(key);
        this.#count = before + 1;
      }
      return answer;
    };
  }

  #catchUp() {
    const now = /** @type {number} */ (this.#changes[0]);
    if (now !== this.#count) {
      this.#clear();
      this.#count = now;
    }
  }

  /**
   * @param {string} key
   * @param {Snapshot | undefined} unfit
   * @returns {undefined}
   */
  #miss(key, unfit) {
    this.#missing = unfit === undefined ? key : undefined;
    this.#isSeen = false;
    if (this.#credit > 0) {
      this.#credit -= 1;
    } else {
      this.#skips = SAMPLE - 1;
    }
  }

  /**
   * @param {string} key
   * @returns {undefined}
   */
  #meetAgain(key) {
    this.#missing = key;
    this.#isSeen = true;
  }

  /**
   * @param {string} key
   * @returns {Snapshot | undefined}
   */
  #fromOld(key) {
    const snapshot = this.#old.size === 0 ? undefined : this.#old.get(key);
    if (snapshot !== undefined) {
      this.#add(key, snapshot);
    }
    return snapshot;
  }

  /**
   * @param {string} key
   * @param {Snapshot} snapshot
   */
  #add(key, snapshot) {
    const units = key.length + snapshot.units;
    const isFull =
      this.#young.size === MAX_GENERATION_VALUES || this.#units + units > MAX_GENERATION_UNITS;
    if (isFull) {
      this.#old = this.#young;
      this.#startGeneration();
    }
    this.#units += units;
    this.#young.set(key, snapshot);
  }

  #startGeneration() {
    this.#young = new Map();
    this.#units = 0;
  }

  /** @param {string} key as the caller gave it */
  #drop(key) {
    if (this.#young.size === 0 && this.#old.size === 0) {
      return;
    }
    const canonical = normalizeKey(key);
    this.#young.delete(canonical);
    this.#old.delete(canonical);
  }

  #clear() {
    if (this.#young.size > 0) {
      this.#startGeneration();
    }
    if (this.#old.size > 0) {
      this.#old = new Map();
    }
  }
}

/**
 * @param {string} text
 * @param {unknown} value what it was decoded to
 * @returns {Snapshot | undefined} undefined if it is not plain, or a copy would cost too much
 */
function snapshotOf(text, value) {
  return text.length <= MAX_TEXT_UNITS && isPlain(text)
    ? capture(value, MAX_LEVELS, text.length)
    : undefined;
}

/**
 * Text without annotations holds a tree of JSON: no object is in it twice. It has none for sure if
 * it does not name them, nor has an escape that could spell their name.
 *
 * @param {string} text
 */
function isPlain(text) {
  return !text.includes('"meta"') && !text.includes("\\u");
}

/**
 * Keeps the parsed value itself, not a copy: V8 copies what its parser made three times faster.
 *
 * @param {any} value parsed JSON
 * @param {number} levels of nesting that are left
 * @param {number} units see `Snapshot`
 * @returns {Snapshot | undefined} undefined if a copy would cost too much
 */
function capture(value, levels, units) {
  if (!isObject(value)) {
    return { value, names: NONE, members: NONE, units };
  }
  /** @type {any[]} */
  const names = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  if (levels === 0 || !isCopyable(value, names)) {
    return undefined;
  }
  const objects = names.filter((name) => isObject(value[name]));
  const members = objects.map((name) => capture(value[name], levels - 1, 0));
  return isComplete(members) ? { value, names: objects, members, units } : undefined;
}

/**
 * @param {(Snapshot | undefined)[]} members
 * @returns {members is Snapshot[]}
 */
function isComplete(members) {
  return !members.includes(undefined);
}

/**
 * @param {object} value
 * @param {(string | number)[]} names its members
 */
function isCopyable(value, names) {
  // Assigned to a copy, a member with the name `__proto__` would be the prototype.
  return Array.isArray(value) || (names.length <= MAX_MEMBERS && !names.includes("__proto__"));
}

/**
 * @param {Snapshot} snapshot
 * @returns {any}
 */
function copy({ value, names, members }) {
  if (!isObject(value)) {
    return value;
  }
  const own = shallow(value);
  for (let place = 0; place < members.length; place++) {
    own[/** @type {string} */ (names[place])] = copy(/** @type {Snapshot} */ (members[place]));
  }
  return own;
}

/** @param {any} value */
function shallow(value) {
  return Array.isArray(value) ? value.slice() : { ...value };
}

/**
 * @param {unknown} value
 * @returns {boolean}
 */
function isObject(value) {
  return typeof value === "object" && value !== null;
}

/**
 * @param {Float64Array | undefined} changes the count of changes of the only driver of a storage, if
 *   it keeps one
 */
function createSnapshots(changes) {
  return changes && new Snapshots(changes);
}

module.exports = { createSnapshots, Snapshots };
