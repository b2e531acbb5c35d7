// Runs mixed load for a long time and fails if the process grows, or keeps what it opened.
//
//   node scripts/soak.mjs [--minutes N]        default: 10
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { PlainError, run, runAsProgram } from "./process.mjs";
import { Load } from "./soak/load.mjs";
import { held, slopeOf } from "./soak/measure.mjs";

const DEFAULT_MINUTES = 10;

/**
 * Growth that counts as a leak, in MiB of resident memory an hour, over the second half.
 *
 * A listing, a watcher or a worker that kept 100 bytes would grow ten times as fast: some hundred
 * of each come and go in a second. Below it lies what the allocators of V8 and libc do.
 */
const STEEPEST = 24;

/** Shortest run whose slope says something: allocators take minutes to settle. */
const SHORTEST_JUDGED = 5;

/** Longest time in milliseconds until everything that was given up has gone. */
const LONGEST_END = 10_000;

const MIB = 1024 * 1024;

/**
 * @param {string[]} args
 * @returns {number} Minutes.
 */
function minutesOf(args) {
  const at = args.indexOf("--minutes");
  const minutes = at < 0 ? DEFAULT_MINUTES : Number(args[at + 1]);
  if (!(minutes > 0)) throw new PlainError("`--minutes` needs a number above 0.");
  return minutes;
}

/** @param {{ descriptors: number, watches: number, threads: number }} state */
const shown = ({ descriptors, watches, threads }) =>
  `${descriptors} descriptors, ${watches} inotify watches, ${threads} threads`;

/**
 * Applies load until the time is over and measures once in each round.
 *
 * @param {Load} load
 * @param {number} minutes
 */
async function sample(load, minutes) {
  const start = Date.now();
  const end = start + minutes * 60_000;
  const samples = [];
  let reported = start;
  while (Date.now() < end) {
    await load.round();
    globalThis.gc?.();
    const seconds = (Date.now() - start) / 1000;
    const bytes = process.memoryUsage.rss();
    samples.push({ seconds, bytes });
    if (Date.now() - reported >= 60_000) {
      reported = Date.now();
      console.log(`${(seconds / 60).toFixed(1)} min: ${(bytes / MIB).toFixed(1)} MiB resident`);
    }
  }
  return samples;
}

/**
 * What is held once the threads of the last worker have gone.
 *
 * @param {ReturnType<typeof held>} before
 */
async function settled(before) {
  const end = Date.now() + LONGEST_END;
  for (;;) {
    const now = held();
    if (!now || !before || Date.now() > end) return now;
    if (leftOver(before, now).length === 0) return now;
    await delay(100);
  }
}

/**
 * @param {import("./soak/measure.mjs").Held} before
 * @param {import("./soak/measure.mjs").Held} after
 */
const leftOver = (before, after) =>
  /** @type {const} */ (["descriptors", "watches", "threads"])
    .filter((what) => after[what] > before[what])
    .map((what) => `${what}: ${before[what]} → ${after[what]}`);

/**
 * @param {number} slope MiB an hour.
 * @param {number} minutes
 * @param {ReturnType<typeof held>} before
 * @param {ReturnType<typeof held>} after
 * @returns {string[]} What is wrong.
 */
function faults(slope, minutes, before, after) {
  const found = [];
  if (minutes < SHORTEST_JUDGED) {
    console.log(`SKIPPED: the slope is not judged in less than ${SHORTEST_JUDGED} minutes`);
  } else if (slope > STEEPEST) {
    found.push(`memory grew by more than ${STEEPEST} MiB an hour`);
  }
  if (!before || !after) {
    console.log("SKIPPED: descriptors and watches are counted on Linux only");
    return found;
  }
  return [...found, ...leftOver(before, after)];
}

/** @param {number} minutes */
async function soak(minutes) {
  const folder = await mkdtemp(join(tmpdir(), "stowage-soak-"));
  try {
    const load = new Load(folder);
    // What is opened once and kept, such as the threads of pools, is open after one round of each.
    await load.warmUp();
    const before = held();
    const samples = await sample(load, minutes);
    const after = await settled(before);
    const half = samples.filter(({ seconds }) => seconds >= minutes * 30);
    const slope = (slopeOf(half) * 3600) / MIB;
    console.log(`${samples.length} rounds in ${minutes} minutes: ${load.summary()}`);
    console.log(`resident memory, second half: ${slope.toFixed(2)} MiB an hour`);
    if (before && after) console.log(`before: ${shown(before)}\nafter:  ${shown(after)}`);
    const wrong = faults(slope, minutes, before, after);
    if (wrong.length > 0) throw new PlainError(`FAILED: ${wrong.join("; ")}`);
    console.log("passed");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await runAsProgram(import.meta.url, async () => {
  const minutes = minutesOf(process.argv.slice(2));
  if (globalThis.gc) return soak(minutes);
  // Without collections on demand, the slope is that of garbage.
  const args = ["--expose-gc", ...process.argv.slice(1)];
  process.exitCode = (await run(process.execPath, args)).code;
});
