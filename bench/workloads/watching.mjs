// How long it takes until an application knows of a file that another process wrote.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { median } from "../statistics.mjs";
import { on } from "./define.mjs";

/** @typedef {import("./index.mjs").Scene} Scene */

const WRITER = fileURLToPath(new URL("writer.cjs", import.meta.url));
const NANOSECONDS_PER_MILLISECOND = 1e6;

/** Changes whose median is taken, over how many files. */
const CHANGES = 50;
const FILES = 10;

/** Files that appear at once. */
const BURST = 100;

/** Milliseconds between changes, so that none is merged with another. */
const PAUSE = 20;

/** Milliseconds after which news are not late but lost. */
const DEADLINE = 10_000;

/** A folder to write into, watched, and a process that writes. */
async function startWatching(/** @type {Scene} */ scene) {
  const folder = join(scene.base, "watched");
  mkdirSync(folder);
  writeFileSync(join(folder, "first"), "{}");
  const writer = spawn(process.execPath, [WRITER], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: writer.stdout });
  await once(lines, "line");
  scene.state = { folder, writer, lines };
  await scene.store.watch((event, key) => {
    assert.equal(event, "update");
    scene.state.onKey?.(key);
  });
  // Some watchers say that they are ready before they have looked at every folder.
  await pause(10 * PAUSE);
}

async function stopWatching(/** @type {Scene} */ { state: { writer } }) {
  writer.stdin.end();
  await once(writer, "exit");
}

/**
 * Has the files written and waits until each was reported.
 *
 * @param {Scene} scene
 * @param {string[]} names
 * @returns {Promise<number>} Milliseconds from the first write to the last report.
 */
async function timeToNews({ state }, names) {
  const reported = allReported(state, new Set(names));
  const paths = names.map((name) => join(state.folder, name));
  const written = once(state.lines, "line");
  state.writer.stdin.write(`${JSON.stringify(paths)}\n`);
  const [last, [first]] = await Promise.all([reported, written]);
  return Number(last - BigInt(first)) / NANOSECONDS_PER_MILLISECOND;
}

/**
 * @param {any} state
 * @param {Set<string>} awaited Names of files.
 * @returns {Promise<bigint>} The instant of the last report.
 */
function allReported(state, awaited) {
  return new Promise((resolve, reject) => {
    // A watch need not keep the process alive: this does, and ends it if news never come.
    const deadline = setTimeout(() => {
      reject(new Error(`The watch missed ${[...awaited].join(", ")}.`));
    }, DEADLINE);
    state.onKey = (/** @type {string} */ key) => {
      awaited.delete(key.split(/[:/\\]/).at(-1) ?? key);
      if (awaited.size > 0) return;
      clearTimeout(deadline);
      resolve(process.hrtime.bigint());
    };
  });
}

export const WATCHING = on("fs", CHANGES, [
  {
    name: "watch: from a change by others to the callback",
    unit: "ms",
    needs: ["watch"],
    warm: 0,
    prepare: startWatching,
    async figure(scene) {
      const times = [];
      for (let change = 0; change < scene.size; change++) {
        await pause(PAUSE);
        times.push(await timeToNews(scene, [`file-${change % FILES}`]));
      }
      await stopWatching(scene);
      return median(times);
    },
  },
  {
    name: "watch: from 100 new files at once to the last callback",
    unit: "ms",
    needs: ["watch"],
    size: BURST,
    warm: 0,
    prepare: startWatching,
    async figure(scene) {
      const names = Array.from({ length: scene.size }, (_, id) => `new-${id}`);
      const time = await timeToNews(scene, names);
      await stopWatching(scene);
      return time;
    },
  },
]);
