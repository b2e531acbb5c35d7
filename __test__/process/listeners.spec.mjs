// A listener that throws harms neither the writer nor other listeners.
import { expect, test } from "vitest";
import { run } from "../tools/child.mjs";
import { temporaryDirectory } from "../tools/temporary.mjs";

const LISTENERS = new URL("fixtures/listeners.cjs", import.meta.url);
const OUTSIDE = new URL("fixtures/outside-listener.cjs", import.meta.url);

test("its exception is reported as uncaught, and everything goes on", async () => {
  const { code, signal, stdout, stderr } = await run(LISTENERS, ["caught", temporaryDirectory()]);
  expect(stderr).toBe("");
  expect({ code, signal }).toEqual({ code: 0, signal: null });
  const lines = stdout.trim().split("\n");
  const expected = ["memory", "fs"].flatMap((name) => [
    `${name} heard update async`,
    `${name} heard update sync`,
    `${name} wrote 1`,
    `${name} wrote 2`,
    `uncaught listener of ${name} for async`,
    `uncaught listener of ${name} for sync`,
  ]);
  expect([...lines].sort()).toEqual(expected.sort());
});

test("without a handler it ends the process as any uncaught exception", async () => {
  const { code, signal, stderr } = await run(LISTENERS, ["uncaught", temporaryDirectory()]);
  expect({ code, signal }).toEqual({ code: 1, signal: null });
  expect(stderr).toContain("Error: listener of memory for async");
});

test("it does not end the watching of changes by others", async () => {
  const { code, signal, stdout, stderr } = await run(OUTSIDE, [temporaryDirectory()]);
  expect(stderr).toBe("");
  expect({ code, signal }).toEqual({ code: 0, signal: null });
  const lines = stdout.trim().split("\n").sort();
  expect(lines).toEqual(["heard first second", "uncaught first", "uncaught second"]);
});
