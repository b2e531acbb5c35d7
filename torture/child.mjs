// Works with one store as it is told, until it is told to end or is killed.
// Usage: child.mjs <library> <folder>; one command a line, as JSON; one answer a line, as JSON.
import { writeSync, writevSync } from "node:fs";
import { createInterface } from "node:readline";
import { adapterNamed, openStore } from "./adapters/index.mjs";
import { isTogether } from "./player.mjs";
import { ABSENT, makeValue, stateOf, TORN } from "./values.mjs";

/** @typedef {import("./adapters/store.mjs").Store} Store */
/** @typedef {import("./player.mjs").Command} Command */
/** @typedef {import("./player.mjs").Way} Way */
/** @typedef {import("./player.mjs").Write} Write */

// No library listens to signals here (signal-exit would). Node handles them by a pipe, and aborts if
// that fails: faults meant for files would hit it, and an abort that is listened to waits for the
// same pipe for ever. None of the signals that are sent here could be caught.
const { on } = process;
process.on = (/** @type {any} */ event, /** @type {any} */ listener) =>
  `${event}`.startsWith("SIG") ? process : on.call(process, event, listener);

const [name = "", base = ""] = process.argv.slice(2);
const adapter = adapterNamed(name);

/** Opening may fail, which is an answer too. */
function open() {
  const opened = openStore(adapter, base);
  opened.catch(() => {});
  return opened;
}
let opening = open();

/** @param {unknown} error */
const told = (error) => {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
  return { code: code === undefined ? undefined : `${code}`, message: `${message}` };
};

/** @param {() => unknown} act @returns {Promise<import("./player.mjs").Outcome>} */
async function outcomeOf(act) {
  try {
    await act();
    return { done: true };
  } catch (error) {
    return { done: false, error: told(error) };
  }
}

/** @param {Store} store @param {string} key */
async function see(store, key) {
  try {
    return stateOf(key, await store.get(key));
  } catch {
    // A value that must be there and cannot be read; the caller knows what must be there.
    return TORN;
  }
}

/** @param {string[]} keys @returns {Promise<import("./oracle.mjs").Sight>} */
async function look(keys) {
  /** @type {Record<string, import("./values.mjs").State>} */
  const states = {};
  try {
    const store = await opening;
    for (const key of keys) states[key] = await see(store, key);
    return { states, listed: await store.keys() };
  } catch (error) {
    return { states: {}, listed: [], failure: told(error).message };
  }
}

/** @param {Way} way @param {Write[]} writes */
async function write(way, writes) {
  const store = await opening;
  const items = writes.map(({ key, number, size }) => ({
    key,
    value: makeValue(key, number, size),
  }));
  if (way === "remove") return Promise.all(items.map(({ key }) => store.remove(key)));
  if (way === "batch") return store.setMany?.(items);
  if (way === "transaction") return store.transact?.(items);
  if (way === "sync") return items.map(({ key, value }) => store.setSync?.(key, value));
  return Promise.all(items.map(({ key, value }) => store.set?.(key, value)));
}

async function reopen() {
  await (await opening).close().finally(() => {
    opening = open();
  });
  await opening;
}

/** Several calls in one turn of the event loop, nothing awaited between them. @param {Way} way @param {Write[]} writes */
async function race(way, writes) {
  return Promise.all(writes.map((each) => outcomeOf(() => write(way, [each]))));
}

/** What another process sees of a key that is being overwritten. @param {string} key @param {number} reads */
async function stare(key, reads) {
  const seen = { whole: 0, torn: 0, absent: 0 };
  let store = await opening.catch(() => undefined);
  for (let read = 0; read < reads; read += 1) {
    store ??= await openStore(adapter, base).catch(() => undefined);
    const state = store ? await see(store, key) : TORN;
    seen[state === TORN ? "torn" : state === ABSENT ? "absent" : "whole"] += 1;
  }
  return seen;
}

/**
 * Writes until it is killed. Each write is told before it begins and once it is acknowledged.
 *
 * @param {Extract<Command, { do: "storm" }>} command
 */
async function storm({ way, from, lanes, sizes, removals }) {
  let number = from;
  const lane = async (/** @type {string[]} */ keys) => {
    for (;;) {
      const writes = keys.map((key) => ({ key, number: number++, size: pick(sizes) }));
      const removes = !isTogether(way) && Math.random() < removals;
      const list = writes.map(({ key, number }) => [key, removes ? ABSENT : number]);
      tell("begin", list);
      await write(removes ? "remove" : way, writes);
      tell("done", list);
    }
  };
  await Promise.all(lanes.map(lane));
}

const pick = (/** @type {number[]} */ list) => list[Math.floor(Math.random() * list.length)] ?? 0;

/** Without a buffer of our own: what was told survives the kill. */
function tell(/** @type {string} */ what, /** @type {unknown} */ about) {
  writeSync(1, `${JSON.stringify({ [what]: about })}\n`);
}

/** @param {Command} command */
function answerTo(command) {
  if (command.do === "look") return look(command.keys);
  if (command.do === "write") return outcomeOf(() => write(command.way, command.writes));
  if (command.do === "reopen") return outcomeOf(reopen);
  if (command.do === "race") return race(command.way, command.writes);
  if (command.do === "stare") return stare(command.key, command.reads);
  return storm(command);
}

/** In two pieces: a fault that is injected into plain writes does not hit the answer. */
function reply(/** @type {unknown} */ answer) {
  writevSync(1, [Buffer.from(JSON.stringify({ answer })), Buffer.from("\n")]);
}

/** Which method each way of writing needs. @type {[Way, string][]} */
const WAYS = [
  ["async", "set"],
  ["sync", "setSync"],
  ["batch", "setMany"],
  ["transaction", "transact"],
];

const ways = await opening.then(
  (store) => WAYS.filter(([, method]) => method in store).map(([way]) => way),
  () => [],
);
reply(ways);
for await (const line of createInterface({ input: process.stdin }))
  reply(await answerTo(JSON.parse(line)));
await (await opening.catch(() => undefined))?.close();
process.exit();
