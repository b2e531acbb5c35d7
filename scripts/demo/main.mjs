// The demo's story, step by step.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { isAbsolute, join, relative } from "node:path";
import fs from "../../drivers/fs.mjs";
import queue from "../../drivers/queue.mjs";
import sqlite from "../../drivers/sqlite.mjs";
import { createStorage, restoreSnapshot, StorageError, snapshot } from "../../index.mjs";
import { Account } from "./account.mjs";
import { readDocuments } from "./documents.mjs";
import { EventLog, editFromOutside, planEdits } from "./outside.mjs";

/** @typedef {import("./documents.mjs").Document} Document */
/**
 * @typedef {object} Stage
 * @property {any} storage
 * @property {{ files: string, queue: string, database: string }} bases
 * @property {EventLog} log
 * @property {Account} account
 * @property {Document[]} documents
 */

/** Increments that are under way together. */
const TURNS = 100;

const MOUNTS = ["files", "queue", "database"];

/** @param {string} [folder] */
export async function demo(folder) {
  const account = new Account();
  const found = await readDocuments(folder);
  leaveOutUnstorable(found);
  describe(account, found);
  const temporary = await mkdtemp(join(tmpdir(), "stowage-demo-"));
  try {
    await play(account, found.documents, temporary);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  account.finish();
}

/**
 * Some documents are beyond what docs/values.md promises, such as arrays nested a thousand levels.
 *
 * @param {import("./documents.mjs").Documents} found
 */
function leaveOutUnstorable(found) {
  const scratch = createStorage();
  found.documents = found.documents.filter(({ key, value }) => {
    try {
      scratch.setItemSync("document", /** @type {any} */ (value));
      return true;
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== "UNSERIALIZABLE") throw error;
      found.skipped.push({ path: key, reason: error.message });
      return false;
    }
  });
}

/**
 * @param {Account} account
 * @param {import("./documents.mjs").Documents} found
 */
function describe(account, { folder, documents, skipped }) {
  account.title(`${documents.length} JSON documents in ${shortPath(folder)}`);
  if (skipped.length === 0) return;
  account.line(`${skipped.length} files were left out:`);
  account.examples(skipped.map(({ path, reason }) => `${path}: ${reason}`));
}

/** Relative to where the user is, if it lies below. */
function shortPath(/** @type {string} */ folder) {
  const path = relative(process.cwd(), folder);
  return path === "" || path.startsWith("..") || isAbsolute(path) ? folder : path;
}

/**
 * @param {Account} account
 * @param {Document[]} documents
 * @param {string} temporary
 */
async function play(account, documents, temporary) {
  const bases = {
    files: join(temporary, "files"),
    queue: join(temporary, "queue"),
    database: join(temporary, "database.sqlite"),
  };
  const storage = open(bases);
  const stage = { storage, bases, log: new EventLog(), account, documents };
  try {
    await store(stage);
    await readBack(stage);
    await changeFromOutside(stage);
    await changeTogether(stage);
    await takeSnapshot(stage);
  } finally {
    await storage.dispose();
  }
  await reopen(stage);
}

/** Three mounts: files written at once, files written behind a queue, and one SQLite file. */
function open(/** @type {Stage["bases"]} */ bases) {
  const storage = createStorage();
  // The documents come from node_modules, which the fs driver leaves out of listings by default.
  storage.mount("files", fs({ base: bases.files, ignore: [] }));
  storage.mount("queue", queue({ driver: fs({ base: bases.queue, ignore: [] }) }));
  storage.mount("database", sqlite({ path: bases.database }));
  return storage;
}

/** @param {Stage} stage */
async function store({ storage, log, account, documents }) {
  account.title("Store");
  await storage.watch(log.record);
  await account.timed("setItems into files", documents.length, () =>
    storage.setItems(below("files", documents)),
  );
  await account.timed("setItem into the queue, awaited one by one", documents.length, async () => {
    for (const { key, value } of below("queue", documents)) await storage.setItem(key, value);
  });
  await account.timed("setItems into the database", documents.length, () =>
    storage.setItems(below("database", documents)),
  );
  await account.timed("flush", documents.length, () => storage.flush());
  checkEvents(log, account, documents);
}

