// Starts the processes that measure, in an order that treats the libraries alike.
import { fileURLToPath } from "node:url";
import { run } from "../scripts/process.mjs";
import { BASELINE, canRun } from "./adapters/index.mjs";

const CHILD = fileURLToPath(new URL("child.mjs", import.meta.url));

/** What a process prints is its result: all of it is kept. */
const QUIET = { capture: true, captureErrors: true };

/** The processor that every measuring process is pinned to: figures are steadier on one. */
const PROCESSOR = "0";

/** Rounds that peers take part in at most: they are there to compare with, not to be studied. */
export const PEER_ROUNDS = 3;

/**
 * @typedef {import("./workloads/index.mjs").Workload} Workload
 * @typedef {import("./adapters/index.mjs").Adapter} Adapter
 *
 * @typedef {object} Sample
 * @property {string} adapter
 * @property {string} workload
 * @property {number} round
 * @property {number} value In the unit of the workload: microseconds per operation, mostly.
 * @property {number} [cpu] Microseconds of processor time per operation, all threads.
 * @property {number} size Operations.
 * @property {string} version Of the library.
 *
 * @typedef {object} How
 * @property {number} scale The share of each workload's size.
 * @property {boolean} pinned To one processor.
 * @property {string} folder The files lie in it.
 */

/** True if processes can be pinned here. */
export async function canPin() {
  if (process.platform !== "linux") return false;
  const { code } = await run("taskset", ["-c", PROCESSOR, "true"], QUIET);
  return code === 0;
}

/**
 * Who takes part in a round: every library, starting with another one each round, so that none
 * always runs on a warm or a tired machine.
 *
 * @param {Workload} workload
 * @param {Adapter[]} adapters
 * @param {number} round
 */
export function lineUp(workload, adapters, round) {
  if (round >= (workload.rounds ?? Number.POSITIVE_INFINITY)) return [];
  const able = adapters.filter(
    (adapter) => canRun(adapter, workload) && (round < PEER_ROUNDS || !isPeer(adapter)),
  );
  const start = able.length > 0 ? round % able.length : 0;
  return [...able.slice(start), ...able.slice(0, start)];
}

/** Neither the baseline nor our own. */
const isPeer = (/** @type {Adapter} */ { name, file }) =>
  name !== BASELINE && file !== "stowage.mjs";

/**
 * Runs a workload on a library once.
 *
 * @param {Adapter} adapter
 * @param {Workload} workload
 * @param {number} round
 * @param {How} how
 * @returns {Promise<Sample>}
 */
export async function measureOnce({ name: adapter }, { name: workload }, round, how) {
  const { scale, pinned, folder } = how;
  const node = [process.execPath, "--expose-gc", CHILD, adapter, workload, String(scale), folder];
  const command = pinned ? ["taskset", "-c", PROCESSOR, ...node] : node;
  const [program, ...args] = /** @type {[string, ...string[]]} */ (command);
  const { code, stdout, stderr } = await run(program, args, QUIET);
  if (code !== 0 || stdout === "")
    throw new Error(
      `${adapter} failed at "${workload}":\n${stderr || "it ended without a figure"}`,
    );
  const { value, cpu, ...rest } = JSON.parse(stdout);
  return { adapter, workload, round, value: short(value), cpu: short(cpu), ...rest };
}

/** More digits than these are noise, and samples are kept in a file. */
const PRECISION = 4;

/** @param {number | undefined} figure */
const short = (figure) =>
  figure === undefined ? undefined : Number(figure.toPrecision(PRECISION));
