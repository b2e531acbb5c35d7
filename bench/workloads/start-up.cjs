// A fresh process that loads a library, stores a value and reads it. Prints the milliseconds.
"use strict";

const [, , name, stack, base] = process.argv;

/** By another name: type checks need not find the peers. */
const peer = require;

/** @type {Record<string, () => unknown>} Each is all that an application would write. */
const STARTS = {
  stowage() {
    const { createStorage } = require("../../index.js");
    const driver =
      stack === "fs"
        ? require("../../drivers/fs.js")({ base })
        : require("../../drivers/memory.js")();
    return useSync(createStorage({ driver }));
  },
  "electron-async-storage"() {
    const { createStorage } = peer("electron-async-storage");
    const driver =
      stack === "fs"
        ? peer("electron-async-storage/drivers/fs")({ base })
        : peer("electron-async-storage/drivers/memory")();
    return useSync(createStorage({ driver }));
  },
  async unstorage() {
    const { createStorage } = peer("unstorage");
    const driver =
      stack === "fs" ? peer("unstorage/drivers/fs")({ base }) : peer("unstorage/drivers/memory")();
    const storage = createStorage({ driver });
    await storage.setItem("a", 1);
    return storage.getItem("a");
  },
  async keyv() {
    const { default: Keyv } = peer("keyv");
    const keyv = new Keyv();
    await keyv.set("a", 1);
    return keyv.get("a");
  },
  "better-sqlite3"() {
    const database = new (peer("better-sqlite3"))(`${base}/start.sqlite`);
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = NORMAL");
    database.exec("CREATE TABLE kv (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID");
    database.prepare("INSERT INTO kv VALUES ('a', '1')").run();
    return JSON.parse(database.prepare("SELECT value FROM kv WHERE key = 'a'").pluck().get());
  },
  lmdb() {
    const database = peer("lmdb").open({ path: `${base}/start`, encoding: "json" });
    database.putSync("a", 1);
    return database.get("a");
  },
  async "classic-level"() {
    const { ClassicLevel } = peer("classic-level");
    const level = new ClassicLevel(`${base}/start`, { valueEncoding: "json" });
    await level.put("a", 1);
    return level.get("a");
  },
  async conf() {
    // It has no CommonJS form.
    const { default: Conf } = await import(/** @type {string} */ ("conf"));
    const conf = new Conf({ cwd: base });
    conf.set("a", 1);
    return conf.get("a");
  },
  async "node-persist"() {
    const storage = peer("node-persist").create({ dir: `${base}/start` });
    await storage.init();
    await storage.setItem("a", 1);
    return storage.getItem("a");
  },
  "Map+JSON"() {
    const map = new Map([["a", JSON.stringify(1)]]);
    return JSON.parse(map.get("a") ?? "");
  },
  "node:fs"() {
    const { readFileSync, writeFileSync } = require("node:fs");
    writeFileSync(`${base}/a`, JSON.stringify(1));
    return JSON.parse(readFileSync(`${base}/a`, "utf8"));
  },
};

/** @param {any} storage */
function useSync(storage) {
  storage.setItemSync("a", 1);
  return storage.getItemSync("a");
}

async function main() {
  const start = STARTS[name ?? ""];
  if (!start) throw new Error(`Nothing is known of how ${name} starts.`);
  const before = performance.now();
  const value = await start();
  const time = performance.now() - before;
  if (value !== 1) throw new Error(`${name} gave ${value} for 1.`);
  process.stdout.write(String(time), () => process.exit());
}

main();
