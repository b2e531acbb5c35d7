// Names that mean something in SQL: bases, ranges and tables take them as they are.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createStorage } from "stowage";
import sqliteDriver from "stowage/drivers/sqlite";
import { expect, onTestFinished, test } from "vitest";
import { temporaryDirectory } from "../tools/temporary.mjs";

/** Names of folders that a pattern, a quote or an order by other rules would mix up. */
const NAMES = [
  ...["%", "_", "a%", "a_", "ab", "a", "A", "a*"],
  ...["[a]", "'", "''", '"', "`", ";", "--", "' OR 1=1 --", "');DROP TABLE kv;--"],
  ...[
    "é",
    "e\u0301",
    "É",
    "\u{10ffff}",
    "\uffff",
    "\ud7ff",
    "__proto__",
    "NULL",
    "rowid",
    "10",
    "9",
  ],
];

const bytes = (/** @type {string} */ key) => Buffer.from(key);
const byBytes = (/** @type {string} */ one, /** @type {string} */ other) =>
  Buffer.compare(bytes(one), bytes(other));

const KEYS = [...new Set(NAMES)]
  .flatMap((name) => [name, `${name}:x`, `${name}:x:y`])
  .sort(byBytes);

async function filled() {
  const storage = createStorage({
    driver: sqliteDriver({ path: join(temporaryDirectory(), "data.db") }),
  });
  onTestFinished(() => storage.dispose());
  await storage.setItems(KEYS.map((key) => ({ key, value: key })));
  return storage;
}

test("a base is taken literally by every method", async () => {
  const storage = await filled();
  expect(await storage.getKeys()).toEqual(KEYS);
  for (const name of new Set(NAMES)) {
    const below = KEYS.filter((key) => key.startsWith(`${name}:`));
    expect(await storage.getKeys(name), name).toEqual(below);
    expect(storage.getKeysSync(name), name).toEqual(below);
    expect([...storage.entries({ base: name })], name).toEqual(below.map((key) => [key, key]));
    const seen = storage.transactionSync((tx) => tx.getKeysSync(name));
    expect([...seen].sort(byBytes), name).toEqual(below);
  }
});

test("clear takes nothing but what is below its base", async () => {
  for (const name of ["%", "_", "a%", "a_", "'", "__proto__", "\u{10ffff}"]) {
    const storage = await filled();
    await storage.clear(name);
    expect(await storage.getKeys(), name).toEqual(
      KEYS.filter((key) => !key.startsWith(`${name}:`)),
    );
  }
});

test("ranges and pages are by bytes, whatever their ends look like", async () => {
  const storage = await filled();
  for (const start of NAMES) {
    for (const end of ["%", "a", "\u{10ffff}", "z"]) {
      const expected = KEYS.filter((key) => byBytes(key, start) >= 0 && byBytes(key, end) < 0);
      const walked = [...storage.entries({ start, end, keysOnly: true })];
      expect(walked, `${start} to ${end}`).toEqual(expected);
      const back = [...storage.entries({ start, end, keysOnly: true, reverse: true })];
      expect(back.reverse(), `${end} to ${start}`).toEqual(expected);
    }
    const page = await storage.getKeys("", { after: start, limit: 5 });
    expect(page, start).toEqual(KEYS.filter((key) => byBytes(key, start) > 0).slice(0, 5));
  }
});

test("names of tables that are no names are refused, and nothing is made", () => {
  const folder = temporaryDirectory();
  const hostile = [
    ...["", " ", "a b", "a;b", "a'b", 'a"b', "kv;--", "kv]", "1a", "sqlite_master", "SQLITE_x"],
    ...["a\0", "é", "a.b", "main.kv", "%", "k".repeat(10_000), "\ud800", "kv\n"],
  ];
  for (const table of [...hostile, null, 5, {}, []]) {
    const path = join(folder, "data.db");
    expect(() => sqliteDriver({ path, table: /** @type {any} */ (table) }), String(table)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
  }
  expect(readdirSync(folder)).toEqual([]);
});

test("stores of one file whose tables could be taken for each other's stay apart", async () => {
  const path = join(temporaryDirectory(), "data.db");
  const names = ["kv", "kv2", "select", "table", "_", "__proto__", "constructor"];
  const stores = names.map((table) => createStorage({ driver: sqliteDriver({ path, table }) }));
  for (const [at, storage] of stores.entries()) await storage.setItem("name", names[at]);
  for (const [at, storage] of stores.entries()) {
    expect(await storage.getItem("name")).toBe(names[at]);
    expect(await storage.getKeys()).toEqual(["name"]);
  }
  await Promise.all(stores.map((storage) => storage.dispose()));
});

test("tables that another store has made for itself are not taken as a store", async () => {
  const path = join(temporaryDirectory(), "data.db");
  const storage = createStorage({ driver: sqliteDriver({ path }) });
  await storage.setItem("a", 1);
  await storage.setItem("large", "x".repeat(200_000));
  for (const table of ["kv_large", "kv_changes", "kv_watchers", "stowage_stores", "KV", "Kv"]) {
    let other;
    try {
      other = createStorage({ driver: sqliteDriver({ path, table }) });
      await other.clear();
    } catch (error) {
      expect(error, table).toMatchObject({ name: "StorageError" });
    }
    await other?.dispose();
    expect(await storage.getItem("a"), table).toBe(1);
    expect(await storage.getItem("large"), table).toHaveLength(200_000);
  }
  await storage.dispose();
});
