// What must hold after an app has ended, in whatever way.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(import.meta.url);
const { createStorage } = require("../../index.js");
const fsDriver = require("../../drivers/fs.js");

/** Longest life of an app in milliseconds, on a slow and busy machine: past it, it hangs. */
const DEADLINE = 120_000;

/** Acknowledged writes of a run that did what it should. */
const FEWEST = 100;

/** Operations that an app leaves in its queue; it flushes them if it may. */
const QUEUED = 50;

/**
 * @typedef {object} Expected
 * @property {string} name
 * @property {string} scenario In __test__/electron/endings.cjs.
 * @property {NodeJS.Signals} [send] What it gets once it has written enough.
 * @property {number} [code] The exit code.
 * @property {boolean} [dies] It is ended by a signal, or with a code of the crash handler.
 * @property {boolean} [flushes] What it had queued is on the disk.
 * @property {string} [says] A line that it prints.
 */

/** @type {Expected[]} */
export const ENDINGS = [
  { name: "app.quit()", scenario: "quit", code: 0, flushes: true },
  { name: "SIGTERM", scenario: "wait", send: "SIGTERM", code: 0, flushes: true },
  { name: "SIGINT", scenario: "wait", send: "SIGINT", code: 0, flushes: true },
  { name: "app.exit(7)", scenario: "exit", code: 7 },
  { name: "process.exit(7)", scenario: "process.exit", code: 7 },
  { name: "process.crash()", scenario: "crash", dies: true },
  { name: "SIGKILL", scenario: "wait", send: "SIGKILL", dies: true },
  { name: "renderer killed", scenario: "renderer killed", code: 0, says: "main reads it" },
  { name: "renderer crashed", scenario: "renderer crashed", code: 0, says: "main reads it" },
  { name: "window closed", scenario: "window closed", code: 0, says: "main reads it" },
  {
    name: "utility process killed",
    scenario: "utility process killed",
    code: 0,
    says: "main reads it",
  },
];

/**
 * @typedef {object} Ended
 * @property {number | null} code
 * @property {NodeJS.Signals | null} signal
 * @property {string} stdout
 * @property {string} stderr
 * @property {boolean} late It was killed at the deadline.
 */

/**
 * Runs an app and sends the signal once it says that it has written enough.
 *
 * @param {{ command: string, args: string[], env: NodeJS.ProcessEnv }} app
 * @param {NodeJS.Signals | undefined} signal
 * @returns {Promise<Ended>}
 */
function runToItsEnd({ command, args, env }, signal) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, DEADLINE);
    child.stdout.setEncoding("utf8").on("data", (text) => {
      const before = stdout.includes("enough\n");
      stdout += text;
      if (signal && !before && stdout.includes("enough\n")) child.kill(signal);
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code, how) => {
      clearTimeout(timer);
      resolve({ code, signal: how, stdout, stderr, late });
    });
  });
}

/**
 * The faults of what is in a folder: items that are gone, damaged or not theirs.
 *
 * @param {string} base
 * @param {Set<string>} acknowledged Keys that must be there.
 */
async function faultsOfData(base, acknowledged) {
  const storage = createStorage({ driver: fsDriver({ base }) });
  const faults = [];
  // An item that was cut off rejects; the message names it.
  const keys = new Set([...acknowledged, ...(await storage.getKeys("item"))]);
  for (const key of keys) {
    const value = /** @type {{ key: string } | null} */ (
      await storage.getItem(key).catch((/** @type {Error} */ error) => ({ key: error.message }))
    );
    if (value?.key !== key) faults.push(`${key} is ${JSON.stringify(value)}`);
  }
  for (const key of await storage.getKeys("beside")) {
    const text = /** @type {string} */ (await storage.getItem(key));
    if (!/^x{50000,}$/.test(text)) faults.push(`${key} is damaged`);
  }
  await storage.dispose();
  return faults;
}

/**
 * Runs an app to its end and tells what is wrong with that end, or with what it left.
 *
 * @param {{ command: string, args: string[], env: NodeJS.ProcessEnv }} app
 * @param {Expected} expected
 * @param {string} folder What the app writes to.
 */
export async function endsWell(app, expected, folder) {
  const ended = await runToItsEnd(app, expected.send);
  const { code, signal, stdout, stderr, late } = ended;
  const faults = [];
  if (late) faults.push(`it hung for ${DEADLINE} ms`);
  const died = signal !== null || (code ?? 0) >= 128;
  if (expected.dies ? !died : code !== expected.code)
    faults.push(`it ended with ${code ?? signal}`);
  if (expected.says && !stdout.includes(`${expected.says}\n`)) {
    faults.push(`it did not say "${expected.says}"`);
  }
  const lines = stdout.match(/^acknowledged .+$/gm) ?? [];
  if (lines.length < FEWEST) faults.push(`${lines.length} writes only were acknowledged`);
  const acknowledged = new Set(lines.map((line) => line.replace("acknowledged ", "")));
  faults.push(...(await faultsOfData(join(folder, "data"), acknowledged)));
  if (expected.flushes) faults.push(...(await faultsOfQueue(join(folder, "queued"))));
  if (faults.length > 0) console.log(`${stdout.split("\n").slice(-5).join("\n")}\n${stderr}`);
  return faults;
}

/** @param {string} base */
async function faultsOfQueue(base) {
  const storage = createStorage({ driver: fsDriver({ base }) });
  const { length } = await storage.getKeys();
  await storage.dispose();
  return length === QUEUED ? [] : [`${length} of ${QUEUED} queued operations were flushed`];
}
