// What was kept for ever although it was given up.
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { jsonOf, startCommand } from "../tools/child.mjs";

const PROGRAM = fileURLToPath(new URL("fixtures/disposed-watch.cjs", import.meta.url));

/** Bytes of JavaScript heap that a disposed storage may cost: what the collector has not seen yet. */
const KEPT = 5_000;

test("a storage was kept for ever when it was disposed while it was watched", async () => {
  const perStorage = jsonOf(await startCommand(process.execPath, ["--expose-gc", PROGRAM]).end());
  for (const [how, bytes] of Object.entries(perStorage)) expect(bytes, how).toBeLessThan(KEPT);
});
