// One file, or a few, for all items: what databases are for. The predecessor has only its files.
import assert from "node:assert/strict";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { on } from "./define.mjs";
import { delayDuring } from "./delay.mjs";
import { getEach, getEachSync, setEach } from "./loops.mjs";
import {
  itemsOf,
  keysBelow,
  randomly,
  readAll,
  shuffled,
  storeAll,
  valueFor,
  verifyValue,
} from "./values.mjs";

/** @typedef {import("./index.mjs").Scene} Scene */

/** Items that are there before anything is timed. */
const ITEMS = 100_000;
const WRITES = 5000;
/**
 * Writes before the timed ones: the engine compiles code meanwhile. A batch is preceded by one as large,
 * as what a library does for each part of one is compiled only then.
 */
const WARM_WRITES = 750;
const BATCH = 10_000;
const READS = 100_000;
const MILLION = 1_000_000;
const POINT_READS = 20_000;
const RANGES = 200;
const RANGE = 1000;
const IN_FLIGHT = 64;
const FILLER_BYTES = 4000;
/** A number has five or six digits on average; so many make more than enough. */
const FILLER_NUMBERS = FILLER_BYTES / 4;

/** Files for 100,000 items take the predecessor half a minute to write, and no longer per item. */
const FEWER_FILES = { "electron-async-storage": 0.1 };

/** The libraries that hold a million items without holding them in memory. */
const DATABASES = ["stowage", "better-sqlite3", "lmdb", "classic-level"];

/**
 * Not compressible: some databases would make the figures those of their compression. And in one piece,
 * as what an application has received is: V8 keeps what was added up in as many pieces as there were, and
 * putting them together took 12 µs of every library's time.
 */
function fillerOf(/** @type {number} */ id) {
  const next = randomly(id);
  const parts = Array.from({ length: FILLER_NUMBERS }, () => next().toString(36));
  return parts.join("").slice(0, FILLER_BYTES);
}

/**
 * @typedef {object} Size
 * @property {string} label
 * @property {number} items that are there before anything is timed
 * @property {number} hot Of these, those that are read again and again: a cache of the default size,
 *   16 MiB, holds them.
 * @property {number} batches of 10,000 that are written or read in a row: what a library puts off in each must
 *   not stay out of the figures, and the first read of each page is not all that it does.
 * @property {(id: number) => any} make
 * @property {(value: any, id: number) => void} verify
 */

/** @type {Size} */
const SMALL = {
  label: "100 B",
  items: ITEMS,
  hot: 20_000,
  batches: 10,
  make: valueFor,
  verify: verifyValue,
};

/** @type {Size} */
const LARGE = {
  label: "4 KB",
  // A hundred megabytes, more than any cache here; four times as many take minutes to write.
  items: ITEMS / 4,
  hot: 2500,
  batches: 3,
  make: (id) => ({ ...valueFor(id), filler: fillerOf(id) }),
  verify({ filler, ...value }, id) {
    assert.equal(filler, fillerOf(id));
    verifyValue(value, id);
  },
};

/** As many as a batch asks for, if there is one. */
const atLeast = (/** @type {Scene} */ { size }, /** @type {number} */ items) =>
  Math.round(Math.max(100, Math.min(size, BATCH), items));

/**
 * Fills a store and opens it anew, so that no library still has work to do that filling has left; then
 * plans what `plan` says.
 */
const filled =
  (/** @type {Size} */ { items, make }, /** @type {(scene: Scene) => void} */ plan) =>
  async (/** @type {Scene} */ scene) => {
    const { scale, adapter } = scene;
    const share = FEWER_FILES[/** @type {keyof typeof FEWER_FILES} */ (adapter.name)] ?? 1;
    const all = keysBelow("old", atLeast(scene, items * scale * share), 100);
    await storeAll(scene.store, itemsOf(all, make));
    await scene.store.close();
    scene.store = await scene.reopen();
    scene.state = { all };
    plan(scene);
  };

/** New keys, spread over the others as an application's are. */
const planWrites =
  (/** @type {Size} */ { make }) =>
  (/** @type {Scene} */ scene) => {
    const keys = keysBelow("new", scene.size, 100);
    const items = itemsOf(keys, make);
    Object.assign(scene.state, { keys, items, values: items.map(({ value }) => value) });
  };

/** Reads with repetition. */
const planReads =
  (/** @type {Size} */ { hot }) =>
  (/** @type {Scene} */ scene) => {
    const { all } = scene.state;
    const ids = shuffled(all.length).slice(0, hot);
    const next = randomly();
    scene.state.ids = Array.from({ length: scene.size }, () => ids[next() % ids.length]);
    scene.state.order = scene.state.ids.map((/** @type {number} */ id) => all[id]);
    // The first reads of a process are not what "warm" means.
    scene.state.warm = ids.map((id) => all[id]);
  };

