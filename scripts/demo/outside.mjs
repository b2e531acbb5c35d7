// Changes made by another process: which files, what is written, and waiting for the events.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const EDITOR = fileURLToPath(new URL("edit.mjs", import.meta.url));

/** How many files the other process changes. */
const EDITS = 10;

/** How long the events of those changes may take, in milliseconds, before the demo gives up. */
const EVENT_DEADLINE = 10_000;

/**
 * @typedef {object} Edit
 * @property {string} key Relative to the mount.
 * @property {string} path
 * @property {unknown} value
 * @property {string} text What is written: as another program would write it.
 * @property {boolean} atomic By a second file that is moved over the first, or in place.
 */

/**
 * Plans edits of documents that lie under their own name in `base` (names that a file system
 * cannot hold are escaped, and the other process knows nothing of that).
 *
 * @param {import("./documents.mjs").Document[]} documents
 * @param {string} base
 * @returns {Edit[]}
 */
export function planEdits(documents, base) {
  const plain = documents.filter(({ key }) => existsSync(fileOf(base, key)));
  const step = Math.max(1, Math.floor(plain.length / EDITS));
  const chosen = plain.filter((_, index) => index % step === 0).slice(0, EDITS);
  return chosen.map(({ key }, index) => editOf(base, key, index));
}

const fileOf = (/** @type {string} */ base, /** @type {string} */ key) =>
  join(base, ...key.split(":"));

/**
 * @param {string} base
 * @param {string} key
 * @param {number} index
 * @returns {Edit}
 */
function editOf(base, key, index) {
  const atomic = index % 2 === 0;
  const value = {
    key,
    changed: true,
    how: atomic ? "written beside it and moved over it" : "written in place",
  };
  return { key, path: fileOf(base, key), value, text: JSON.stringify(value, null, 2), atomic };
}

/**
 * Lets a child process make the edits.
 *
 * @param {Edit[]} edits
 * @returns {Promise<void>}
 */
export function editFromOutside(edits) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [EDITOR], { stdio: ["pipe", "inherit", "inherit"] });
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`The editing process ended with code ${code}.`)),
    );
    child.stdin.end(JSON.stringify(edits));
  });
}

/**
 * Remembers events, and lets the demo wait for those that it expects.
 */
export class EventLog {
  /** @type {Array<{ event: string, key: string, at: number }>} */
  events = [];
  /** @type {Array<() => void>} */
  #waiting = [];

  /** @type {(event: string, key: string) => void} */
  record = (event, key) => {
    this.events.push({ event, key, at: performance.now() });
    for (const check of this.#waiting) check();
  };

  /** Forgets what has been seen. */
  reset() {
    this.events = [];
  }

  /** @param {string} key */
  times(key) {
    return this.events.filter((seen) => seen.key === key).length;
  }

  /**
   * Resolves with the keys that were not reported in time: none, if all went well.
   *
   * @param {string[]} keys
   * @returns {Promise<string[]>}
   */
  async missing(keys) {
    const open = () => keys.filter((key) => this.times(key) === 0);
    if (open().length === 0) return [];
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, EVENT_DEADLINE);
      this.#waiting.push(() => {
        if (open().length > 0) return;
        clearTimeout(timer);
        resolve(undefined);
      });
    });
    this.#waiting = [];
    return open();
  }
}
