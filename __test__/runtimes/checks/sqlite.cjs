// The sqlite driver: one file, which processes and workers share and leave as they like.
"use strict";

const assert = require("node:assert").strict;
const { existsSync, readdirSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { createStorage } = require("stowage");
const sqlite = require("stowage/drivers/sqlite");
const { Skip } = require("../tap.cjs");

const PROGRAM = join(__dirname, "..", "sqlite.cjs");

/** Longest life of a process or worker in milliseconds. */
const DEADLINE = 30_000;

const fileIn = (base) => join(base, "data.db");
const open = (base, options) =>
  createStorage({ driver: sqlite({ path: fileIn(base), ...options }) });

/** What another found: whole items, and all that were acknowledged. */
async function checkLeft(base, prefix) {
  const storage = open(base);
  const { driver } = storage.getMount();
  assert.equal(await storage.getItem(`${prefix}acknowledged`), "yes");
  const items = await storage.getItems(await storage.getKeys(`${prefix}item`));
  for (const { key, value } of items) assert.equal(`${prefix}item:${value.index}`, key);
  assert.equal((await driver.verify()).ok, true);
  await storage.dispose();
}

/** Starts a worker, waits until it has stored something, and then for its end. */
async function workerLives(ending, base, prefix) {
  const { Worker } = require("node:worker_threads");
  const worker = new Worker(PROGRAM, { workerData: { ending, path: fileIn(base), prefix } });
  const ended = new Promise((resolve) => worker.on("exit", resolve));
  const spoken = new Promise((resolve, reject) => {
    worker.on("message", resolve);
    worker.on("error", reject);
  });
  assert.equal(await spoken, "stored");
  if (ending === "terminated") await worker.terminate();
  await ended;
}

const workersEnd = (ending) => async (base) => {
  // A page may start web workers only.
  if (process.type === "renderer") throw new Skip("a renderer cannot start worker_threads");
  const storage = open(base);
  await storage.setItem("main", "here");
  const prefixes = [0, 1, 2].map((index) => `w${index}:`);
  await Promise.all(prefixes.map((prefix) => workerLives(ending, base, prefix)));
  assert.equal(storage.getItemSync("main"), "here");
  for (const prefix of prefixes) {
    assert.equal(storage.getItemSync(`${prefix}acknowledged`), "yes");
    await checkLeft(base, prefix);
  }
  await storage.dispose();
};

/** Runs the program in a process of its own, as this runtime runs programs. */
function processEnds(ending, base) {
  const { spawnSync } = require("node:child_process");
  const isDeno = typeof globalThis.Deno !== "undefined";
  const args = [
    ...(isDeno ? ["run", "--allow-all", "--quiet"] : []),
    PROGRAM,
    ending,
    fileIn(base),
  ];
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: "1" };
  const options = { env, encoding: "utf8", timeout: DEADLINE };
  return spawnSync(process.execPath, args, options);
}

const processLeaves = (ending) => async (base) => {
  if (process.type === "renderer") throw new Skip("a renderer has no program to start");
  const { status, signal, stderr, stdout } = processEnds(ending, base);
  assert.deepEqual({ status, signal }, { status: 0, signal: null }, stderr);
  assert.equal(stdout.trim(), "stored");
  await checkLeft(base, "");
};

