// One run: a list of operations on fresh storages, compared step by step with the model.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { makeDirectory, removeDirectory } from "../tools/temporary.mjs";
import { findDifference, substitutes } from "./differences.mjs";
import { canonical } from "./keys.mjs";
import { NEW, OLD } from "./libraries.mjs";
import { ANYTHING, Model, NATIVE } from "./model.mjs";
import { outcome, Player } from "./players.mjs";

/**
 * @typedef {object} Mismatch
 * @property {number} step
 * @property {string} player
 * @property {import("./operations.mjs").Operation} operation
 * @property {string} expected
 * @property {string} actual
 */

/**
 * Carries out `operations` on new storages of `stack`.
 *
 * @param {import("./stacks.mjs").Stack} stack
 * @param {import("./operations.mjs").Operation[]} operations
 * @param {{ predecessor: boolean, used?: Set<string> }} options `used` collects the headings of
 *   the differences that were met.
 * @returns {Promise<Mismatch | null>} The first mismatch.
 */
export async function play(stack, operations, { predecessor, used = new Set() }) {
  const folder = makeDirectory();
  const players = setUp(stack, folder, predecessor);
  try {
    const watched = stack.watched ?? !stack.disk;
    if (watched)
      await Promise.all(players.filter(({ ours }) => ours).map((player) => player.watch()));
    const model = new Model({ mounts: stack.mounts ?? [], native: stack.native === true });
    for (const [step, operation] of operations.entries()) {
      const mismatch = await compare({ stack, model, players, operation, used, watched });
      if (mismatch) return { step, operation, ...mismatch };
    }
    return null;
  } finally {
    await Promise.all(players.map(({ storage }) => storage.dispose()));
    removeDirectory(folder);
  }
}

function setUp(stack, folder, predecessor) {
  const make = (name, library, twin) => {
    const base = join(folder, name.replaceAll(" ", "-"));
    mkdirSync(base);
    return new Player({
      name,
      library,
      storage: stack.build(library, base),
      twin,
      ours: library === NEW,
    });
  };
  const players = [
    make("async", NEW, "async"),
    make("sync", NEW, "sync"),
    make("mixed", NEW, "mixed"),
  ];
  if (predecessor) {
    players.push(make("predecessor async", OLD, "async"));
    // The sync methods of the predecessor's queue pass its queue by.
    if (!stack.queued) players.push(make("predecessor sync", OLD, "sync"));
  }
  return players;
}

async function compare({ stack, model, players, operation, used, watched }) {
  // What the predecessor does instead depends on the state before the operation.
  const plans = players.map((player) => plan(player, { stack, model, operation }));
  model.events = [];
  let answer;
  const expected = await outcome(
    () => {
      answer = performOnModel(model, operation);
      return answer;
    },
    (value) => adapt(value, value, stack, operation),
  );
  for (const [index, player] of players.entries()) {
    const { difference, instead } = plans[index];
    if (difference) {
      used.add(difference.heading);
      for (const step of instead) await player.perform(step);
      continue;
    }
    const actual = await outcome(
      () => player.perform(operation),
      (value) => adapt(value, answer, stack, operation),
    );
    if (actual !== expected) return { player: player.name, expected, actual };
    if (!player.ours || !watched) continue;
    const complaint = compareEvents(model.events, player.takeEvents());
    if (complaint) return { player: player.name, ...complaint };
  }
  return null;
}

function plan(player, { stack, model, operation }) {
  if (player.ours) return {};
  const situation = { stack, model, operation, sync: player.isSync(operation) };
  const difference = findDifference(situation);
  return { difference, instead: difference ? substitutes(situation) : [] };
}

/** Asks the model, which has no prefixes and no bursts of its own. */
function performOnModel(model, { method, args, prefix }) {
  if (method === "burst") return args.map((operation) => performOnModel(model, operation));
  if (prefix === undefined) return model[method](...args);
  const base = `${canonical(prefix)}:`;
  const [first, ...rest] = args;
  const strip = (key) => key.slice(base.length);
  if (!Array.isArray(first)) {
    const answer = model[method](base + (first ?? ""), ...rest);
    return method === "getKeys" ? answer.map(strip) : answer;
  }
  const items = first.map((item) =>
    typeof item === "string" ? base + item : { ...item, key: base + item.key },
  );
  const answer = model[method](items, ...rest);
  return answer?.map(({ key, value }) => ({ key: strip(key), value }));
}

/** Brings an answer into the form in which the stack can be compared with the model. */
function adapt(value, expected, stack, operation) {
  if (operation.method === "getItemRaw") return adaptRaw(value, expected, stack);
  if (operation.method === "getMeta") return adaptMeta(value, expected, stack);
  if (operation.method === "getKeys" && !stack.ordered) return [...value].sort();
  // Writes answer nothing; what a driver happened to return is not part of the contract.
  return operation.method === "burst" || READS.has(operation.method) ? value : undefined;
}

const READS = new Set(["hasItem", "getItem", "getItems"]);

function adaptRaw(value, expected, stack) {
  if (expected === ANYTHING && value !== null) return ANYTHING;
  return stack.disk && value !== null ? Buffer.from(value) : value;
}

function adaptMeta(value, expected, stack) {
  const fitted = { ...value };
  for (const name of Object.keys(NATIVE)) {
    if (expected?.[name] === ANYTHING && isNative(fitted[name])) fitted[name] = ANYTHING;
    // Whether a queued item has the metadata of the file it will replace is left open.
    if (stack.disk && stack.queued && !(name in expected)) delete fitted[name];
  }
  return fitted;
}

function isNative(value) {
  return value instanceof Date || typeof value === "number";
}

function compareEvents(expected, seen) {
  const left = [...seen].sort();
  const missing = [];
  for (const { event, key, required } of expected) {
    const index = left.indexOf(`${event} ${key}`);
    if (index >= 0) left.splice(index, 1);
    else if (required) missing.push(`${event} ${key}`);
  }
  if (missing.length === 0 && left.length === 0) return null;
  return {
    expected: `events: ${expected.map(({ event, key }) => `${event} ${key}`).join(", ")}`,
    actual: `events: ${seen.join(", ")}`,
  };
}
