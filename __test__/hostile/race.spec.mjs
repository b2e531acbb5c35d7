// A process that may write into the base swaps folders for links, files for pipes and devices, while
// another works there: nothing outside is touched, nothing waits for ever, every failure has a code.
//
// STOWAGE_RACE_ROUNDS=10000 is the long version.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { jsonOf, run, start } from "../tools/child.mjs";
import { makeYard } from "./canaries.mjs";

const ATTACKER = new URL("fixtures/attacker.mjs", import.meta.url);
const VICTIM = new URL("fixtures/victim.mjs", import.meta.url);
const ROUNDS = Number(process.env.STOWAGE_RACE_ROUNDS ?? 2000);

/** Generous: a hang is what it is to tell from slowness. */
const DEADLINE = 60_000 + ROUNDS * 20;

/** What may be read: what the victim wrote, or the attacker put inside the base. */
const VALUES = ["value mine", "value twin", "value dir", "value p", "done"];

/** Failures that come from the names being what they are at the moment. */
const CODES = [
  "OUTSIDE_BASE",
  "ENOTDIR",
  "EISDIR",
  "ENOENT",
  "EEXIST",
  "ENOTEMPTY",
  "ELOOP",
  "EAGAIN",
  "ENXIO",
  "CORRUPT",
];

describe.skipIf(process.platform === "win32")("an attacker below the base", () => {
  for (const atomic of [true, false]) {
    it(`leads nothing outside in ${ROUNDS} rounds (atomic: ${atomic})`, {
      timeout: DEADLINE * 2,
    }, async () => {
      const yard = makeYard();
      mkdirSync(join(yard.base, "dir", "deep"), { recursive: true });
      const attackers = [start(ATTACKER, [yard.base, yard.outside])];
      await Promise.all(attackers.map((attacker) => attacker.line("ready")));
      const victim = await run(VICTIM, [yard.base, String(ROUNDS), String(atomic)], {
        deadline: DEADLINE,
      });
      for (const attacker of attackers) attacker.process.kill("SIGKILL");
      const outcomes = jsonOf(victim);
      const expected = [...VALUES, ...CODES.map((code) => `code ${code}`)];
      const surprising = Object.keys(outcomes).filter(
        (outcome) => !expected.includes(outcome) && !outcome.startsWith("value dir:"),
      );
      expect(surprising).toEqual([]);
      const total = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
      expect(total).toBe(ROUNDS);
      // Otherwise the two never met, and nothing was shown.
      expect(outcomes["code OUTSIDE_BASE"]).toBeGreaterThan(0);
      yard.check();
    });
  }
});
