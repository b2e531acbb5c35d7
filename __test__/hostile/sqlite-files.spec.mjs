// What may stand where a database should be: reported, never waited for, never made anew.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { createStorage } from "stowage";
import sqliteDriver from "stowage/drivers/sqlite";
import { describe, expect, test } from "vitest";
import { run, start } from "../tools/child.mjs";
import { temporaryDirectory } from "../tools/temporary.mjs";

const PROGRAM = new URL("fixtures/sqlite-file.cjs", import.meta.url);
const isWindows = process.platform === "win32";

/** Bits that are flipped, one at a time. More are set by STOWAGE_SQLITE_FLIPS. */
const FLIPS = Number(process.env.STOWAGE_SQLITE_FLIPS ?? 60);

/** Bytes of a page. */
const PAGE = 4096;

const newPath = () => join(temporaryDirectory(), "data.db");
const open = (/** @type {string} */ path) => createStorage({ driver: sqliteDriver({ path }) });

/** The code with which a file is refused. */
function refusal(/** @type {string} */ path, readOnly = false) {
  try {
    sqliteDriver({ path, readOnly }).dispose?.();
  } catch (error) {
    expect(error, String(error)).toMatchObject({ name: "StorageError", driver: "sqlite" });
    return error.code;
  }
  return "opened";
}

/** A database of some hundred pages, closed. */
async function database(path = newPath()) {
  const storage = open(path);
  const items = Array.from({ length: 600 }, (_, n) => ({
    key: `k:${n}`,
    value: `${n} `.repeat(150),
  }));
  await storage.setItems(items);
  await storage.setItemRaw("large", Buffer.alloc(300_000, 7));
  await storage.dispose();
  return { path, items };
}

describe("a path that is no database", () => {
  test("but a folder", () => {
    expect(refusal(temporaryDirectory())).toBe("EISDIR");
  });

  test.skipIf(isWindows)("but a link to nowhere, to itself, or to a folder", () => {
    const folder = temporaryDirectory();
    const path = (/** @type {string} */ name) => join(folder, name);
    symlinkSync(path("missing"), path("nowhere"));
    symlinkSync(path("circle"), path("circle"));
    symlinkSync(folder, path("up"));
    for (const name of ["nowhere", "circle", "up"]) {
      expect(refusal(path(name)), name).toMatch(/^E[A-Z]+$/);
    }
    expect(existsSync(path("missing"))).toBe(false);
  });

  test.skipIf(isWindows)("but a link to one opens what it leads to", async () => {
    const { path } = await database();
    const link = join(temporaryDirectory(), "link.db");
    symlinkSync(path, link);
    const storage = open(link);
    expect(await storage.getItem("k:5")).toBe("5 ".repeat(150));
    await storage.setItem("through", "the link");
    await storage.dispose();
    const direct = open(path);
    expect(await direct.getItem("through")).toBe("the link");
    await direct.dispose();
  });

  test.skipIf(isWindows)("but a pipe, or a device, is not waited for", async () => {
    const path = newPath();
    execFileSync("mkfifo", [path]);
    for (const special of [path, "/dev/null", "/dev/zero", "/dev/tty"]) {
      // In a process of its own: if it hangs, that ends.
      const ended = await run(PROGRAM, ["open", special], { deadline: 10_000 });
      expect(ended, special).toMatchObject({ code: 0, signal: null, stderr: "" });
      expect(ended.stdout, special).toMatch(/^(CORRUPT|INVALID_OPTION|NOT_SUPPORTED|E[A-Z]+)\n$/);
    }
  });

  test.each([1, 15, 16, 99, 100, 511, 512, PAGE, 5 * PAGE, 100_000])(
    "but %d random bytes, is reported and left alone",
    (length) => {
      const path = newPath();
      const noise = randomBytes(length);
      writeFileSync(path, noise);
      for (const readOnly of [false, true]) expect(refusal(path, readOnly)).toBe("CORRUPT");
      expect(readFileSync(path).equals(noise)).toBe(true);
      expect(readdirSync(join(path, ".."))).toEqual(["data.db"]);
    },
  );

  test("but noise behind the first bytes of a database, is reported and left alone", async () => {
    const { path } = await database();
    const bytes = readFileSync(path);
    randomBytes(bytes.length - 100).copy(bytes, 100);
    writeFileSync(path, bytes);
    expect(refusal(path)).toBe("CORRUPT");
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });
});

/** Whatever a damaged file still gives must be what was stored; all else is an error with a code. */
async function truthOf(
  /** @type {string} */ path,
  /** @type {{ key: string, value: string }[]} */ items,
) {
  const seen = { whole: 0, corrupt: 0, absent: 0, wrong: 0 };
  const storage = open(path);
  for (const { key, value } of items) {
    const found = await storage.getItem(key).catch((error) => error);
    if (found === value) seen.whole += 1;
    else if (found?.code === "CORRUPT") seen.corrupt += 1;
    else if (found === null) seen.absent += 1;
    else seen.wrong += 1;
  }
  await storage.dispose().catch((error) => expect(error.name).toBe("StorageError"));
  return seen;
}