module.exports = {
  async "opens, stores, closes, and is one file"(base) {
    const storage = open(base);
    await storage.setItem("user:ada", { when: new Date(5) });
    storage.setItemSync("user:bob", [1, undefined]);
    assert.deepEqual(storage.getItemSync("user:ada"), { when: new Date(5) });
    assert.deepEqual(await storage.getItem("user:bob"), [1, undefined]);
    assert.deepEqual(storage.getKeysSync("user"), ["user:ada", "user:bob"]);
    assert.ok(existsSync(`${fileIn(base)}-wal`));
    await storage.dispose();
    assert.deepEqual(readdirSync(base), ["data.db"]);
    await assert.rejects(storage.getItem("user:ada"), { code: "DISPOSED" });
    const again = open(base);
    assert.deepEqual(await again.getItem("user:ada"), { when: new Date(5) });
    await again.dispose();
  },

  async "writes at once share transactions and are all there"(base) {
    const storage = open(base);
    const numbers = Array.from({ length: 1000 }, (_, index) => index);
    await Promise.all(numbers.map((index) => storage.setItem(`item:${index % 500}`, index)));
    const { commits } = await storage.getMount().driver.stats();
    assert.ok(commits < 1000, `${commits}`);
    for (let index = 0; index < 500; index += 1) {
      assert.equal(storage.getItemSync(`item:${index}`), index + 500);
    }
    await storage.dispose();
  },

  async "raw values and streams come back whole"(base) {
    const storage = open(base, { durability: "power", cacheBytes: 0 });
    const bytes = Buffer.alloc(300_000, "stowage");
    await storage.setItemRaw("raw", bytes);
    assert.ok(bytes.equals(await storage.getItemRaw("raw")));
    const writer = storage.createWriteStream("streamed");
    await new Promise((resolve, reject) => {
      writer.on("finish", resolve).on("error", reject);
      writer.end(bytes);
    });
    const chunks = [];
    for await (const chunk of storage.createReadStream("streamed")) chunks.push(chunk);
    assert.ok(bytes.equals(Buffer.concat(chunks)));
    await storage.dispose();
  },

  async "transactions commit, roll back and conflict"(base) {
    const storage = open(base);
    await storage.transaction(async (tx) => {
      await tx.setItem("a", 1);
      await tx.setItem("b", 2);
    });
    const mine = new Error("mine");
    const failing = (tx) => {
      tx.setItemSync("a", 9);
      throw mine;
    };
    assert.throws(
      () => storage.transactionSync(failing),
      (error) => error === mine,
    );
    const late = storage.transaction(async (tx) => {
      await tx.setItem("a", (await tx.getItem("a")) + 1);
      storage.setItemSync("a", 5);
    });
    await assert.rejects(late, { code: "CONFLICT" });
    assert.deepEqual(await storage.getItems(["a", "b"]), [
      { key: "a", value: 5 },
      { key: "b", value: 2 },
    ]);
    await Promise.all(Array.from({ length: 50 }, () => storage.increment("n")));
    assert.equal(storage.incrementSync("n"), 51);
    assert.equal(storage.compareAndSetSync("n", 51, 0), true);
    assert.deepEqual([...storage.entries({ start: "a", end: "c" })].length, 2);
    await storage.dispose();
  },

  async "items end"(base) {
    const storage = open(base);
    await storage.setItem("short", 1, { ttl: 20 });
    await storage.setItem("long", 1, { ttl: 1e9 });
    assert.ok((await storage.getMeta("long")).ttl <= 1e9);
    while (storage.hasItemSync("short")) await new Promise((then) => setTimeout(then, 5));
    assert.equal(await storage.getItem("short"), null);
    assert.deepEqual(storage.getKeysSync(), ["long"]);
    await storage.dispose();
  },

  async "one storage hears of what another writes"(base) {
    const [one, other] = [open(base), open(base)];
    const events = [];
    let heard;
    const last = new Promise((resolve) => {
      heard = resolve;
    });
    const unwatch = await one.watch((event, key) => {
      events.push(`${event} ${key}`);
      if (key === "last") heard();
    });
    await other.setItem("a", 1);
    await other.removeItem("a");
    other.setItemSync("last", 1);
    await last;
    assert.deepEqual(events, ["update a", "remove a", "update last"]);
    await unwatch();
    await Promise.all([one.dispose(), other.dispose()]);
  },

  "workers end naturally": workersEnd("naturally"),
  "workers end by process.exit": workersEnd("by process.exit"),
  "workers are terminated": workersEnd("terminated"),

  "a process ends while the file is open": processLeaves("naturally"),
  "process.exit with writes under way leaves whole items": processLeaves("by process.exit"),

  async "a damaged file is reported"(base) {
    writeFileSync(fileIn(base), "no database".repeat(500));
    assert.throws(() => open(base), { name: "StorageError", code: "CORRUPT" });
  },
};
