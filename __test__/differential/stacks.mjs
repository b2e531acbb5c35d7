// The storages that are compared: drivers, layers and mounts.
import { join } from "node:path";

/** Nothing leaves such a queue unless it is flushed: the timer outlasts every run. */
const HELD = { batchSize: 1000, maxQueueSize: 1000, flushInterval: 60_000 };

/** Such a queue is flushed in the background all the time. */
const BUSY = { batchSize: 3, maxQueueSize: 5, flushInterval: 1, mergeUpdates: false };

/**
 * @typedef {object} Stack
 * @property {string} name
 * @property {number} operations How many random operations it gets in the default run.
 * @property {(library: object, folder: string) => object} build Makes a new storage.
 * @property {string[]} [mounts] Canonical bases beside the root.
 * @property {boolean} [disk] Raw values come back as bytes, and listings in any order.
 * @property {boolean} [ordered] Listings have the order of a `Map` for each mount.
 * @property {boolean} [native] `getMeta` adds file metadata.
 * @property {boolean} [queued] Reads may be answered from a queue.
 * @property {boolean} [flatDepth] The predecessor counts depth from the mount, not from the root.
 * @property {"all" | "reads" | "none"} [raw] Which raw operations take part; default all. What a
 *   nested storage keeps is encoded twice, which only raw reads show.
 * @property {boolean} [watched] Events are compared too; default: not on disk, where the watcher
 *   of the operating system reports as well.
 * @property {boolean} [ours] The predecessor is not compared.
 */

/** @type {Stack[]} */
export const STACKS = [
  {
    name: "memory",
    operations: 34_000,
    ordered: true,
    build: ({ createStorage }) => createStorage(),
  },
  {
    name: "memory mounts",
    operations: 18_000,
    ordered: true,
    mounts: ["m:", "m:n:", "other:"],
    build({ createStorage, memory }) {
      const storage = createStorage({ driver: memory() });
      return storage.mount("other", memory()).mount("m", memory()).mount("m:n", memory());
    },
  },
  {
    name: "queue over memory",
    operations: 16_000,
    queued: true,
    build: ({ createStorage, memory, queue }) =>
      createStorage({ driver: queue({ ...HELD, driver: memory() }) }),
  },
  {
    name: "busy queue over memory, keeping every update",
    operations: 10_000,
    queued: true,
    ours: true,
    build: ({ createStorage, memory, queue }) =>
      createStorage({ driver: queue({ ...BUSY, driver: memory() }) }),
  },
  {
    name: "queue over queue, mounted beside memory",
    operations: 8_000,
    queued: true,
    ours: true,
    mounts: ["m:"],
    build({ createStorage, memory, queue }) {
      const inner = queue({ ...HELD, driver: memory() });
      return createStorage().mount("m", queue({ ...BUSY, mergeUpdates: true, driver: inner }));
    },
  },
  {
    name: "driver defined in JavaScript",
    operations: 8_000,
    ordered: true,
    raw: "reads",
    build: ({ createStorage }) => createStorage({ driver: plainDriver() }),
  },
  {
    name: "storage mounted as a driver",
    operations: 6_000,
    raw: "none",
    ours: true,
    ordered: true,
    mounts: ["m:"],
    build: ({ createStorage }) => createStorage().mount("m", createStorage()),
  },
  {
    name: "fs",
    operations: 1_250,
    disk: true,
    native: true,
    build: ({ createStorage, fs }, folder) => createStorage({ driver: fs({ base: folder }) }),
  },
  {
    name: "fs-lite without atomic publishing",
    operations: 1_000,
    disk: true,
    native: true,
    ours: true,
    build: ({ createStorage, fsLite }, folder) =>
      createStorage({ driver: fsLite({ base: folder, atomic: false }) }),
  },
  {
    name: "fs-lite mounted under fs",
    operations: 1_000,
    disk: true,
    native: true,
    flatDepth: true,
    mounts: ["m:", "other:"],
    build({ createStorage, fs, fsLite }, folder) {
      const storage = createStorage({ driver: fs({ base: join(folder, "root") }) });
      storage.mount("m", fsLite({ base: join(folder, "m") }));
      return storage.mount("other", fsLite({ base: join(folder, "other") }));
    },
  },
  {
    name: "queue over fs",
    operations: 1_000,
    disk: true,
    queued: true,
    build: ({ createStorage, fs, queue }, folder) =>
      createStorage({ driver: queue({ ...HELD, driver: fs({ base: folder }) }) }),
  },
  {
    name: "busy queue over fs-lite, keeping every update",
    operations: 750,
    disk: true,
    queued: true,
    ours: true,
    build: ({ createStorage, fsLite, queue }, folder) =>
      createStorage({ driver: queue({ ...BUSY, driver: fsLite({ base: folder }) }) }),
  },
];

/** A driver as a user would write it, with both APIs and nothing optional beyond them. */
function plainDriver() {
  const items = new Map();
  const methods = {
    hasItem: (key) => items.has(key),
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => {
      items.set(key, value);
    },
    removeItem: (key) => {
      items.delete(key);
    },
    getKeys: () => [...items.keys()],
  };
  const driver = { name: "plain" };
  for (const [name, method] of Object.entries(methods)) {
    driver[name] = async (...args) => method(...args);
    driver[`${name}Sync`] = method;
  }
  return driver;
}
