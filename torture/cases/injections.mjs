// A fault at every call of the kernel that concerns files, one at a time: whatever is reported as
// done is there, and whatever was there before is there still.
import { join } from "node:path";
import { Oracle } from "../oracle.mjs";
import { Died, isTogether, Player } from "../player.mjs";
import { injection, obstacleToStrace, Trace } from "../strace.mjs";
import { ABSENT } from "../values.mjs";
import { HALVED } from "./halved.mjs";

/** @typedef {import("./index.mjs").Scene} Scene */
/** @typedef {import("../player.mjs").Way} Way */

const CALLS = [
  ...["openat", "openat2", "mkdir", "mkdirat", "write", "pwrite64", "ftruncate", "close"],
  ...["fsync", "fdatasync", "rename", "renameat", "renameat2", "unlink", "unlinkat"],
];

/**
 * These concern anything in a process. Of a library that says which files it has, those on its files fail. Locks
 * are not among them: to give one back cannot fail on a local disk, and strace cannot tell that from taking one.
 */
const FILE_CALLS = ["pread64", "fstat", "mmap"];
const FILE_FAULTS = ["EIO", "SIGKILL"];

const FAULTS = ["EIO", "ENOSPC", "EINTR", "SIGKILL"];

/** Only what opens something can run out of descriptors. */
const OPENING_FAULTS = [...FAULTS, "EMFILE"];

/** Enough to see that each step of a write is guarded, and few enough for every change. */
const QUICK_CALLS = ["write", "pwrite64", "renameat", "fsync", "fdatasync"];
const QUICK_FAULTS = ["EIO", "SIGKILL"];

/** No workload makes more calls of one name: past it something repeats without end. */
const MOST_HITS = 200;

/** Characters of the values. */
const SIZE = 9_000;

const KEYS = ["a", "b", "here:new", "there:gone"];

const HITS = { name: "calls that failed, or at which it died", isWork: true };
const REPORTED = { name: "operations refused", isWork: true };
const UNCODED = { name: "refused without a code", isHarm: true };
const LOST = { name: "acknowledged or older values lost", isHarm: true };
const TORN = { name: "values torn or unreadable", isHarm: true };
const STRAY = { name: "stray or missing in listings", isHarm: true };

export const injections = {
  name: "inject",
  title: "failing system calls",
  rows: [HITS, REPORTED, UNCODED, LOST, TORN, STRAY, HALVED],
  obstacle: (/** @type {string} */ _, /** @type {{ quick: boolean }} */ { quick }) =>
    obstacleToStrace(!quick),
  run,
};

/** @param {Scene} scene */
async function run({ adapter, folder, plan, count }) {
  const bench = new Bench(adapter, folder, count);
  const made = await bench.trace(["-e", `trace=${CALLS.join()}`]);
  const used = CALLS.filter((call) => new RegExp(`\\b${call}\\(`).test(made));
  const calls = plan.quick ? used.filter((call) => QUICK_CALLS.includes(call)) : used;
  for (const call of calls) {
    const faults = call.startsWith("open") ? OPENING_FAULTS : FAULTS;
    for (const fault of plan.quick ? QUICK_FAULTS : faults) await bench.hitEach(call, fault, []);
  }
  const files = plan.quick ? [] : (adapter.files ?? []).map((name) => join(bench.base, name));
  for (const call of files.length > 0 ? FILE_CALLS : [])
    for (const fault of FILE_FAULTS) await bench.hitEach(call, fault, files);
  await bench.settle();
}

class Bench {
  #oracle = new Oracle(KEYS);
  #number = 1;

  /**
   * @param {import("../adapters/index.mjs").Adapter} adapter
   * @param {string} folder
   * @param {Scene["count"]} count
   */
  constructor(adapter, folder, count) {
    this.adapter = adapter;
    this.base = join(folder, "base");
    this.log = join(folder, "strace.log");
    this.count = count;
  }

