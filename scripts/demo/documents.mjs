// Finds the JSON documents that the demo works on.
import { opendir, readFile, stat } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { PlainError, ROOT } from "../process.mjs";

/** The largest document that is taken, in bytes: the demo keeps all of them in memory to compare. */
const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

/**
 * @typedef {object} Document
 * @property {string} key
 * @property {unknown} value
 *
 * @typedef {object} Skipped
 * @property {string} path Relative to the folder.
 * @property {string} reason
 *
 * @typedef {object} Documents
 * @property {string} folder
 * @property {Document[]} documents
 * @property {Skipped[]} skipped
 */

/**
 * Reads every `*.json` below `folder`; without one, every package.json under node_modules.
 *
 * @param {string} [folder]
 * @returns {Promise<Documents>}
 */
export async function readDocuments(folder) {
  const root = folder ? resolve(folder) : join(ROOT, "node_modules");
  await checkFolder(root);
  const wanted = folder ? isJson : isManifest;
  /** @type {Documents} */
  const found = { folder: root, documents: [], skipped: [] };
  for await (const path of walk(root)) {
    if (wanted(path)) await take(found, path);
  }
  if (found.documents.length === 0)
    throw new PlainError(`There is no readable JSON document in ${root}.`);
  return found;
}

const isJson = (/** @type {string} */ path) => path.toLowerCase().endsWith(".json");
const isManifest = (/** @type {string} */ path) => path.endsWith(`${sep}package.json`);

/** @param {string} folder */
async function checkFolder(folder) {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) throw new PlainError(`${folder} is not a folder.`);
}

/**
 * Every regular file below `folder`, in a stable order. Links are not followed: they may lead in
 * circles.
 *
 * @param {string} folder
 * @returns {AsyncGenerator<string>}
 */
async function* walk(folder) {
  const entries = [];
  for await (const entry of await opendir(folder)) entries.push(entry);
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (entry.isFile()) yield path;
  }
}

/**
 * Adds the document at `path`, or says why not: real folders hold files that only look like JSON.
 *
 * @param {Documents} found
 * @param {string} path
 */
async function take(found, path) {
  const name = relative(found.folder, path);
  try {
    found.documents.push({ key: keyOf(name), value: await readDocument(path) });
  } catch (error) {
    found.skipped.push({
      path: name,
      reason: error instanceof Error ? error.message : String(error),
    });
  }
}

/** @param {string} path */
async function readDocument(path) {
  const { size } = await stat(path);
  if (size > MAX_DOCUMENT_BYTES) throw new Error(`larger than ${MAX_DOCUMENT_BYTES} bytes`);
  return JSON.parse(await readFile(path, "utf8"));
}

/**
 * The key for a relative path. Characters that have a meaning in keys are written as `%XX`, so
 * that two files never share a key.
 *
 * @param {string} path
 */
export function keyOf(path) {
  return path.split(sep).map(escapeSegment).join(":");
}

const escapeSegment = (/** @type {string} */ segment) =>
  segment.replace(/[%?:\\]|\$$/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