/** Every change made through the storage is reported, and only once. */
function checkEvents(
  /** @type {EventLog} */ log,
  /** @type {Account} */ account,
  /** @type {Document[]} */ documents,
) {
  const expected = MOUNTS.flatMap((mount) => below(mount, documents));
  const wrong = expected.filter(({ key }) => log.times(key) !== 1);
  account.line(`${log.events.length} changes were reported to the watcher.`);
  for (const { key } of wrong.slice(0, 1))
    account.problem(`${wrong.length} keys were not reported once, such as ${key}.`);
}

/** @param {Stage} stage */
async function readBack({ storage, account, documents }) {
  account.title("Read back");
  for (const mount of MOUNTS) {
    const expected = below(mount, documents);
    const keys = await account.timed(`getKeys of ${mount}`, expected.length, () =>
      storage.getKeys(mount),
    );
    const items = await account.timed(`getItems of ${mount}`, keys.length, () =>
      storage.getItems(keys),
    );
    account.compare(mount, items, expected);
  }
}

/** @param {Stage} stage */
async function changeFromOutside({ storage, bases, log, account, documents }) {
  account.title("Another process changes files");
  const edits = planEdits(documents, bases.files);
  const keys = edits.map(({ key }) => `files:${key}`);
  log.reset();
  await account.timed(`starting it, ${edits.length} files changed`, edits.length, () =>
    editFromOutside(edits),
  );
  const missing = await account.timed("and until each was reported", edits.length, () =>
    log.missing(keys),
  );
  account.examples(log.events.map(({ event, key }) => `${event} ${key}`));
  for (const key of missing) account.problem(`No event for ${key}.`);
  for (const { key, value } of edits) replace(documents, key, value);
  account.compare("the changed values", await storage.getItems(keys), below("files", edits));
  // The same change through the storage, so that all mounts hold the same again.
  await storage.setItems(below("queue", edits));
  await storage.setItems(below("database", edits));
  await storage.unwatch();
}

/** Notes that a document has another value now. */
function replace(
  /** @type {Document[]} */ documents,
  /** @type {string} */ key,
  /** @type {unknown} */ value,
) {
  const document = documents.find((candidate) => candidate.key === key);
  if (document) document.value = value;
}

/** Many keys change together, or none does. @param {Stage} stage */
async function changeTogether({ storage, account, documents }) {
  account.title("Transactions");
  const items = below("database", documents);
  const failure = new Error("the last step failed");
  const undone = storage.transaction(async (/** @type {any} */ tx) => {
    for (const { key } of items) await tx.removeItem(key);
    throw failure;
  });
  const error = await undone.catch((/** @type {unknown} */ reason) => reason);
  if (error !== failure) account.problem(`The transaction ended with ${error}.`);
  account.compare("undone", await storage.getItems(items.map(({ key }) => key)), items);
  const turns = Array.from({ length: TURNS }, () => storage.increment("database:visits"));
  await account.timed(`${TURNS} increments at once`, TURNS, () => Promise.all(turns));
  const visits = await storage.getItem("database:visits");
  if (visits !== TURNS) account.problem(`${visits} visits were counted, not ${TURNS}.`);
  await storage.removeItem("database:visits");
}

/** @param {Stage} stage */
async function takeSnapshot({ storage, account, documents }) {
  account.title("Snapshot");
  const taken = await account.timed("snapshot of files", documents.length, () =>
    snapshot(storage, "files"),
  );
  const fresh = createStorage();
  await account.timed("restoreSnapshot into a fresh storage", documents.length, () =>
    restoreSnapshot(fresh, taken),
  );
  account.compare("the restored storage", await fresh.getItems(await fresh.getKeys()), documents);
  await fresh.dispose();
}

/** What the first storage left on disk is whole: a second one reads it. */
async function reopen(/** @type {Stage} */ { bases, account, documents }) {
  account.title("Open the files again");
  for (const mount of MOUNTS) {
    const path = bases[/** @type {"files"} */ (mount)];
    const driver = mount === "database" ? sqlite({ path }) : fs({ base: path, ignore: [] });
    const storage = createStorage({ driver });
    account.compare(mount, await storage.getItems(await storage.getKeys()), documents);
    await storage.dispose();
  }
}

/**
 * The documents under the keys that they have in a mount.
 *
 * @param {string} mount
 * @param {Document[]} documents
 */
function below(mount, documents) {
  return documents.map(({ key, value }) => ({ key: `${mount}:${key}`, value }));
}
