// Starts the processes that measure, in an order that treats the libraries alike.
import { fileURLToPath } from "node:url";
import { run } from "../scripts/process.mjs";

const CHILD = fileURLToPath(new URL("child.mjs", import.meta.url));

/** What a process prints is its result: all of it is kept. */
const QUIET = { capture: true, captureErrors: true };

/** The processor that every measuring process is pinned to: figures are steadier on one. */
const PROCESSOR = "0";

/**
 * @typedef {object} Sample
 * @property {string} adapter
 * @property {string} workload
 * @property {number} round
 * @property {number} wall Nanoseconds per operation.
 * @property {number} cpu Nanoseconds of processor time per operation, all threads.
 * @property {number} size Operations.
 * @property {string} version Of the library.
 */

/** True if processes can be pinned here. */
export async function canPin() {
  if (process.platform !== "linux") return false;
  const { code } = await run("taskset", ["-c", PROCESSOR, "true"], QUIET);
  return code === 0;
}

/**
 * Runs one round of a workload: every library once, starting with another one each round, so that
 * none always runs on a warm or a tired machine.
 *
 * @param {import("./workloads/index.mjs").Workload} workload
 * @param {import("./adapters/index.mjs").Adapter[]} adapters
 * @param {number} round
 * @param {{ scale: number, pinned: boolean }} how
 * @returns {Promise<Sample[]>}
 */
export async function measureRound(workload, adapters, round, how) {
  const able = adapters.filter((adapter) => adapter.runs(workload));
  const start = round % able.length;
  const order = [...able.slice(start), ...able.slice(0, start)];
  const samples = [];
  for (const adapter of order)
    samples.push(await measureOnce(adapter.name, workload.name, round, how));
  return samples;
}

/**
 * @param {string} adapter
 * @param {string} workload
 * @param {number} round
 * @param {{ scale: number, pinned: boolean }} how
 * @returns {Promise<Sample>}
 */
async function measureOnce(adapter, workload, round, { scale, pinned }) {
  const node = [process.execPath, "--expose-gc", CHILD, adapter, workload, String(scale)];
  const command = pinned ? ["taskset", "-c", PROCESSOR, ...node] : node;
  const [program, ...args] = /** @type {[string, ...string[]]} */ (command);
  const { code, stdout, stderr } = await run(program, args, QUIET);
  if (code !== 0) throw new Error(`${adapter} failed at "${workload}":\n${stderr}`);
  return { adapter, workload, round, ...JSON.parse(stdout) };
}
