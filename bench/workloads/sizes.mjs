import assert from "node:assert/strict";
import { on } from "./define.mjs";

/** @typedef {import("./index.mjs").Scene} Scene */

/** Values of each size, and how many of them: enough to last some milliseconds. */
const SIZES_OF_VALUES = [
  { label: "1 KB", bytes: 1000, memory: 5000, fs: 500 },
  { label: "10 KB", bytes: 10_000, memory: 1000, fs: 300 },
  { label: "100 KB", bytes: 100_000, memory: 200, fs: 100 },
  { label: "1 MB", bytes: 1_000_000, memory: 30, fs: 20 },
  { label: "10 MB", bytes: 10_000_000, memory: 4, fs: 4 },
];

const LETTERS = "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ,.-0123456789";

/** Text that differs from value to value. */
function textOf(/** @type {number} */ bytes, /** @type {number} */ id) {
  const part = `${id} ${LETTERS}`;
  return Buffer.alloc(bytes, part).toString("latin1");
}

/** @param {number} bytes */
const planTexts = (bytes) => (/** @type {Scene} */ scene) => {
  const ids = Array.from({ length: scene.size }, (_, id) => id);
  scene.state = {
    keys: ids.map((id) => `text:${id}`),
    values: ids.map((id) => ({ id, text: textOf(bytes, id) })),
  };
};

/** One operation is a value set and the value got. */
async function setAndGet(/** @type {Scene} */ { store, state: { keys, values } }) {
  for (let i = 0; i < keys.length; i++) await store.set(keys[i], values[i]);
  let length = 0;
  for (let i = 0; i < keys.length; i++) length += (await store.get(keys[i])).text.length;
  return length;
}

function setAndGetSync(/** @type {Scene} */ { store, state: { keys, values } }) {
  for (let i = 0; i < keys.length; i++) store.setSync(keys[i], values[i]);
  let length = 0;
  for (let i = 0; i < keys.length; i++) length += store.getSync(keys[i]).text.length;
  return length;
}

async function verifyTexts(/** @type {Scene} */ { store, state: { keys, values } }) {
  for (const [i, key] of keys.entries()) {
    const value = store.get ? await store.get(key) : store.getSync(key);
    assert.equal(value.id, values[i].id);
    assert.ok(value.text === values[i].text);
  }
}

/**
 * Memory is measured by the sync calls, files by the awaited ones: as each is used most.
 *
 * @param {typeof SIZES_OF_VALUES[number]} size
 */
function workloadsOf({ label, bytes, memory, fs }) {
  const shared = {
    prepare: planTexts(bytes),
    answers: (/** @type {Scene} */ { size }, /** @type {number} */ length) =>
      assert.equal(length, size * bytes),
    check: verifyTexts,
  };
  return [
    ...on("memory", memory, [
      {
        name: `memory setItemSync and getItemSync of ${label}`,
        needs: ["setSync", "getSync"],
        measure: setAndGetSync,
        warm: Math.ceil(memory / 5),
        ...shared,
      },
    ]),
    ...on("fs", fs, [
      {
        name: `fs setItem and getItem of ${label}, awaited`,
        needs: ["set", "get"],
        only: FILE_LIBRARIES,
        measure: setAndGet,
        warm: Math.ceil(fs / 5),
        ...shared,
      },
    ]),
  ];
}

/** The others keep large values in ways that this size of run says nothing about. */
const FILE_LIBRARIES = ["electron-async-storage", "stowage", "unstorage", "node:fs"];

const RAW_BYTES = 1_000_000;

function planBytes(/** @type {Scene} */ scene) {
  const ids = Array.from({ length: scene.size }, (_, id) => id);
  scene.state = {
    keys: ids.map((id) => `bytes:${id}`),
    values: ids.map((id) => Buffer.alloc(RAW_BYTES, id + 1)),
  };
}

async function setAndGetRaw(/** @type {Scene} */ { store, state: { keys, values } }) {
  for (let i = 0; i < keys.length; i++) await store.setRaw(keys[i], values[i]);
  let length = 0;
  for (let i = 0; i < keys.length; i++) length += (await store.getRaw(keys[i])).length;
  return length;
}

const RAW = {
  needs: /** @type {import("./index.mjs").Ability[]} */ (["setRaw"]),
  warm: 5,
  prepare: planBytes,
  measure: setAndGetRaw,
  answers: (/** @type {Scene} */ { size }, /** @type {number} */ length) =>
    assert.equal(length, size * RAW_BYTES),
  async check(/** @type {Scene} */ { store, state: { keys, values } }) {
    for (const [i, key] of keys.entries())
      assert.ok(values[i].equals(Buffer.from(await store.getRaw(key))));
  },
};

export const SIZES = [
  ...SIZES_OF_VALUES.flatMap(workloadsOf),
  ...on("memory", 30, [{ name: "memory setItemRaw and getItemRaw of 1 MB, awaited", ...RAW }]),
  ...on("fs", 20, [{ name: "fs setItemRaw and getItemRaw of 1 MB, awaited", ...RAW }]),
];
