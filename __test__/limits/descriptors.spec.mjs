// Descriptors: a fixed small number, given back.

import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { jsonOf, startCommand } from "../tools/child.mjs";
import { temporaryDirectory } from "../tools/temporary.mjs";

const WORK = fileURLToPath(new URL("fixtures/descriptors.mjs", import.meta.url));
const ITEMS = 2000;
const ROUNDS = Number(process.env.STOWAGE_LIMIT_ROUNDS ?? 4);
const DEADLINE = 60_000 + ROUNDS * 10_000;

describe.skipIf(process.platform === "win32")("descriptors", () => {
  it(`batches of ${ITEMS}, watches, mounts and queues work with 64 of them, and give them back`, {
    timeout: DEADLINE * 2,
  }, async () => {
    const limited = 'ulimit -n 64 && exec "$0" "$@"';
    const args = [process.execPath, WORK, temporaryDirectory(), String(ITEMS), String(ROUNDS)];
    const ending = await startCommand("sh", ["-c", limited, ...args]).end(DEADLINE);
    const { results, before, after } = jsonOf(ending);
    expect(results).toHaveLength(ROUNDS);
    for (const result of results) {
      expect(result).toEqual({ right: 2 * ITEMS, listed: ITEMS + 200, heard: true });
    }
    if (before === undefined) console.warn("descriptors: /proc is missing, leaks are not counted");
    // What a disposed driver held is closed in the pool, perhaps a moment later.
    else expect(after).toBeLessThanOrEqual(before + 2);
  });
});