describe("a damaged database", () => {
  test("that was cut off anywhere is reported, and not repaired by force", async () => {
    const { path, items } = await database();
    const whole = readFileSync(path);
    for (const share of [0.02, 0.3, 0.6, 0.99]) {
      writeFileSync(path, whole.subarray(0, Math.floor(whole.length * share)));
      expect(refusal(path), `${share}`).toBe("CORRUPT");
    }
    truncateSync(path, whole.length - PAGE);
    expect(refusal(path)).toBe("CORRUPT");
    writeFileSync(path, whole);
    expect(await truthOf(path, items)).toEqual({ whole: 600, corrupt: 0, absent: 0, wrong: 0 });
  });

  test("of which any page is noise gives what was stored or CORRUPT, never less", async () => {
    const { path, items } = await database();
    const whole = readFileSync(path);
    const pages = whole.length / PAGE;
    const results = { reported: 0, corrupt: 0 };
    for (let page = 0; page < pages; page += 7) {
      const damaged = Buffer.from(whole);
      randomBytes(PAGE).copy(damaged, page * PAGE);
      writeFileSync(path, damaged);
      if (refusal(path) === "CORRUPT") {
        results.reported += 1;
        expect(readFileSync(path).equals(damaged)).toBe(true);
        continue;
      }
      const seen = await truthOf(path, items);
      expect(seen, `page ${page}`).toMatchObject({ absent: 0, wrong: 0 });
      results.corrupt += seen.corrupt > 0 ? 1 : 0;
      const driver = sqliteDriver({ path });
      expect((await driver.verify()).ok, `page ${page}`).toBe(false);
      await driver.dispose?.();
    }
    expect(results.reported).toBeGreaterThan(0);
    expect(results.corrupt).toBeGreaterThan(5);
  });

  test("of which a bit is flipped anywhere gives what was stored or CORRUPT, or is found by a check", {
    timeout: 5_000 + FLIPS * 200,
  }, async () => {
    const { path, items } = await database();
    const whole = readFileSync(path);
    for (let round = 0; round < FLIPS; round += 1) {
      const damaged = Buffer.from(whole);
      const at = Math.floor(Math.random() * damaged.length);
      damaged[at] = Number(damaged[at]) ^ (1 << (round % 8));
      writeFileSync(path, damaged);
      const code = refusal(path);
      if (code !== "opened") {
        expect(["CORRUPT", "INCOMPATIBLE", "ENOENT"], `byte ${at}`).toContain(code);
        continue;
      }
      const { absent, wrong } = await truthOf(path, items);
      expect(wrong, `byte ${at}`).toBe(0);
      // Where a key was hit, another key has its value: whoever asks for it finds nothing, and the check
      // finds the other.
      const driver = sqliteDriver({ path });
      if (absent > 0) expect((await driver.verify()).ok, `byte ${at}`).toBe(false);
      await driver.dispose?.();
    }
  });
});

/** What a process that was killed has left: a database with a log. */
async function killed(/** @type {string} */ name) {
  const path = newPath();
  const writer = start(PROGRAM, ["fill", path, name]);
  await writer.line("filled");
  writer.process.kill("SIGKILL");
  await writer.end();
  return path;
}

describe("a log", () => {
  test("of another database gives no value that neither has stored", async () => {
    const [one, other] = [await killed("one"), await killed("other")];
    expect(existsSync(`${other}-wal`)).toBe(true);
    const { path, items } = await database();
    copyFileSync(`${other}-wal`, `${path}-wal`);
    // A log does not say to which file it belongs, and SQLite takes it for this one's: the documents warn
    // of it. Nobody may be given a value that was not stored, all the same.
    const code = refusal(path);
    if (code === "opened") {
      const { wrong } = await truthOf(path, items);
      expect(wrong).toBe(0);
    } else expect(code).toMatch(/^(CORRUPT|INCOMPATIBLE|ENOENT)$/);
    const mine = open(one);
    expect(await mine.getItem("name")).toBe("one");
    await mine.dispose();
  });

  test("that is noise, or cut off, loses nothing but itself, and opens", async () => {
    for (const damage of ["noise", "cut"]) {
      const path = await killed("mine");
      const log = readFileSync(`${path}-wal`);
      const broken =
        damage === "noise" ? randomBytes(log.length) : log.subarray(0, log.length - 5000);
      writeFileSync(`${path}-wal`, broken);
      const code = refusal(path);
      if (code === "opened") {
        const storage = open(path);
        for (const key of await storage.getKeys("item")) {
          expect(await storage.getItem(key)).toBe(key);
        }
        await storage.dispose();
      } else expect(code, damage).toMatch(/^(CORRUPT|ENOENT)$/);
    }
  });

  test("whose index was left behind as noise is read all the same", async () => {
    const path = await killed("mine");
    writeFileSync(`${path}-shm`, randomBytes(32_768));
    const storage = open(path);
    expect(await storage.getItem("name")).toBe("mine");
    expect(await storage.getKeys("item")).toHaveLength(100);
    await storage.dispose();
  });
});

test("folders in place of the log and its index are reported, at the latest by a write", async () => {
  for (const suffix of ["-wal", "-shm"]) {
    const { path, items } = await database();
    mkdirSync(`${path}${suffix}`);
    const code = refusal(path);
    if (code === "opened") {
      const storage = open(path);
      expect(await storage.getItem("k:1")).toBe(items[1]?.value);
      const written = storage.setItem("k:1", "new");
      await expect(written).rejects.toMatchObject({ code: expect.stringMatching(/^E[A-Z]+$/) });
      await storage.dispose();
    } else expect(code, suffix).toMatch(/^(E[A-Z]+|CORRUPT)$/);
    rmdirSync(`${path}${suffix}`);
    expect((await truthOf(path, items)).whole).toBe(600);
  }
});
