// A disk that is full, or nearly: whatever is refused must say so with a code, and what was stored
// before must stay.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { mountDisk, obstacleTo } from "../disks.mjs";
import { isHarmless, Oracle } from "../oracle.mjs";
import { freshLook, isTogether, Player } from "../player.mjs";
import { ABSENT } from "../values.mjs";
import { HALVED } from "./halved.mjs";

/** @typedef {import("./index.mjs").Scene} Scene */
/** @typedef {import("../player.mjs").Way} Way */
/** @typedef {import("../player.mjs").Write} Write */

const OLD = ["a", "b", "folder:c", "folder:d"];
const NEW = ["new", "fresh:e"];
const KEYS = [...OLD, ...NEW];

/** Characters of the values that are there before, and of those that are then written. */
const OLD_SIZE = 15_000;
const SIZES = [100, 30_000, 90_000];

/** What is left of the disk, in kilobytes. */
const FREE = [0, 8, 32, 96];
const QUICK_FREE = [0, 16, 64];
const KILOBYTE = 1024;

const REFUSALS = ["ENOSPC", "EDQUOT"];

const STEPS = { name: "steps", isWork: true };
const REFUSED = { name: "refused with ENOSPC", isWork: true };
const UNCODED = { name: "refused without that code", isHarm: true };
const FALSE_SUCCESS = { name: "reported as done, and values lost or torn", isHarm: true };
const DAMAGE = { name: "refused, and values lost or torn", isHarm: true };
const STUCK = { name: "still refused once there is room", isHarm: true };

/** @param {import("../disks.mjs").Kind} kind */
export const fullDisk = (kind) => ({
  name: `full ${kind}`,
  title: `a full disk (${kind})`,
  rows: [STEPS, REFUSED, UNCODED, FALSE_SUCCESS, DAMAGE, STUCK, HALVED],
  obstacle: (/** @type {string} */ folder) => obstacleTo(kind, folder),
  run: (/** @type {Scene} */ scene) => runOn(kind, scene),
});

/**
 * @param {import("../disks.mjs").Kind} kind
 * @param {Scene} scene
 */
async function runOn(kind, { adapter, folder, plan, count }) {
  const disk = await mountDisk(kind, mkdtempSync(join(folder, "full-")));
  try {
    for (const free of plan.quick ? QUICK_FREE : FREE) {
      const level = new Level(adapter, disk, count, plan.quick);
      // The disk cannot be taken away from a process that works on it.
      await level.run(free * KILOBYTE).finally(() => level.player.kill());
    }
  } finally {
    await disk.unmount();
  }
}

/** All steps with the same room left. */
class Level {
  #number = 1;
  #oracle = new Oracle(KEYS);

  /**
   * @param {import("../adapters/index.mjs").Adapter} adapter
   * @param {import("../disks.mjs").Disk} disk
   * @param {Scene["count"]} count
   * @param {boolean} quick Does without the look of a fresh process after each step.
   */
  constructor(adapter, disk, count, quick) {
    this.adapter = adapter;
    this.disk = disk;
    this.count = count;
    this.quick = quick;
    this.player = new Player(adapter, disk.base);
  }

  /** @param {number} free Bytes that are left before each step. */
  async run(free) {
    let ways = await this.#prepare();
    for (const [way, keys, size] of stepsOf(ways)) {
      this.disk.fill(free);
      if (await this.#step(way, keys, size)) continue;
      await this.player.kill();
      this.player = new Player(this.adapter, this.disk.base);
      ways = await this.#prepare();
    }
    await this.#recover(ways);
  }

  /** Stores the old values, on a disk with room. */
  async #prepare() {
    this.disk.empty();
    rmSync(this.disk.base, { recursive: true, force: true });
    await this.player.end();
    this.player = new Player(this.adapter, this.disk.base);
    this.#oracle = new Oracle(KEYS);
    const ways = await this.player.ready();
    for (const key of OLD) {
      const { outcome } = await this.#write(ways[0] ?? "sync", [key], OLD_SIZE);
      if (!outcome.done) throw new Error(`The disk is too small: ${outcome.error.message}`);
    }
    return ways;
  }

  /** @returns {Promise<boolean>} True if nothing was harmed. */
  async #step(/** @type {Way} */ way, /** @type {string[]} */ keys, /** @type {number} */ size) {
    this.count(STEPS.name, 1);
    const { outcome, isWhole } = await this.#write(way, keys, size);
    if (!outcome.done) {
      const isCoded = REFUSALS.includes(outcome.error.code ?? "");
      this.count((isCoded ? REFUSED : UNCODED).name, 1);
    }
    if (!isWhole) this.count((outcome.done ? FALSE_SUCCESS : DAMAGE).name, 1);
    return isWhole;
  }

  /** Writes, and looks at everything: here, and as a process does that has never seen the store. */
  async #write(/** @type {Way} */ way, /** @type {string[]} */ keys, /** @type {number} */ size) {
    const writes = keys.map((key) => ({ key, number: this.#number++, size }));
    const stateOf = (/** @type {number} */ number) => (way === "remove" ? ABSENT : number);
    if (isTogether(way)) this.#oracle.beginTogether(writes.map(({ key, number }) => [key, number]));
    else for (const { key, number } of writes) this.#oracle.begin(key, stateOf(number));
    /** @type {import("../player.mjs").Outcome} */
    const outcome = await this.player.ask({ do: "write", way, writes });
    if (outcome.done)
      for (const { key, number } of writes) this.#oracle.acknowledge(key, stateOf(number));
    const harm = this.#oracle.judge(await this.player.ask({ do: "look", keys: KEYS }));
    this.count(HALVED.name, harm.halved.length);
    const isWhole = isHarmless(harm) && (this.quick || (await this.#isWholeToOthers()));
    return { outcome, isWhole };
  }

  async #isWholeToOthers() {
    return isHarmless(this.#oracle.judge(await freshLook(this.adapter, this.disk.base, KEYS)));
  }

  /** With room again, the store that was refused must work without being opened again. */
  async #recover(/** @type {Way[]} */ ways) {
    this.disk.empty();
    for (const way of ways) {
      const { outcome, isWhole } = await this.#write(way, ["a"], OLD_SIZE);
      this.count(STEPS.name, 1);
      if (!outcome.done || !isWhole) this.count(STUCK.name, 1);
    }
    if (!(await this.#isWholeToOthers())) this.count(FALSE_SUCCESS.name, 1);
  }
}

/** @returns {[Way, string[], number][]} */
function stepsOf(/** @type {Way[]} */ ways) {
  /** @type {[Way, string[], number][]} */
  const steps = [];
  for (const way of ways) {
    const keys = isTogether(way)
      ? [
          ["a", "b"],
          ["folder:c", "new"],
        ]
      : [["a"], ["new"]];
    for (const size of SIZES) for (const each of keys) steps.push([way, each, size]);
    steps.push([way, ["fresh:e"], SIZES[1] ?? 0], ["remove", ["fresh:e", "new"], 0]);
  }
  return steps;
}