  /**
   * Lets one call after the other fail until the work passes without a hit.
   *
   * @param {string} call
   * @param {string} fault
   * @param {string[]} files Only calls that concern one of them; all if empty.
   */
  async hitEach(call, fault, files) {
    for (let when = 1; when <= MOST_HITS; when += 1) {
      const log = await this.trace(injection(call, fault, when, files));
      if (!/\(INJECTED\)|killed by SIGKILL/.test(log)) return;
      this.count(HITS.name, 1);
    }
    throw new Error(`${this.adapter.name} still called ${call} after ${MOST_HITS} failures.`);
  }

  /** Judges what the run before left, works under strace, and gives what that wrote. */
  async trace(/** @type {string[]} */ args) {
    const { player, ways } = await this.#open();
    await this.#prepare(player, ways[0] ?? "sync");
    const trace = await Trace.attach(player.process.pid ?? 0, this.log, args);
    let lives = true;
    for (const [way, keys] of workOf(ways)) lives &&= await this.#write(player, way, keys);
    lives &&= await this.#reopen(player);
    if (lives) await this.#write(player, ways[0] ?? "sync", ["b"]);
    const log = await trace.detach();
    await player.end();
    return log;
  }

  /** Judges what the last run left. */
  async settle() {
    await (await this.#open()).player.end();
  }

  async #open() {
    const player = new Player(this.adapter, this.base);
    const ways = await player.ready();
    const sight = await player.ask({ do: "look", keys: KEYS });
    const harm = this.#oracle.judge(sight, { settles: true });
    this.count(LOST.name, harm.lost.length);
    this.count(TORN.name, harm.torn.length);
    this.count(STRAY.name, harm.stray.length);
    this.count(HALVED.name, harm.halved.length);
    return { player, ways };
  }

  /** The work overwrites, creates and removes, so that must be possible. */
  async #prepare(/** @type {Player} */ player, /** @type {Way} */ way) {
    await this.#write(player, way, ["a"]);
    await this.#write(player, way, ["b"]);
    await this.#write(player, way, ["there:gone"]);
    await this.#write(player, "remove", ["here:new"]);
  }

  /** @returns {Promise<boolean>} False if the process died of it. */
  async #reopen(/** @type {Player} */ player) {
    return unlessDead(async () => this.#take(await player.ask({ do: "reopen" })));
  }

  /** @returns {Promise<boolean>} False if the process died of it. */
  async #write(/** @type {Player} */ player, /** @type {Way} */ way, /** @type {string[]} */ keys) {
    const writes = keys.map((key) => ({ key, number: this.#number++, size: SIZE }));
    const stateOf = (/** @type {number} */ number) => (way === "remove" ? ABSENT : number);
    if (isTogether(way)) this.#oracle.beginTogether(writes.map(({ key, number }) => [key, number]));
    else for (const { key, number } of writes) this.#oracle.begin(key, stateOf(number));
    return unlessDead(async () => {
      const outcome = await player.ask({ do: "write", way, writes });
      if (outcome.done)
        for (const { key, number } of writes) this.#oracle.acknowledge(key, stateOf(number));
      this.#take(outcome);
    });
  }

  #take(/** @type {import("../player.mjs").Outcome} */ outcome) {
    if (outcome.done) return;
    this.count(REPORTED.name, 1);
    if (!/^[A-Z][A-Z0-9_]+$/.test(outcome.error.code ?? "")) {
      this.count(UNCODED.name, 1);
      console.error(outcome.error.message);
    }
  }
}

/** @param {() => Promise<void>} act @returns {Promise<boolean>} False if the process died of it. */
async function unlessDead(act) {
  try {
    await act();
    return true;
  } catch (error) {
    if (error instanceof Died) return false;
    throw error;
  }
}

/** @returns {[Way, string[]][]} */
function workOf(/** @type {Way[]} */ ways) {
  const [first = "sync"] = ways;
  /** @type {[Way, string[]][]} */
  const rest = ways.filter((way) => way !== first).map((way) => [way, ["a", "b"]]);
  return [[first, ["a"]], [first, ["here:new"]], ["remove", ["there:gone"]], ...rest];
}
