// Operations as plain data: a run can be repeated, cut down and printed.
import { canonical, spell, spellBase, TAME_KEYS, WILD_KEYS } from "./keys.mjs";
import { rawValue, tameValue, wildRawValue, wildValue } from "./values.mjs";

/**
 * @typedef {object} Operation
 * @property {string} method A method of the promise API, or `burst`: calls that are made without
 *   waiting in between.
 * @property {unknown[]} args Of a burst: the operations.
 * @property {string} [prefix] Called on `prefixStorage(storage, prefix)`.
 * @property {boolean} sync Which twin a storage uses that uses both.
 */

/** How often each operation occurs, per thousand. */
const WEIGHTS = [
  [230, set],
  [20, setUndefined],
  [60, setMany],
  [175, (world) => single(world, "getItem")],
  [5, (world) => single(world, "getItem", rawKey)],
  [60, getMany],
  [60, (world) => single(world, "hasItem")],
  [80, remove],
  [60, setRaw],
  [60, getRaw],
  [30, setMeta],
  [40, getMeta],
  [15, (world) => single(world, "removeMeta")],
  [60, list],
  [8, clear],
  [20, () => ["flush", []]],
  [20, burst],
];

const PREFIXES = ["user", "dir:", "m/n", "other"];

/**
 * Makes `count` operations.
 *
 * @param {import("./random.mjs").Random} random
 * @param {number} count
 * @param {{ wild: boolean, raw: "all" | "reads" | "none" }} options `wild` asks for keys and values
 *   that the predecessor cannot hold; `raw` tells which raw operations there are.
 * @returns {Operation[]}
 */
export function operations(random, count, { wild, raw }) {
  const world = { random, wild, keys: wild ? WILD_KEYS : TAME_KEYS };
  const left = { all: [], reads: [setRaw], none: [setRaw, getRaw] }[raw];
  const weights = WEIGHTS.filter(([, make]) => !left.includes(make));
  return random.list(count, () => {
    const make = random.weighted(weights);
    const [method, args] = make(world);
    const operation = { method, args, sync: random.chance(0.5) };
    const prefixable = method !== "flush" && method !== "burst";
    return prefixable && random.chance(0.1)
      ? { ...operation, prefix: random.pick(PREFIXES) }
      : operation;
  });
}

/** Raw values live under names of their own, so that items are seldom read as raw text. */
function rawKey(world) {
  const { random } = world;
  return random.chance(0.2) ? key(world) : spell(random, random.pick(["raw:a", "raw:b", "m:raw"]));
}

function key({ random, keys }) {
  return spell(random, random.pick(keys));
}

function value({ random, wild }) {
  return wild ? wildValue(random) : tameValue(random);
}

function single(world, method, pick = key) {
  return [method, [pick(world)]];
}

function set(world) {
  return ["setItem", [key(world), value(world)]];
}

function setUndefined(world) {
  return ["setItem", [key(world), undefined]];
}

function setRaw(world) {
  const make = world.wild ? wildRawValue : rawValue;
  return [
    "setItemRaw",
    [spell(world.random, world.random.pick(["raw:a", "raw:b", "m:raw"])), make(world.random)],
  ];
}

function getRaw(world) {
  return single(world, "getItemRaw", rawKey);
}

/** A batch; the predecessor writes one file twice at once, so only we are given equal keys. */
function setMany(world) {
  const { random, wild } = world;
  const items = random.list(random.below(6), () => ({
    key: key(world),
    value: random.chance(0.1) ? undefined : value(world),
  }));
  const last = new Map(items.map((item) => [canonical(item.key), item]));
  return ["setItems", [wild ? items : [...last.values()]]];
}

function getMany(world) {
  const { random } = world;
  const items = random.list(random.below(8), () =>
    random.chance(0.5) ? key(world) : { key: key(world), options: { priority: 1 } },
  );
  return ["getItems", [items]];
}

function remove(world) {
  const options = world.random.pick([[], [], [true], [{ removeMeta: true }], [false]]);
  return ["removeItem", [key(world), ...options]];
}

function setMeta(world) {
  const { random } = world;
  const meta = random.pick([
    { tag: "new", count: 3 },
    { mtime: "2021-05-06T07:08:09.000Z" },
    { size: 1, when: new Date(0) },
    "not an object",
  ]);
  return ["setMeta", [key(world), meta]];
}

function getMeta(world) {
  return ["getMeta", [key(world), ...world.random.pick([[], [], [true], [{ nativeOnly: true }]])]];
}

function list({ random }) {
  const options = random.pick([
    [],
    [],
    [{ maxDepth: random.below(4) }],
    [{ meta: true }],
    [{ maxDepth: 1, meta: true }],
  ]);
  return ["getKeys", [spellBase(random), ...options]];
}

function clear({ random }) {
  return ["clear", [spellBase(random)]];
}

function burst(world) {
  const { random } = world;
  const keys = random.list(2, () => random.pick(world.keys));
  const narrow = { ...world, keys };
  const calls = random.list(2 + random.below(7), () => {
    const make = random.weighted([
      [5, set],
      [2, remove],
      [3, (inner) => single(inner, "getItem")],
      [1, setMany],
    ]);
    const [method, args] = make(narrow);
    return { method, args };
  });
  return ["burst", calls];
}
