// Mixed load that leaves nothing behind: each round opens, uses and gives up everything.
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Worker } from "node:worker_threads";

// As users load it: the types of this package are not those of its own scripts.
const require = createRequire(import.meta.url);
const { createStorage, prefixStorage } = require("../../index.js");
const { fsDriver, memoryDriver, queueDriver } = {
  fsDriver: require("../../drivers/fs.js"),
  memoryDriver: require("../../drivers/memory.js"),
  queueDriver: require("../../drivers/queue.js"),
};

const WORKER = new URL("worker.cjs", import.meta.url);

/** The ways in which a worker ends, in turn. */
const ENDINGS = ["naturally", "by process.exit", "terminated", "after dispose"];

/** Keys that are written again and again, so that the data itself does not grow. */
const KEYS = Array.from({ length: 64 }, (_, index) => `group${index % 4}:item${index}`);

/** Rounds between two workers. */
const WORKER_EVERY = 5;

/** Rounds that open, once, all that stays open. */
const WARM_UP = 40;

const ignore = () => {};

export class Load {
  #folder;
  #rounds = 0;
  #workers = 0;
  #events = 0;
  /** Lives as long as the load: what comes and goes is mounted in it. */
  #root = createStorage();

  /** @param {string} folder Empty; everything is written below it. */
  constructor(folder) {
    this.#folder = folder;
  }

  async warmUp() {
    for (let round = 0; round < WARM_UP; round += 1) await this.round();
  }

  /** One of everything. */
  async round() {
    this.#rounds += 1;
    await this.#files();
    await this.#mounts();
    await this.#queue();
    await this.#failures();
    if (this.#rounds % WORKER_EVERY === 0) await this.#worker();
  }

  summary() {
    return `${this.#workers} workers, ${this.#events} events`;
  }

  /** Files with watchers, of which one hears another program. */
  async #files() {
    const base = join(this.#folder, "files");
    const polling = this.#rounds % 10 === 0;
    const watchOptions = polling ? { usePolling: true, interval: 20 } : {};
    const storage = createStorage({ driver: fsDriver({ base, watchOptions }) });
    const heard = () => {
      this.#events += 1;
    };
    const unwatch = await storage.watch(heard);
    await prefixStorage(storage, "group1").watch(heard);
    await Promise.all(KEYS.map((key) => storage.setItem(key, { key, when: new Date() })));
    await writeFile(join(base, "outside"), String(this.#rounds));
    await storage.getItems(KEYS);
    storage.setItemsSync(KEYS.slice(0, 8).map((key) => ({ key, value: key })));
    await storage.setItemRaw("raw", Buffer.alloc(100_000, this.#rounds));
    await Promise.all([storage.getItemRaw("raw"), storage.getKeys(), storage.getMeta("raw")]);
    await unwatch();
    await storage.clear("group2");
    await storage.dispose();
  }

  /** Drivers that come and go in a storage that stays. */
  async #mounts() {
    const driver = fsDriver({ base: join(this.#folder, "mounted") });
    this.#root.mount("files", driver).mount("memory", memoryDriver());
    await this.#root.setItems(KEYS.map((key) => ({ key: `memory:${key}`, value: [key] })));
    const unwatch = await this.#root.watch(ignore);
    await this.#root.setItem("files:a", { round: this.#rounds });
    await this.#root.getKeys();
    await unwatch();
    await Promise.all([this.#root.unmount("files"), this.#root.unmount("memory")]);
  }

  async #queue() {
    const driver = fsDriver({ base: join(this.#folder, "queued") });
    const storage = createStorage({ driver: queueDriver({ driver, flushInterval: 5 }) });
    for (const key of KEYS) storage.setItem(key, this.#rounds);
    storage.removeItemSync("group0:item0");
    await storage.flush();
    await storage.setItem("last", this.#rounds);
    await storage.dispose();
  }

  /** Errors carry causes and stacks: they must not be kept either. */
  async #failures() {
    const storage = createStorage({ driver: fsDriver({ base: join(this.#folder, "files") }) });
    await storage.getItem("a:..:b").catch(ignore);
    await storage.setItem("a", { run: ignore }).catch(ignore);
    await storage.setItemRaw("a", { not: "bytes" }).catch(ignore);
    await storage.setItemRaw("corrupt", "{");
    await storage.getItem("corrupt").catch(ignore);
    await storage.dispose();
    await storage.getItem("a").catch(ignore);
  }

  async #worker() {
    const ending = ENDINGS[this.#workers % ENDINGS.length];
    this.#workers += 1;
    const worker = new Worker(WORKER, { workerData: { ending, base: join(this.#folder, "work") } });
    const ended = once(worker, "exit");
    await once(worker, "message");
    if (ending === "terminated") await worker.terminate();
    await ended;
  }
}
