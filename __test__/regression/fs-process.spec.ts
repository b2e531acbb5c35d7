import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createStorage } from "stowage";
import fs from "stowage/drivers/fs";
import { afterEach, describe, expect, it } from "vitest";
import { jsonOf, run, start, startCommand } from "../tools/child.mjs";
import { temporaryDirectory } from "../tools/temporary.mjs";

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const POSIX = process.platform !== "win32";
const MEGABYTE = 1_000_000;

/** Kills a writer of one key in the middle of its work; the value must be whole afterwards. */
async function killWhileOverwriting(round: number) {
  const base = temporaryDirectory();
  const storage = createStorage({ driver: fs({ base }) });
  await storage.setItem("big", "x".repeat(MEGABYTE));
  const writer = start(fixture("overwrite.mjs"), [base, String(MEGABYTE)]);
  await writer.line(String(round % 7));
  writer.process.kill("SIGKILL");
  expect((await writer.end()).signal).toBe("SIGKILL");
  const value = (await storage.getItem("big")) as string;
  expect(value).toHaveLength(MEGABYTE);
  expect(new Set(value).size).toBe(1);
  expect(await storage.getKeys()).toEqual(["big"]);
  await storage.dispose();
  // What the dead writer had begun is cleared away when the folder is opened again.
  const reopened = createStorage({ driver: fs({ base }) });
  expect(await reopened.getKeys()).toEqual(["big"]);
  expect(readdirSync(base)).toEqual(["big"]);
  await reopened.dispose();
}

describe("fs, killed", () => {
  it("a value was lost when the process died while overwriting it", {
    timeout: 30_000,
  }, async () => {
    const rounds = Array.from({ length: 40 }, (_, n) => n);
    const worker = async () => {
      for (let round = rounds.pop(); round !== undefined; round = rounds.pop()) {
        await killWhileOverwriting(round);
      }
    };
    await Promise.all([worker(), worker()]);
  });
});

describe("fs with few descriptors", () => {
  it.runIf(POSIX)("a large batch ran out of descriptors and gave errors as values", async () => {
    const script = 'ulimit -n 1024; exec "$0" "$@"';
    const args = [
      "-c",
      script,
      process.execPath,
      fixture("many-files.mjs"),
      temporaryDirectory(),
      "3000",
    ];
    const ending = await startCommand("sh", args).end();
    expect(jsonOf(ending)).toEqual({ right: 3000, listed: 3000 });
  });
});

describe("fs without permission", () => {
  it.runIf(POSIX)("a read gave an Error object, a removal resolved", async () => {
    const base = temporaryDirectory();
    chmodSync(base, 0o755);
    writeFileSync(join(base, "secret"), '{"json":1}');
    chmodSync(join(base, "secret"), 0o000);
    chmodSync(base, 0o555);
    const outcomes = jsonOf(await run(fixture("no-permission.mjs"), [base]));
    chmodSync(base, 0o755);
    for (const [operation, outcome] of Object.entries(outcomes)) {
      expect(outcome, operation).toMatchObject({ code: "EACCES", name: "StorageError" });
    }
    expect(Object.keys(outcomes)).toHaveLength(7);
  });
});

describe("fs on a full disk", () => {
  const mounted: string[] = [];
  afterEach(() => {
    for (const path of mounted.splice(0)) execFileSync("umount", [path]);
  });

  /** Mounts a disk of 2 MB in memory; undefined where that is not allowed. */
  function smallDisk(): string | undefined {
    if (process.platform !== "linux" || process.getuid?.() !== 0) return undefined;
    const path = join(temporaryDirectory(), "disk");
    mkdirSync(path);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", path], { stdio: "pipe" });
    } catch {
      return undefined;
    }
    mounted.push(path);
    return path;
  }

  for (const durability of ["process", "power"] as const) {
    it(`an overwrite destroyed the old value (durability ${durability})`, async (context) => {
      const base = smallDisk();
      if (!base) return context.skip("needs root and permission to mount a tmpfs");
      const storage = createStorage({ driver: fs({ base, durability }) });
      const old = "o".repeat(300_000);
      await storage.setItem("k", old);
      const filler = join(base, "filler");
      writeFileSync(filler, Buffer.alloc(1_200_000));

      const bigger = "n".repeat(900_000);
      await expect(storage.setItem("k", bigger)).rejects.toMatchObject({
        code: "ENOSPC",
        key: "k",
      });
      expect(() => storage.setItemSync("k", bigger)).toThrow(
        expect.objectContaining({ code: "ENOSPC" }),
      );
      await expect(storage.setItems([{ key: "k", value: bigger }])).rejects.toMatchObject({
        code: "ENOSPC",
      });
      expect(await storage.getItem("k")).toBe(old);
      expect((await storage.getKeys()).sort()).toEqual(["filler", "k"]);

      rmSync(filler);
      await storage.setItem("k", bigger);
      expect(await storage.getItem("k")).toBe(bigger);
      await storage.dispose();
    });
  }
});
