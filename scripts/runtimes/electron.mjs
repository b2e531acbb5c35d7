// The tests in Electron: the checks in each kind of process, and every way in which an app ends.
import { join } from "node:path";
import { ROOT } from "../process.mjs";
import { bundle } from "./bundle.mjs";
import { openDisplay } from "./display.mjs";
import { ENDINGS, endsWell } from "./endings.mjs";
import { runReporting, withFolder } from "./programs.mjs";

/** @typedef {import("../counts.mjs").Counts} Counts */
/** @typedef {{ name: string, run: () => Promise<Counts> }} Part */

/**
 * @typedef {object} Host
 * @property {string} executable
 * @property {string} main What its main process runs.
 * @property {string} display
 */

/** What the main process of the tests knows as scenarios. */
const HOSTS = [
  "main process",
  "worker thread",
  "utility process",
  "renderer",
  "renderer, reloaded with work under way",
];

/** The kinds of processes that came with Electron 22. */
const SINCE_22 = /^utility/;

/** The first Electron whose Node knows `node:` in `require`. */
const FIRST_UNBUNDLED = 15;

/** Containers have neither the privileges of the sandbox nor a graphics card. */
const FLAGS = ["--no-sandbox", "--disable-gpu"];

/**
 * @param {Host} host
 * @param {string} scenario
 */
const runHost = ({ executable, main, display }, scenario) =>
  withFolder((folder) =>
    runReporting(executable, [...FLAGS, scenario, folder], {
      DISPLAY: display,
      STOWAGE_ELECTRON_MAIN: main,
    }),
  );

/**
 * @param {Host} host
 * @param {import("./endings.mjs").Expected} ending
 * @returns {Promise<Counts>}
 */
async function runEnding({ executable, main, display }, ending) {
  const env = { ...process.env, DISPLAY: display, STOWAGE_ELECTRON_MAIN: main };
  const faults = await withFolder((folder) =>
    endsWell(
      { command: executable, args: [...FLAGS, ending.scenario, folder], env },
      ending,
      folder,
    ),
  );
  for (const fault of faults) console.log(`  not ok - ${fault}`);
  return { passed: faults.length > 0 ? 0 : 1, failed: faults.length > 0 ? 1 : 0, skipped: 0 };
}

/**
 * @param {string} executable
 * @param {string} version
 * @param {(parts: Part[]) => Promise<void>} use Runs the parts; the screen is there until it ends.
 */
export async function inElectron(executable, version, use) {
  const major = Number(version.split(".")[0]);
  const screen = await openDisplay();
  const parts = (/** @type {string} */ main) => {
    const host = { executable, main, display: screen.name };
    const known = (/** @type {string} */ name) => major >= 22 || !SINCE_22.test(name);
    return [
      ...HOSTS.filter(known).map((name) => ({ name, run: () => runHost(host, name) })),
      ...ENDINGS.filter(({ name }) => known(name)).map((ending) => ({
        name: ending.name,
        run: () => runEnding(host, ending),
      })),
    ];
  };
  try {
    if (major >= FIRST_UNBUNDLED) {
      return await use(parts(join(ROOT, "__test__", "electron", "main.cjs")));
    }
    await withFolder(async (folder) => use(parts(await bundle(folder))));
  } finally {
    await screen.close();
  }
}
