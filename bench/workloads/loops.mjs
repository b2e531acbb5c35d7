// The timed loops. They index arrays that were filled before, keep no answer that is not needed,
// and differ in nothing but the call.
import { itemsOf, keysBelow, shuffled, storeAll, valuesBelow } from "./values.mjs";

/** @typedef {import("./index.mjs").Scene} Scene */

/** Few enough keys that any cache in front of the store keeps them. */
const HOT_KEYS = 1000;

/** Plans a write of `size` keys. */
export function planKeys(/** @type {Scene} */ scene) {
  scene.state = { keys: keysBelow(scene.folder, scene.size), values: valuesBelow(scene.size) };
}

/** Stores `size` keys and plans to read them one after another. */
export async function storeKeys(/** @type {Scene} */ scene) {
  const keys = keysBelow(scene.folder, scene.size);
  await storeAll(scene.store, itemsOf(keys));
  scene.state = { keys, order: keys };
}

/** Stores `size` keys and plans to read each once, in random order. */
export async function storeShuffled(/** @type {Scene} */ scene) {
  await storeKeys(scene);
  const { keys } = scene.state;
  scene.state.order = shuffled(scene.size).map((id) => keys[id]);
}

/** Stores a few keys and plans to read them over and over. */
export async function storeHot(/** @type {Scene} */ scene) {
  const keys = keysBelow(scene.folder, HOT_KEYS);
  await storeAll(scene.store, itemsOf(keys));
  const order = Array.from({ length: scene.size }, (_, index) => keys[index % HOT_KEYS]);
  scene.state = { keys, order };
}

/** Stores `size` keys and plans to ask for as many others. */
export async function storeAndMiss(/** @type {Scene} */ scene) {
  await storeKeys(scene);
  scene.state.order = keysBelow("missing", scene.size);
}

export function setEachSync(/** @type {Scene} */ { store, state }) {
  const { keys, values } = state;
  for (let i = 0; i < keys.length; i++) store.setSync(keys[i], values[i]);
}

export async function setEach(/** @type {Scene} */ { store, state }) {
  const { keys, values } = state;
  for (let i = 0; i < keys.length; i++) await store.set(keys[i], values[i]);
}

/** Reads in the planned order. Keeping every value would measure the collector, so a sum is kept. */
export function getEachSync(/** @type {Scene} */ { store, state: { order } }) {
  let sum = 0;
  for (let i = 0; i < order.length; i++) sum += store.getSync(order[i]).id;
  return sum;
}

export async function getEach(/** @type {Scene} */ { store, state: { order } }) {
  let sum = 0;
  for (let i = 0; i < order.length; i++) sum += (await store.get(order[i])).id;
  return sum;
}

/** Counts how many were not there. */
export function missEachSync(/** @type {Scene} */ { store, state: { order } }) {
  let missing = 0;
  for (let i = 0; i < order.length; i++) if (store.getSync(order[i]) == null) missing++;
  return missing;
}

export async function missEach(/** @type {Scene} */ { store, state: { order } }) {
  let missing = 0;
  for (let i = 0; i < order.length; i++) if ((await store.get(order[i])) == null) missing++;
  return missing;
}

/** Counts how many were there. */
export function hasEachSync(/** @type {Scene} */ { store, state: { order } }) {
  let found = 0;
  for (let i = 0; i < order.length; i++) if (store.hasSync(order[i])) found++;
  return found;
}

export async function hasEach(/** @type {Scene} */ { store, state: { order } }) {
  let found = 0;
  for (let i = 0; i < order.length; i++) if (await store.has(order[i])) found++;
  return found;
}
