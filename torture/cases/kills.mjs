// Kill -9 at random moments. The child tells of every write; its parent is the oracle, and the
// next child, a fresh process, says what is there.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Oracle } from "../oracle.mjs";
import { isTogether, Player } from "../player.mjs";
import { HALVED } from "./halved.mjs";

/** @typedef {import("./index.mjs").Scene} Scene */

/** Stores that are worked on at the same time. */
const STORES = 2;

/** Written side by side; within one lane a write waits for the one before. */
const LANES = [["a", "b"], ["folder:c"], ["folder:d", "e"]];
const KEYS = LANES.flat();

/** Characters of the values. */
const SIZES = [20, 5_000, 120_000];

/** The share of removals among writes. */
const REMOVALS = 0.1;

/** The most that a process tells (two lines a write) before it is killed: slow machines kill none
 *  before they write. */
const MOST_LINES = 24;

/** The longest time in milliseconds from there to the kill, so that it hits any moment of a write. */
const MOST_DELAY = 5;

export const kills = {
  name: "kill",
  title: "kill -9 at random moments",
  rows: [
    { name: "kills", isWork: true },
    { name: "writes acknowledged", isWork: true },
    { name: "acknowledged writes lost", isHarm: true },
    { name: "values torn or unreadable", isHarm: true },
    { name: "stray or missing in listings", isHarm: true },
    HALVED,
    { name: "stores that did not open", isHarm: true },
  ],
  run,
};

/** @param {Scene} scene */
async function run(scene) {
  const left = { kills: scene.plan.kills };
  const stores = Array.from({ length: STORES }, (_, number) => torment(`${number}`, left, scene));
  await Promise.all(stores);
}

/**
 * Kills one writer after the other on a store, as long as there are kills left.
 *
 * @param {string} name
 * @param {{ kills: number }} left
 * @param {Scene} scene
 */
async function torment(name, left, { adapter, folder, count }) {
  const base = join(folder, name);
  const state = { oracle: new Oracle(KEYS), number: 1 };
  for (let round = 0; ; round += 1) {
    const player = new Player(adapter, base);
    const ways = await player.ready();
    const sight = await player.ask({ do: "look", keys: KEYS });
    const harm = state.oracle.judge(sight, { settles: true });
    count("acknowledged writes lost", harm.lost.length);
    count("values torn or unreadable", harm.torn.length);
    count("stray or missing in listings", harm.stray.length);
    count(HALVED.name, harm.halved.length);
    if (sight.failure !== undefined) count("stores that did not open", 1);
    if (left.kills === 0) return player.end();
    if (sight.failure !== undefined) {
      // Its user could not go on from here either, and would start anew.
      await player.kill();
      await rm(base, { recursive: true });
      state.oracle = new Oracle(KEYS);
      continue;
    }
    left.kills -= 1;
    await writeUntilKilled(player, ways[round % ways.length] ?? "async", state, count);
    count("kills", 1);
  }
}

/**
 * @param {Player} player
 * @param {import("../player.mjs").Way} way
 * @param {{ oracle: Oracle, number: number }} state
 * @param {Scene["count"]} count
 */
async function writeUntilKilled(player, way, state, count) {
  player.tell({
    do: "storm",
    way,
    from: state.number,
    lanes: LANES,
    sizes: SIZES,
    removals: REMOVALS,
  });
  const lines = Math.random() * MOST_LINES;
  const told = [];
  while (told.length < lines && player.isOpen) {
    await player.more();
    told.push(...player.said());
  }
  await delay(Math.random() * MOST_DELAY);
  await player.kill();
  for (const { begin, done } of [...told, ...player.said()]) {
    if (begin && isTogether(way)) state.oracle.beginTogether(begin);
    for (const [key, value] of begin ?? []) {
      if (!isTogether(way)) state.oracle.begin(key, value);
      if (typeof value === "number") state.number = Math.max(state.number, value + 1);
    }
    for (const [key, value] of done ?? []) state.oracle.acknowledge(key, value);
    if (done) count("writes acknowledged", 1);
  }
}
