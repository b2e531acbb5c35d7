// A power cut: the image of a mounted disk is copied right after a write was acknowledged. The copy
// holds what had reached the disk, and is mounted as after a crash.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { mountCopy, mountDisk, obstacleTo } from "../disks.mjs";
import { Oracle } from "../oracle.mjs";
import { freshLook, isTogether, Player } from "../player.mjs";
import { ABSENT } from "../values.mjs";
import { HALVED } from "./halved.mjs";

/** @typedef {import("./index.mjs").Scene} Scene */
/** @typedef {import("../player.mjs").Way} Way */

const CUTS = 40;
const QUICK_CUTS = 7;

/** Characters of the values. */
const SIZES = [40, 12_000, 70_000];

const KEYS = ["a", "b", "folder:c", "other:d", "e"];

/** Every so many writes a removal. */
const REMOVAL_EVERY = 6;

const CUT = { name: "power cuts", isWork: true };
const LOST = { name: "cuts that lost an acknowledged write", isHarm: true };
const TORN = { name: "cuts that left a value torn or unreadable", isHarm: true };
const STRAY = { name: "cuts that left listings wrong", isHarm: true };

/** @type {import("./index.mjs").Case} */
export const power = {
  name: "power",
  title: "the power is cut right after a write (ext4)",
  note: 'Without `durability: "power"` Stowage does not promise to keep the write.',
  rows: [CUT, LOST, TORN, STRAY, HALVED],
  promisedBy: ({ name }) => name.endsWith(" power"),
  obstacle: (folder) => obstacleTo("ext4", folder),
  run,
};

/** @param {Scene} scene */
async function run({ adapter, folder, plan, count }) {
  const disk = await mountDisk("ext4", folder);
  const player = new Player(adapter, disk.base);
  try {
    const ways = await player.ready();
    const oracle = new Oracle(KEYS);
    for (let cut = 0; cut < (plan.quick ? QUICK_CUTS : CUTS); cut += 1) {
      await write(player, oracle, ways[cut % ways.length] ?? "sync", cut);
      const sight = await lookAfterCut(adapter, disk, mkdtempSync(join(folder, "copy-")));
      // The disk itself goes on, so what its copy lost is not gone there.
      const harm = oracle.copy().judge(sight);
      count(CUT.name, 1);
      if (harm.lost.length > 0) count(LOST.name, 1);
      if (harm.torn.length > 0) count(TORN.name, 1);
      if (harm.stray.length > 0) count(STRAY.name, 1);
      count(HALVED.name, harm.halved.length);
    }
  } finally {
    await player.kill();
    await disk.unmount();
  }
}

/**
 * @param {Player} player
 * @param {Oracle} oracle
 * @param {Way} anyWay
 * @param {number} number
 */
async function write(player, oracle, anyWay, number) {
  const removes = number % REMOVAL_EVERY === REMOVAL_EVERY - 1;
  const way = removes ? "remove" : anyWay;
  const count = isTogether(way) ? 2 : 1;
  const keys = Array.from({ length: count }, (_, n) => KEYS[(number + n) % KEYS.length] ?? "");
  const writes = keys.map((key) => ({ key, number, size: SIZES[number % SIZES.length] ?? 0 }));
  if (isTogether(way)) oracle.beginTogether(keys.map((key) => [key, number]));
  else for (const key of keys) oracle.begin(key, removes ? ABSENT : number);
  const outcome = await player.ask({ do: "write", way, writes });
  if (!outcome.done) throw new Error(`It was refused: ${outcome.error.message}`);
  for (const { key } of writes) oracle.acknowledge(key, removes ? ABSENT : number);
}

/**
 * @param {import("../adapters/index.mjs").Adapter} adapter
 * @param {import("../disks.mjs").Disk} disk
 * @param {string} folder
 */
async function lookAfterCut(adapter, disk, folder) {
  const copy = await mountCopy(disk, folder);
  try {
    return await freshLook(adapter, copy.base, KEYS);
  } finally {
    await copy.unmount();
    rmSync(folder, { recursive: true });
  }
}
