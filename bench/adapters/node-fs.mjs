// What many write by hand: a file of JSON per key. It checks no key and makes no promise.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import {
  access,
  mkdir,
  readdir,
  readFile,
  rename,
  stat,
  unlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";

/** @typedef {import("./store.mjs").Store} Store */

/**
 * `options.rename` publishes each file as a whole, through a temporary one.
 *
 * @param {import("./store.mjs").Place} place
 * @returns {Partial<Store>}
 */
export function open({ base, options }) {
  const publish = options && "rename" in options;
  const pathOf = (/** @type {string} */ key) => join(base, ...key.split(":"));
  const write = publish ? renamed : writeFile;
  const writeSync = publish ? renamedSync : writeFileSync;
  /** @type {(key: string) => Promise<any>} */
  const get = async (key) => {
    const text = await unlessMissing(readFile(pathOf(key), "utf8"));
    return text === undefined ? null : JSON.parse(text);
  };
  /** @type {Store["set"]} */
  const set = (key, value) => {
    const path = pathOf(key);
    const text = JSON.stringify(value);
    return inFolder(path, () => write(path, text));
  };
  return {
    set,
    setSync(key, value) {
      const path = pathOf(key);
      inFolderSync(path, () => writeSync(path, JSON.stringify(value)));
    },
    get,
    getSync: (key) => JSON.parse(readFileSync(pathOf(key), "utf8")),
    has: async (key) => (await unlessMissing(access(pathOf(key)).then(() => true))) === true,
    hasSync: (key) => existsSync(pathOf(key)),
    remove: (key) => unlink(pathOf(key)),
    getMany: (keys) => Promise.all(keys.map(get)),
    valuesOf: (values) => values,
    setMany: (items) => Promise.all(items.map(({ key, value }) => set(key, value))),
    keys: (below) => keysIn(base, below ? pathOf(below) : base),
    meta: (key) => stat(pathOf(key)),
    setRaw: (key, bytes) => inFolder(pathOf(key), () => write(pathOf(key), bytes)),
    getRaw: (key) => readFile(pathOf(key)),
    close() {},
  };
}

/**
 * @template T
 * @param {Promise<T>} answer
 * @returns {Promise<T | undefined>}
 */
const unlessMissing = (answer) => answer.catch(rethrowUnlessMissing);

/** @returns {undefined} */
function rethrowUnlessMissing(/** @type {NodeJS.ErrnoException} */ error) {
  if (error.code !== "ENOENT") throw error;
  return undefined;
}

/**
 * Makes the folder only when it is found missing.
 *
 * @param {string} path
 * @param {() => Promise<unknown>} write
 */
async function inFolder(path, write) {
  try {
    await write();
  } catch (error) {
    rethrowUnlessMissing(/** @type {NodeJS.ErrnoException} */ (error));
    await mkdir(dirname(path), { recursive: true });
    await write();
  }
}

/**
 * @param {string} path
 * @param {() => unknown} write
 */
function inFolderSync(path, write) {
  try {
    write();
  } catch (error) {
    rethrowUnlessMissing(/** @type {NodeJS.ErrnoException} */ (error));
    mkdirSync(dirname(path), { recursive: true });
    write();
  }
}

async function renamed(/** @type {string} */ path, /** @type {string | Uint8Array} */ content) {
  await writeFile(`${path}.tmp`, content);
  await rename(`${path}.tmp`, path);
}

function renamedSync(/** @type {string} */ path, /** @type {string | Uint8Array} */ content) {
  writeFileSync(`${path}.tmp`, content);
  renameSync(`${path}.tmp`, path);
}

/**
 * @param {string} base
 * @param {string} folder
 */
async function keysIn(base, folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.flatMap((entry) =>
    entry.isFile() ? [relative(base, join(entry.parentPath, entry.name)).split(sep).join(":")] : [],
  );
}
