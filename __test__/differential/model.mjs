// What a storage must do, in the fewest words: one ordered map per mount.
import superjson from "superjson";
import { canonical } from "./keys.mjs";
import { print } from "./print.mjs";

/** Stands for an answer that the model cannot foretell. */
export const ANYTHING = Symbol("anything");

/** The canonical form of a base: empty, or a key and a separator. */
function canonicalBase(base) {
  const key = canonical(base ?? "");
  return key && `${key}:`;
}

const isMeta = (key) => key.endsWith("$");
const depth = (key) => key.split(":").length - 1;

/** A failure with the code that the storage must report. */
class ModelError extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** The model of one storage. It has the methods of the promise API, but answers at once. */
export class Model {
  /**
   * What the last operation must have reported to watchers.
   * @type {{ event: string, key: string, required: boolean }[]}
   */
  events = [];

  /**
   * @param {{ mounts: string[], native: boolean }} stack `mounts` are canonical bases without
   *   the root; `native` adds file metadata.
   */
  constructor({ mounts, native }) {
    this.native = native;
    const bases = [...mounts, ""].sort((a, b) => b.length - a.length);
    this.mounts = bases.map((base) => ({ base, entries: new Map() }));
  }

  #entries(key) {
    return this.mounts.find(({ base }) => key.startsWith(base)).entries;
  }

  #put(spelling, entry) {
    const key = canonical(spelling);
    this.#entries(key).set(key, entry);
    this.events.push({ event: "update", key, required: true });
  }

  #drop(key, { silent = false, missing = false } = {}) {
    const held = this.#entries(key).delete(key);
    // Whether removing what is not there is reported is left open.
    if (!silent && (held || missing)) this.events.push({ event: "remove", key, required: held });
  }

  #find(spelling) {
    const key = canonical(spelling);
    return this.#entries(key).get(key);
  }

  /** Every stored key in listing order, meta keys among them. */
  all() {
    return this.mounts.flatMap(({ entries }) => [...entries.keys()]);
  }

  /** Whether a key was written raw. */
  holdsRaw(key) {
    return "raw" in (this.#find(key) ?? {});
  }

  hasItem(key) {
    return this.#find(key) !== undefined;
  }

  getItem(key) {
    const entry = this.#find(key);
    if (!entry) return null;
    return "raw" in entry ? decodeRaw(entry.raw) : entry.value;
  }

  getItems(items) {
    return items.map((item) => {
      const key = canonical(typeof item === "string" ? item : item.key);
      return { key, value: this.getItem(key) };
    });
  }

  getItemRaw(key) {
    const entry = this.#find(key);
    if (!entry) return null;
    return "raw" in entry ? entry.raw : encoded(entry.value);
  }

  setItem(key, value) {
    if (value === undefined) this.removeItem(key);
    else this.#put(key, { value });
  }

  setItems(items) {
    const seen = new Map();
    for (const { key, value } of items) {
      this.setItem(key, value);
      // Of several changes to one key in one batch only the last must be reported.
      const event = this.events.at(-1);
      const earlier = seen.get(event.key);
      if (earlier) earlier.required = false;
      seen.set(event.key, event);
    }
  }

  setItemRaw(key, value) {
    const raw = typeof value === "string" ? value : value.slice();
    this.#put(key, { raw: Buffer.isBuffer(value) ? Buffer.from(value) : raw });
  }

  removeItem(spelling, options) {
    const key = canonical(spelling);
    this.#drop(key, { missing: true });
    if (options === true || options?.removeMeta) this.#drop(`${key}$`, { silent: true });
  }

  setMeta(key, value) {
    this.setItem(`${canonical(key)}$`, value);
  }

  removeMeta(key) {
    this.removeItem(`${canonical(key)}$`);
  }

  getMeta(spelling, options) {
    const key = canonical(spelling);
    const meta = this.native && this.hasItem(key) ? { ...NATIVE } : {};
    const own = options === true || options?.nativeOnly ? null : this.getItem(`${key}$`);
    if (own === null || typeof own !== "object") return meta;
    const dates = {};
    for (const name of ["atime", "mtime"]) {
      if (typeof own[name] === "string") dates[name] = new Date(own[name]);
    }
    return Object.assign(meta, own, dates);
  }

  getKeys(base, { maxDepth = Number.POSITIVE_INFINITY, meta = false } = {}) {
    const start = canonicalBase(base);
    return this.all().filter(
      (key) => key.startsWith(start) && depth(key) <= maxDepth && (meta || !isMeta(key)),
    );
  }

  clear(base) {
    const start = canonicalBase(base);
    for (const key of this.all()) {
      if (key.startsWith(start)) this.#drop(key, { silent: isMeta(key) });
    }
  }

  flush() {}
}

/** Where file metadata is expected; the values differ from store to store. */
export const NATIVE = {
  atime: ANYTHING,
  mtime: ANYTHING,
  ctime: ANYTHING,
  birthtime: ANYTHING,
  size: ANYTHING,
};

function decodeRaw(raw) {
  const text = typeof raw === "string" ? raw : Buffer.from(raw).toString("utf8");
  let parsed;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new ModelError("CORRUPT");
  }
  const wrapped = parsed !== null && typeof parsed === "object" && "json" in parsed;
  return wrapped ? superjson.parse(text) : parsed;
}

/** The stored text, where `superjson` itself can express the value. */
function encoded(value) {
  try {
    const text = superjson.stringify(value);
    return print(superjson.parse(text)) === print(value) ? text : ANYTHING;
  } catch {
    return ANYTHING;
  }
}
