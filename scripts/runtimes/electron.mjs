// The tests in Electron: the checks in each kind of process, and every way in which an app ends.
import { join } from "node:path";
import { ROOT } from "../process.mjs";
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

/** Takes minutes: left out where time is short. */
const STORM = "1,000 workers";

/** The first Electron whose Node-API is new enough; what is older must say so. */
const FIRST_USABLE = 15;

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
 * @param {Host} host
 * @param {boolean} quick
 * @returns {Part[]}
 */
function partsOf(host, quick) {
  return [
    ...[...HOSTS, ...(quick ? [] : [STORM])].map((name) => ({
      name,
      run: () => runHost(host, name),
    })),
    ...ENDINGS.map((ending) => ({ name: ending.name, run: () => runEnding(host, ending) })),
  ];
}

/**
 * @param {string} executable
 * @param {string} version
 * @param {boolean} quick
 * @param {(parts: Part[]) => Promise<void>} use Runs the parts; the screen is there until it ends.
 */
export async function inElectron(executable, version, quick, use) {
  const usable = Number(version.split(".")[0]) >= FIRST_USABLE;
  const main = join(ROOT, "__test__", "electron", usable ? "main.cjs" : "too-old.cjs");
  const screen = await openDisplay();
  const host = { executable, main, display: screen.name };
  const refusal = { name: "refuses to load", run: () => runHost(host, "too old") };
  try {
    await use(usable ? partsOf(host, quick) : [refusal]);
  } finally {
    await screen.close();
  }
}