/**
 * Reads each of the keys once by the very operation that is timed afterwards: what a batch leaves in a
 * cache differs from library to library.
 *
 * @param {(scene: Scene) => Promise<void>} prepare
 * @param {(scene: Scene) => unknown} read
 */
const planWarmReads = (prepare, read) =>
  async function warmReads(/** @type {Scene} */ scene) {
    await prepare(scene);
    await read({ ...scene, state: { order: scene.state.warm } });
  };

/** Awaited, where the library has such a method. */
const getEachAsItCan = (/** @type {Scene} */ scene) =>
  "get" in scene.store ? getEach(scene) : getEachSync(scene);

function verifySum(/** @type {Scene} */ { state: { ids } }, /** @type {number} */ sum) {
  assert.equal(
    sum,
    ids.reduce((/** @type {number} */ all, /** @type {number} */ id) => all + id, 0),
  );
}

const verifyWritten =
  (/** @type {Size} */ { verify }) =>
  async (/** @type {Scene} */ { store, state: { keys } }) => {
    const values = await readAll(store, keys);
    assert.equal(values.length, keys.length);
    values.forEach(verify);
  };

/** Keeps so many writes under way; one by one where the library has no other. */
async function setInFlight(/** @type {Scene} */ { store, state: { keys, values } }) {
  let next = 0;
  const lane = async () => {
    while (next < keys.length) {
      const at = next++;
      await store.set(keys[at], values[at]);
    }
  };
  if (!store.set) {
    for (let at = 0; at < keys.length; at++) store.setSync(keys[at], values[at]);
    return;
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
}

/** @param {any[]} items */
const batchesOf = (items) =>
  Array.from({ length: Math.ceil(items.length / BATCH) }, (_, batch) =>
    items.slice(batch * BATCH, (batch + 1) * BATCH),
  );

async function setBatches(/** @type {Scene} */ { store, state: { items } }) {
  for (const batch of batchesOf(items)) await store.setMany(batch);
}

async function getBatches(/** @type {Scene} */ { store, state: { batches } }) {
  const answers = [];
  for (const batch of batches) answers.push(await store.getMany(batch));
  return answers;
}

const writesOf = (/** @type {Size} */ size) =>
  on("database", WRITES, [
    {
      name: `database setItem of ${size.label}, awaited one by one`,
      warm: WARM_WRITES,
      needs: ["set"],
      shares: FEWER_FILES,
      prepare: filled(size, planWrites(size)),
      measure: setEach,
      check: verifyWritten(size),
    },
    {
      name: `database setItem of ${size.label}, ${IN_FLIGHT} in flight or one by one`,
      warm: WARM_WRITES,
      needs: [],
      shares: FEWER_FILES,
      prepare: filled(size, planWrites(size)),
      measure: setInFlight,
      check: verifyWritten(size),
    },
    {
      name: `database setItems of 10k of ${size.label}`,
      warm: BATCH,
      needs: ["setMany"],
      size: size.batches * BATCH,
      shares: FEWER_FILES,
      prepare: filled(size, planWrites(size)),
      measure: setBatches,
      check: verifyWritten(size),
    },
  ]);

const readsOf = (/** @type {Size} */ size) =>
  on("database", READS, [
    {
      name: `database getItemSync of ${size.label}`,
      needs: ["getSync"],
      shares: FEWER_FILES,
      prepare: planWarmReads(filled(size, planReads(size)), getEachSync),
      measure: getEachSync,
      answers: verifySum,
      variants: true,
    },
    {
      name: `database getItem of ${size.label}, awaited, or getItemSync`,
      needs: [],
      shares: FEWER_FILES,
      prepare: planWarmReads(filled(size, planReads(size)), getEachAsItCan),
      measure: getEachAsItCan,
      answers: verifySum,
      variants: true,
    },
    {
      name: `database getItems of 10k of ${size.label}`,
      warm: BATCH,
      needs: ["getMany"],
      size: size.batches * BATCH,
      shares: FEWER_FILES,
      prepare: filled(size, (scene) => {
        const { all } = scene.state;
        const next = randomly();
        const order = Array.from({ length: scene.size }, () => next() % all.length);
        scene.state.asked = order;
        scene.state.batches = batchesOf(order.map((id) => all[id]));
      }),
      measure: getBatches,
      answers({ store, state }, answers) {
        const values = answers.flatMap((/** @type {any[]} */ answer) => store.valuesOf(answer));
        assert.equal(values.length, state.asked.length);
        state.asked.forEach((/** @type {number} */ id, /** @type {number} */ place) => {
          size.verify(values[place], id);
        });
      },
      variants: true,
    },
  ]);

const DELAY = on("database", BATCH, [
  {
    name: `event-loop delay, p99, while 10k of 4 KB are set, ${IN_FLIGHT} in flight or one by one`,
    unit: "ms",
    needs: [],
    only: [...DATABASES, "electron-async-storage"],
    prepare(scene) {
      scene.state = {};
      planWrites(LARGE)(scene);
    },
    async figure(scene) {
      const [delay] = await delayDuring(() => setInFlight(scene));
      return delay;
    },
    check: verifyWritten(LARGE),
  },
]);

/** A store of a million items, and what it takes to ask it something. */
async function fillMillion(/** @type {Scene} */ scene) {
  const keys = keysBelow("many", Math.max(2 * RANGE, scene.size), 1000);
  for (let start = 0; start < keys.length; start += BATCH)
    await scene.store.setMany(
      itemsOf(keys.slice(start, start + BATCH), (place) => valueFor(start + place)),
    );
  scene.state = { keys };
}

/**
 * Reads items at random, one after another.
 *
 * @param {Scene} scene
 * @param {() => number} next
 * @returns {number[]} How long each read took, in milliseconds.
 */
function timesOfReads({ store, state: { keys } }, next) {
  return Array.from({ length: POINT_READS }, () => {
    const id = next() % keys.length;
    const before = performance.now();
    const value = store.getSync(keys[id]);
    const time = performance.now() - before;
    verifyValue(value, id);
    return time;
  });
}

/** @type {import("./index.mjs").Ability[]} */
const FILLING = ["setMany"];

const rounds = { rounds: 1, warm: 0, only: DATABASES, needs: FILLING };

/** @type {Parameters<typeof on>[2]} */
const MILLIONS = [
  {
    ...rounds,
    name: "database of 1M items: to open it and read one",
    unit: "ms",
    prepare: fillMillion,
    async figure(scene) {
      await scene.store.close();
      const before = performance.now();
      scene.store = await scene.reopen();
      await readAll(scene.store, [scene.state.keys[0]]);
      return performance.now() - before;
    },
  },
  {
    ...rounds,
    // Warm is the process, not the items: what was read before is a fiftieth of them, and what is timed
    // is spread over all.
    name: "database of 1M items: getItemSync, p99",
    unit: "µs",
    needs: [...FILLING, "getSync"],
    async prepare(scene) {
      await fillMillion(scene);
      // No library still has work to do that filling has left.
      await scene.store.close();
      scene.store = await scene.reopen();
      timesOfReads(scene, randomly(1));
    },
    figure: (scene) => {
      const times = timesOfReads(scene, randomly()).sort((one, other) => one - other);
      return /** @type {number} */ (times[Math.floor(times.length * 0.99)]) * 1000;
    },
  },
  {
    ...rounds,
    name: "database of 1M items: a range of 1,000",
    unit: "ms",
    needs: [...FILLING, "range"],
    prepare: fillMillion,
    async figure({ store, state: { keys } }) {
      const next = randomly();
      const groups = Math.min(1000, keys.length / RANGE);
      const before = performance.now();
      for (let i = 0; i < RANGES; i++) {
        const found = await store.range(`many:g${next() % groups}:`, RANGE);
        assert.equal(found.length, Math.min(RANGE, Math.floor(keys.length / 1000)));
      }
      return (performance.now() - before) / RANGES;
    },
  },
  {
    ...rounds,
    name: "database of 1M items: bytes on disk for each byte of keys and JSON",
    unit: "",
    prepare: fillMillion,
    async figure(scene) {
      await scene.store.close();
      const { keys } = scene.state;
      let payload = 0;
      keys.forEach((/** @type {string} */ key, /** @type {number} */ id) => {
        payload += key.length + JSON.stringify(valueFor(id)).length;
      });
      const taken = await sizeOf(scene.base);
      scene.store = await scene.reopen();
      return taken / payload;
    },
  },
];

/** @param {string} folder */
async function sizeOf(folder) {
  let bytes = 0;
  for (const name of await readdir(folder, { recursive: true }))
    bytes += (await stat(join(folder, name))).size;
  return bytes;
}

export const DATABASE = [
  ...[SMALL, LARGE].flatMap((size) => [...writesOf(size), ...readsOf(size)]),
  ...DELAY,
  ...on("database", MILLION, MILLIONS),
];
