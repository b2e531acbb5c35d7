// Stored texts that nobody should have written: the value, or CORRUPT; no prototype is changed, and
// what they cost is bounded by the memory of the process that reads them.

import { spawnSync } from "node:child_process";
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createStorage } from "stowage";
import fsDriver from "stowage/drivers/fs";
import { beforeAll, describe, expect, it } from "vitest";
import { jsonOf, startCommand } from "../tools/child.mjs";
import { makeDirectory, removeDirectory, temporaryDirectory } from "../tools/temporary.mjs";

const READER = fileURLToPath(new URL("fixtures/values.mjs", import.meta.url));

/** The memory of the reader's heap, in megabytes: several times the largest text. */
const HEAP = 256;

/** Far more than the reading takes: what is to be told is whether it ends. */
const DEADLINE = 120_000;

describe("hostile texts", () => {
  /** @type {any} */
  let result;
  beforeAll(() => {
    const base = makeDirectory();
    const options = {
      encoding: /** @type {const} */ ("utf8"),
      timeout: DEADLINE,
      maxBuffer: 2 ** 26,
    };
    const child = spawnSync(
      process.execPath,
      [`--max-old-space-size=${HEAP}`, READER, base],
      options,
    );
    removeDirectory(base);
    result = jsonOf({ ...child, code: child.status });
  }, DEADLINE);

  it("give the value or CORRUPT, alike in every way of reading", () => {
    const wrong = Object.entries(result.outcomes).filter(
      ([, outcome]) => !["CORRUPT", "object", "string", "number", "bigint"].includes(outcome),
    );
    expect(wrong).toEqual([]);
    expect(Object.keys(result.outcomes).length).toBeGreaterThan(100);
    expect(result.all).toBe("object");
  });

  it("change no prototype", () => {
    expect(result.isPolluted).toBe(false);
  });

  it.each([
    "typed-length",
    "typed-number",
    "typed-class",
    "class-call",
    "custom-call",
    "symbol-call",
    "bigint",
    "bigint-hex",
    "bigint-negative",
    "deep-cut",
    "deep-annotations",
    "deep-path",
    "many-annotations",
    "empty",
    "spaces",
    "nul",
    "truncated",
    "cut-meta",
    "two-texts",
    "a-list",
    "closes-early",
    "invalid-utf8",
    "overlong-utf8",
    "surrogate-utf8",
    "cut-utf8",
    "random",
  ])("that cannot be a value are CORRUPT: %s", (name) => {
    expect(result.outcomes[name]).toBe("CORRUPT");
  });

  it.each([
    "proto-key",
    "proto-plain",
    "cycle",
    "cycle-of-root",
    "equal-chain",
    "deep-lists",
    "duplicates",
  ])("that are one are read: %s", (name) => {
    expect(result.outcomes[name]).not.toBe("CORRUPT");
  });

  it("a value whose text would have no end is refused", () => {
    expect(result.stored).toBe("UNSERIALIZABLE");
  });
});

describe("hostile files", () => {
  it("that claim a gigabyte are refused before they are read", async () => {
    const base = temporaryDirectory();
    for (const [name, size] of Object.entries({
      over: 512 * 2 ** 20 + 1,
      giga: 2 ** 30,
      tera: 2 ** 40,
    })) {
      writeFileSync(join(base, name), "{");
      truncateSync(join(base, name), size);
    }
    const storage = createStorage({ driver: fsDriver({ base }) });
    const before = process.memoryUsage().rss;
    for (const key of ["over", "giga", "tera"]) {
      const refusal = { code: "LIMIT_EXCEEDED", key };
      await expect(storage.getItem(key)).rejects.toMatchObject(refusal);
      await expect(storage.getItemRaw(key)).rejects.toMatchObject(refusal);
      await expect(storage.getItems(["missing", key])).rejects.toMatchObject({
        code: "LIMIT_EXCEEDED",
      });
      expect(() => storage.getItemSync(key)).toThrow(expect.objectContaining(refusal));
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
    await storage.clear();
    await storage.dispose();
  });

  it.skipIf(process.platform === "win32")(
    "that are devices, pipes or sockets are never opened for reading",
    async () => {
      const base = temporaryDirectory();
      const made = await startCommand("mkfifo", [join(base, "pipe")]).end();
      expect(made.code).toBe(0);
      const storage = createStorage({ driver: fsDriver({ base }) });
      for (const call of [
        () => storage.getItem("pipe"),
        () => storage.setItem("pipe", 1),
        async () => storage.getItemSync("pipe"),
        async () => storage.setItemSync("pipe", 1),
        () => storage.setItem("pipe:below", 1),
        () => storage.getItems(["pipe"]),
      ]) {
        await expect(call()).rejects.toMatchObject({ code: "OUTSIDE_BASE" });
      }
      expect(await storage.getKeys()).toEqual([]);
      await storage.dispose();
    },
  );
});
