// A watched folder, and those who change it from outside.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createStorage } from "stowage";
import fsDriver from "stowage/drivers/fs";
import { expect, onTestFinished } from "vitest";
import { start } from "../tools/child.mjs";
import { Recorder } from "../tools/recorder.mjs";
import { temporaryDirectory } from "../tools/temporary.mjs";

/** The debounce window in milliseconds. */
const DEBOUNCE = 50;

/** How far apart two reports of one key arrive at least; half the window, for a late callback. */
const GAP = DEBOUNCE / 2;

const EDITOR = new URL("fixtures/editor.cjs", import.meta.url);

let sentinels = 0;

/**
 * Watches a new folder, after `files` were put there.
 *
 * @param {{ files?: Record<string, string>, driver?: object }} [setup] `driver` has options of fs.
 */
export async function watchFolder({ files = {}, driver = {} } = {}) {
  const base = temporaryDirectory();
  for (const [path, text] of Object.entries(files)) put(base, path, text);
  const storage = createStorage({ driver: fsDriver({ base, ...driver }) });
  onTestFinished(() => storage.dispose());
  const recorder = new Recorder();
  const unwatch = await storage.watch(recorder.callback);
  return { base, storage, recorder, unwatch };
}

/** Writes a file as a program that knows nothing of the storage. */
export function put(base, path, text = path) {
  mkdirSync(dirname(join(base, path)), { recursive: true });
  writeFileSync(join(base, path), text);
}

/**
 * Lets another process change files.
 *
 * @param {string} base
 * @param {unknown[][]} steps See fixtures/editor.cjs.
 */
export async function edit(base, steps) {
  const editor = start(EDITOR, [base]);
  editor.process.stdin.end(JSON.stringify(steps));
  const { code, stderr } = await editor.end();
  expect(stderr).toBe("");
  expect(code).toBe(0);
}

/**
 * Waits until everything that happened before is reported. A removal waits longest, in case the
 * file comes back; so when the removal of a file made now is seen, nothing older can follow.
 */
export async function settle({ base, recorder }) {
  sentinels += 1;
  const name = `sentinel-${sentinels}`;
  put(base, name);
  await recorder.saw(`update ${name}`);
  rmSync(join(base, name));
  await recorder.saw(`remove ${name}`);
}

/** The reports so far without those of `settle`. */
export function reported({ recorder }) {
  return recorder.lines.filter((line) => !line.includes("sentinel-"));
}

/** Fails when a key was reported twice within the debounce window. */
export function expectDebounced({ recorder }) {
  const last = new Map();
  for (const { key, event, at } of recorder.reports) {
    const before = last.get(key);
    if (before !== undefined) expect(at - before, `${event} ${key} again`).toBeGreaterThan(GAP);
    last.set(key, at);
  }
}
