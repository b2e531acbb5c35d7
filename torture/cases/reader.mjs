// A process that reads a key while another one overwrites it: the old value or the new one.
import { join } from "node:path";
import { Player } from "../player.mjs";

/** @typedef {import("./index.mjs").Scene} Scene */

const READS = 3000;
const QUICK_READS = 400;

/** Characters of the values. */
const SIZES = [100_000, 140_000];

export const reader = {
  name: "read",
  title: "reads while another process overwrites",
  rows: [
    { name: "reads", isWork: true },
    { name: "overwritten meanwhile", isWork: true },
    { name: "torn or unreadable", isHarm: true },
    { name: "absent", isHarm: true },
  ],
  run,
};

/** @param {Scene} scene */
async function run({ adapter, folder, plan, count }) {
  const base = join(folder, "base");
  const writer = new Player(adapter, base);
  const [way = "async"] = await writer.ready();
  writer.tell({ do: "storm", way, from: 1, lanes: [["k"]], sizes: SIZES, removals: 0 });
  /** @type {() => any} */
  const firstIsDone = () => writer.said().some(({ done }) => done);
  while (!firstIsDone()) await writer.more();
  const other = new Player(adapter, base);
  await other.ready();
  writer.said();
  const reads = plan.quick ? QUICK_READS : READS;
  const seen = await other.ask({ do: "stare", key: "k", reads });
  count("overwritten meanwhile", writer.said().filter(({ done }) => done).length);
  await writer.kill();
  await other.end();
  count("reads", reads);
  count("torn or unreadable", seen.torn);
  count("absent", seen.absent);
}
