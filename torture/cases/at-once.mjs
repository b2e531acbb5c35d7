// Several calls on one key in one turn of the event loop: one of the values, whole; and the last.
import { join } from "node:path";
import { Player } from "../player.mjs";

/** @typedef {import("./index.mjs").Scene} Scene */

const CALLS = 8;
const ROUNDS = 200;
const QUICK_ROUNDS = 40;

/** Characters of the values: calls of a round take different times. */
const SIZES = [200_000, 10, 60_000, 3_000];

export const atOnce = {
  name: "at once",
  title: `${CALLS} calls at once on one key`,
  rows: [
    { name: "rounds", isWork: true },
    { name: "torn, unreadable or absent", isHarm: true },
    { name: "not the value of the last call", isHarm: true },
    { name: "calls that failed", isHarm: true },
  ],
  run,
};

/** @param {Scene} scene */
async function run({ adapter, folder, plan, count }) {
  const player = new Player(adapter, join(folder, "base"));
  const [way = "async"] = await player.ready();
  const rounds = plan.quick ? QUICK_ROUNDS : ROUNDS;
  for (let round = 0; round < rounds; round += 1) {
    const writes = Array.from({ length: CALLS }, (_, call) => ({
      key: "k",
      number: round * CALLS + call,
      size: SIZES[(round + call) % SIZES.length] ?? 0,
    }));
    const outcomes = await player.ask({ do: "race", way, writes });
    const failed = outcomes.filter((/** @type {any} */ outcome) => !outcome.done);
    count("calls that failed", failed.length);
    const { states } = await player.ask({ do: "look", keys: ["k"] });
    count("rounds", 1);
    if (typeof states.k !== "number") count("torn, unreadable or absent", 1);
    else if (states.k !== writes.at(-1)?.number) count("not the value of the last call", 1);
  }
  await player.end();
}
