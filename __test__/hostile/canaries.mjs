// A base with things around it that nobody may touch, and the proof that nobody did.
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { expect, onTestFinished } from "vitest";
import { makeDirectory, removeDirectory } from "../tools/temporary.mjs";

/** What stands in every canary: a value that would be noticed if a read gave it. */
export const SECRET = "a secret outside of the base";

/** How many folders there are above the base, so that a climb of a few levels meets canaries. */
const LEVELS = 4;

/**
 * @typedef {object} Yard
 * @property {string} base The folder for the driver; it exists and is empty.
 * @property {string} outside A folder beside the base.
 * @property {() => void} check Fails unless everything around the base is as it was.
 */

/**
 * A folder with a base deep inside, and canaries on every level above and beside it.
 *
 * @returns {Yard}
 */
export function makeYard() {
  const root = makeDirectory();
  onTestFinished(() => removeDirectory(root));
  let folder = root;
  for (let level = 0; level < LEVELS; level++) {
    putCanaries(folder);
    folder = join(folder, `level${level}`);
    mkdirSync(folder);
  }
  putCanaries(folder);
  const base = join(folder, "base");
  mkdirSync(base);
  const before = picture(root, base);
  return {
    base,
    outside: join(folder, "outside"),
    check() {
      expect(picture(root, base)).toEqual(before);
    },
  };
}

/** @param {string} folder */
function putCanaries(folder) {
  mkdirSync(join(folder, "outside", "empty"), { recursive: true });
  for (const path of ["canary", "base.canary", "outside/canary", "outside/k", "outside/other"]) {
    writeFileSync(join(folder, path), JSON.stringify({ json: SECRET }));
  }
}

/**
 * What is known of everything around the base, by path.
 *
 * @param {string} root
 * @param {string} base
 * @returns {Record<string, unknown>}
 */
function picture(root, base) {
  /** @type {Record<string, unknown>} */
  const seen = {};
  const pending = [root];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (path === base) continue;
    seen[relative(root, path)] = describe(path);
    if (lstatSync(path).isDirectory()) {
      for (const name of readdirSync(path)) pending.push(join(path, name));
    }
  }
  return seen;
}

/** @param {string} path */
function describe(path) {
  const { ino, mode, nlink, size, mtimeMs, ctimeMs } = lstatSync(path);
  const kind = mode & 0o170000;
  const content =
    kind === 0o100000 ? readFileSync(path, "utf8") : kind === 0o120000 ? readlinkSync(path) : "";
  return { ino, mode, nlink, size, mtimeMs, ctimeMs, content };
}
