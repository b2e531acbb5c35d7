"use strict";

const { createStorageError } = require("../errors.js");
const { joinKeys, normalizeBaseKey } = require("../keys.js");
const { checkOptions } = require("../options.js");
const { readConf } = require("./conf.js");
const { detect } = require("./detect.js");
const { readFolder } = require("./fs.js");
const { readNodePersist } = require("./node-persist.js");
const { createReport } = require("./report.js");

/** @typedef {import("./report.js").Report} Report */

/**
 * What one place of a source holds: a value under a key, or why there is none.
 *
 * @typedef {object} Found
 * @property {string} [key] as the source has it
 * @property {string} [file] for what has no key
 * @property {string} [text] encoded, as drivers store it
 * @property {Buffer} [raw] bytes, for what is no text
 * @property {number} [expires] milliseconds since the Unix epoch
 * @property {string} [reason] why it cannot be imported
 */

/** The items that are looked up and written together, and the bytes after which no more are added. */
const BATCH_ITEMS = 256;
const BATCH_BYTES = 4 * 1024 * 1024;

/** @type {Record<string, (path: string) => AsyncIterable<Found>>} */
const READERS = { fs: readFolder, conf: readConf, "node-persist": readNodePersist };

const SOURCE = Object.freeze({ type: Object.keys(READERS), path: ["string"] });

const OPTIONS = Object.freeze({ base: ["string"], overwrite: ["boolean"] });

/**
 * Copies what another library has stored into a driver. Nothing of the source is changed.
 *
 * @param {any} driver an object with the methods of a driver
 * @param {any} source `{ type, path }`, or a path whose kind is found out
 * @param {any} [options]
 * @returns {Promise<Report>}
 */
async function importFrom(driver, source, options = {}) {
  const { base, overwrite = false } = checkOptions(driver.name, options, OPTIONS);
  const { type, path } = await resolveSource(driver.name, source);
  const report = createReport(type);
  const target = { driver, report, overwrite, prefix: normalizeBaseKey(base), seen: new Set() };
  /** @type {Found[]} */
  let batch = [];
  let bytes = 0;
  for await (const found of READERS[type](path)) {
    if (found.reason !== undefined) {
      report.skip(found, found.reason);
      continue;
    }
    batch.push(found);
    bytes += (found.text ?? found.raw ?? "").length;
    if (batch.length >= BATCH_ITEMS || bytes >= BATCH_BYTES) {
      await writeBatch(target, batch);
      batch = [];
      bytes = 0;
    }
  }
  await writeBatch(target, batch);
  return report.result;
}

/**
 * @param {string} driver
 * @param {any} source
 * @returns {Promise<{ type: string, path: string }>}
 */
async function resolveSource(driver, source) {
  const given = typeof source === "string" ? { path: source } : source;
  const { type, path } = checkOptions(driver, given, SOURCE);
  if (!path) {
    throw createStorageError("MISSING_OPTION", "Missing required option `path`", { driver });
  }
  return { type: type ?? (await detect(path)), path };
}

/**
 * @typedef {object} Target
 * @property {any} driver
 * @property {ReturnType<typeof createReport>} report
 * @property {boolean} overwrite
 * @property {string} prefix
 * @property {Set<string>} seen keys that came before
 */

/**
 * @param {Target} target
 * @param {Found[]} batch
 */
async function writeBatch(target, batch) {
  const { driver, report } = target;
  const wanted = await chooseItems(target, batch);
  const now = Date.now();
  const texts = wanted.flatMap(({ key, found }) => {
    if (found.text === undefined) {
      return [];
    }
    const options = found.expires === undefined ? undefined : { ttl: found.expires - now };
    return [{ key, value: found.text, options }];
  });
  await writeTexts(driver, report, texts);
  for (const { key, found } of wanted) {
    if (found.raw !== undefined) {
      await attempt(report, key, () => driver.setItemRaw(key, found.raw));
    }
  }
}

/**
 * What of a batch is to be written, under which key.
 *
 * @param {Target} target
 * @param {Found[]} batch
 */
async function chooseItems({ driver, report, overwrite, prefix, seen }, batch) {
  const now = Date.now();
  const wanted = [];
  for (const found of batch) {
    const key = prefix + joinKeys(String(found.key ?? ""));
    const reason = refusal(found, key, prefix, seen, now);
    if (reason !== undefined) {
      report.skip(found, reason);
    } else {
      seen.add(key);
      wanted.push({ key, found });
    }
  }
  if (overwrite) {
    return wanted;
  }
  const exists = await Promise.all(
    wanted.map(({ key }) => driver.hasItem(key).catch((/** @type {Error} */ error) => error)),
  );
  return wanted.filter(({ found }, index) => {
    const answer = exists[index];
    if (answer === false) {
      return true;
    }
    report.skip(found, answer === true ? "the key has a value already" : answer.message);
    return false;
  });
}

/**
 * @param {Found} found
 * @param {string} key
 * @param {string} prefix
 * @param {Set<string>} seen
 * @param {number} now
 * @returns {string | undefined} why it is left out
 */
function refusal(found, key, prefix, seen, now) {
  if (key === prefix) {
    return "the key is empty";
  }
  if (seen.has(key)) {
    return `another item has the key ${key} too`;
  }
  return found.expires !== undefined && found.expires <= now ? "it has expired" : undefined;
}

/**
 * All at once; where one of them is refused, each by itself, so that the others get in.
 *
 * @param {any} driver
 * @param {ReturnType<typeof createReport>} report
 * @param {{ key: string, value: string, options: object | undefined }[]} items
 */
async function writeTexts(driver, report, items) {
  if (items.length === 0) {
    return;
  }
  try {
    await driver.setItems(items);
    report.result.imported += items.length;
  } catch {
    for (const { key, value, options } of items) {
      await attempt(report, key, () => driver.setItem(key, value, options));
    }
  }
}

/** Codes of failures that are those of one item, and not of the disk or the driver. */
const OF_ITEM = new Set(["INVALID_KEY", "INVALID_VALUE", "LIMIT_EXCEEDED"]);

/**
 * @param {ReturnType<typeof createReport>} report
 * @param {string} key
 * @param {() => Promise<unknown>} write
 */
async function attempt(report, key, write) {
  try {
    await write();
    report.result.imported += 1;
  } catch (error) {
    const { code, message } = /** @type {import("../errors.js").StorageError} */ (error);
    if (!OF_ITEM.has(code)) {
      throw error;
    }
    report.skip({ key }, message);
  }
}

module.exports = { importFrom };
