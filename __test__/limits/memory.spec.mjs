// Memory: a walk over everything takes as much as a page, not as much as there is.
//
// STOWAGE_WALK_MEGABYTES=1024 is the long version.
import { expect, it } from "vitest";
import { jsonOf, run } from "../tools/child.mjs";
import { temporaryDirectory } from "../tools/temporary.mjs";

const WALK = new URL("fixtures/walk.mjs", import.meta.url);
const MEGABYTES = Number(process.env.STOWAGE_WALK_MEGABYTES ?? 256);
const PAGE = 16;
const DEADLINE = 60_000 + MEGABYTES * 300;

/** What may be held at most, in megabytes: less than what is walked over, and Node's own 50. */
const MOST = 200;

it(`${MEGABYTES} MB in pages of ${PAGE} items stay below ${MOST} MB`, {
  timeout: DEADLINE * 2,
}, async () => {
  const ending = await run(WALK, [temporaryDirectory(), String(MEGABYTES), String(PAGE)], {
    deadline: DEADLINE,
  });
  const { items, megabytes, peak } = jsonOf(ending);
  expect(items).toBe(MEGABYTES * 16);
  expect(megabytes).toBe(MEGABYTES);
  if (process.env.STOWAGE_WALK_MEGABYTES) console.log(`peak: ${Math.round(peak)} MB`);
  expect(peak).toBeLessThan(MOST);
});
