"use strict";

const { normalizeBaseKey } = require("./keys.js");

/**
 * Reads every item below a base.
 *
 * @param {any} storage
 * @param {string} [base]
 * @returns {Promise<Record<string, any>>} values by key relative to the base
 */
async function snapshot(storage, base) {
  const prefix = normalizeBaseKey(base);
  const keys = await storage.getKeys(prefix);
  const items = await storage.getItems(keys);
  return Object.fromEntries(
    items.map((/** @type {{ key: string, value: unknown }} */ { key, value }) => [
      key.slice(prefix.length),
      value,
    ]),
  );
}

/**
 * Stores every item of a snapshot below a base. Other items stay.
 *
 * @param {any} storage
 * @param {Record<string, any>} items
 * @param {string} [base]
 */
async function restoreSnapshot(storage, items, base) {
  const prefix = normalizeBaseKey(base);
  await storage.setItems(
    Object.entries(items).map(([key, value]) => ({ key: prefix + key, value })),
  );
}

module.exports = { restoreSnapshot, snapshot };
