// Patterns that would keep a backtracking matcher busy for longer than anybody waits.
import { expect, it } from "vitest";
import { jsonOf, run } from "../tools/child.mjs";
import { temporaryDirectory } from "../tools/temporary.mjs";

const MATCHER = new URL("fixtures/globs.mjs", import.meta.url);

/** A backtracking matcher takes centuries: this tells ends from hangs, and slow machines apart. */
const DEADLINE = 120_000;

it("hostile globs are matched in linear time, or refused", { timeout: DEADLINE * 2 }, async () => {
  const ending = await run(MATCHER, [temporaryDirectory()], { deadline: DEADLINE });
  const { used, refused, right, watched, patterns, tooMany } = jsonOf(ending);
  expect(used + refused).toBe(patterns);
  expect(used).toBeGreaterThan(10);
  expect(refused).toBeGreaterThan(3);
  expect(right).toBe(used);
  expect(watched).toBe(used);
  expect(tooMany).toBe("INVALID_OPTION");
});
