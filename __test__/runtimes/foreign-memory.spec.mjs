// Electron's memory cage refuses buffers of foreign memory. Node takes them, so a call of those
// functions would be seen in Electron only: here Node ends when one is called.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { run } from "../tools/child.mjs";
import { temporaryDirectory } from "../tools/temporary.mjs";

const SOURCE = fileURLToPath(new URL("fixtures/no-external-memory.c", import.meta.url));
const PROGRAM = new URL("program.cjs", import.meta.url);

/** Longest time of the program in milliseconds. */
const DEADLINE = 120_000;

const glibc = process.report?.getReport?.().header?.glibcVersionRuntime;
const compiler = spawnSync("cc", ["--version"]).status === 0;
const possible = process.platform === "linux" && glibc && compiler;
if (!possible)
  console.warn("SKIPPED: foreign memory: this needs Linux with glibc and a C compiler");

describe.skipIf(!possible)("foreign memory", () => {
  test("is never wrapped, whatever the API does", { timeout: DEADLINE }, async () => {
    const library = join(temporaryDirectory(), "no-external-memory.so");
    const args = ["-shared", "-fPIC", "-o", library, SOURCE, "-ldl"];
    const { status, stderr } = spawnSync("cc", args, { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const env = { ...process.env, LD_PRELOAD: library, STOWAGE_SHOW_LOOKUPS: "1" };
    const ended = await run(PROGRAM, [], { env, deadline: DEADLINE });
    // The library was asked, so it is in the way of every call.
    expect(ended.stderr).toContain("asked\n");
    expect(ended.stderr).not.toContain("wrapped");
    expect(ended.stdout.match(/^not ok .*$/gm)).toBeNull();
    expect(ended.code).toBe(0);
  });
});
